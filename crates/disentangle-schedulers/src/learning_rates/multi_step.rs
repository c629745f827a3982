//! Falls by a factor at given steps: `initial·factor^(milestones passed)`; PyTorch's `MultiStepLR`,
//! counted in steps.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{check_factor, check_rates};
use crate::Curve;

/// A learning rate that falls at milestones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiStep {
    /// Learning rate at the start.
    pub initial: f64,
    /// Factor of each fall, in `(0, 1]`.
    pub factor: f64,
    /// Steps at which it falls, strictly increasing.
    pub milestones: Vec<u64>,
}

impl Config for MultiStep {
    fn examples() -> Vec<Self> {
        vec![Self {
            initial: 0.1,
            factor: 0.5,
            milestones: vec![2, 5, 6],
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_rates(problems, &[("initial", self.initial)]);
        check_factor(problems, self.factor);
        let increasing = self.milestones.is_sorted_by(|a, b| a < b);
        problems.require(increasing, "milestones", "must be strictly increasing");
        let some = !self.milestones.is_empty();
        problems.require(some, "milestones", "needs at least one step");
    }
}

impl Curve for MultiStep {
    fn at(&self, step: u64) -> f64 {
        let passed = self
            .milestones
            .partition_point(|&milestone| milestone <= step);
        self.initial * self.factor.powf(passed as f64)
    }
}
