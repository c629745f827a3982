//! Linear move: `from + (to − from)·t`, `t` the share of `steps` done, clamped to `[0, 1]`.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Curve, check_finite, progress};

/// A straight line between two values; the controlled capacity increase of Burgess 2018, arXiv:1804.03599.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Linear {
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

impl Config for Linear {
    fn examples() -> Vec<Self> {
        vec![Self {
            from: 0.0,
            to: 25.0,
            start: 100,
            steps: 1000,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_finite(problems, &[("from", self.from), ("to", self.to)]);
    }
}

impl Curve for Linear {
    fn at(&self, step: u64) -> f64 {
        let t = progress(step, self.start, self.steps);
        self.from + (self.to - self.from) * t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_between_its_ends_and_stays_there() {
        let curve = &Linear::examples()[0];
        let values = [0, 100, 600, 1100, u64::MAX].map(|step| curve.at(step));
        assert_eq!(values, [0.0, 0.0, 12.5, 25.0, 25.0]);
    }
}
