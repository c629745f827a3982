//! Exponential move: `from·(to/from)^t`, a constant ratio from step to step.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Curve, check_finite, progress};

/// A geometric move between two values of the same sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exponential {
    /// Value up to `start`.
    pub from: f64,
    /// Value from `start + steps` on.
    pub to: f64,
    /// Step at which the move begins.
    #[serde(default)]
    pub start: u64,
    /// Steps the move takes.
    pub steps: u64,
}

impl Config for Exponential {
    fn examples() -> Vec<Self> {
        vec![Self {
            from: 16.0,
            to: 1.0,
            start: 100,
            steps: 1000,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_finite(problems, &[("from", self.from), ("to", self.to)]);
        problems.require(
            self.from * self.to > 0.0,
            "to",
            "must be non-zero and of the sign of `from` for a geometric move",
        );
    }
}

impl Curve for Exponential {
    fn at(&self, step: u64) -> f64 {
        let t = progress(step, self.start, self.steps);
        self.from * (self.to / self.from).powf(t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_between_its_ends_and_stays_there() {
        let curve = &Exponential::examples()[0];
        let values = [0, 100, 600, 1100, u64::MAX].map(|step| curve.at(step));
        assert_eq!(values, [16.0, 16.0, 4.0, 1.0, 1.0]);
    }
}
