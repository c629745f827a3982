//! Falls by a factor every so many steps: `initial·factor^⌊step/every⌋`; PyTorch's `StepLR`, counted in
//! steps. With `every: 1` it is PyTorch's `ExponentialLR`.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{check_factor, check_rates};
use crate::Curve;

/// A learning rate that falls in equal steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Learning rate at the start.
    pub initial: f64,
    /// Factor of each fall, in `(0, 1]`.
    pub factor: f64,
    /// Steps between falls.
    pub every: u64,
}

impl Config for Step {
    fn examples() -> Vec<Self> {
        vec![Self {
            initial: 0.1,
            factor: 0.5,
            every: 3,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_rates(problems, &[("initial", self.initial)]);
        check_factor(problems, self.factor);
        problems.require(self.every > 0, "every", "must be at least 1");
    }
}

impl Curve for Step {
    fn at(&self, step: u64) -> f64 {
        let falls = step.checked_div(self.every).unwrap_or(0);
        self.initial * self.factor.powf(falls as f64)
    }
}
