//! Half a cosine: `from + (to − from)·(1 − cos πt)/2`, flat at both ends (Loshchilov & Hutter 2017, arXiv:1608.03983).

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Curve, check_finite, progress};

/// A smooth move between two values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cosine {
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

impl Config for Cosine {
    fn examples() -> Vec<Self> {
        vec![Self {
            from: 1.0,
            to: 0.0,
            start: 100,
            steps: 1000,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_finite(problems, &[("from", self.from), ("to", self.to)]);
    }
}

impl Curve for Cosine {
    fn at(&self, step: u64) -> f64 {
        let t = progress(step, self.start, self.steps);
        self.from + (self.to - self.from) * (1.0 - (std::f64::consts::PI * t).cos()) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_between_its_ends_and_stays_there() {
        let curve = &Cosine::examples()[0];
        let values = [0, 100, 600, 1100, u64::MAX].map(|step| curve.at(step));
        assert_eq!(values, [1.0, 1.0, 0.5, 0.0, 0.0]);
    }
}
