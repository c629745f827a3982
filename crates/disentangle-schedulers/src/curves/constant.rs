//! The same value at every step.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Curve, check_finite};

/// A constant; in a config a plain number means the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// The value.
    pub value: f64,
}

impl Config for Constant {
    fn examples() -> Vec<Self> {
        vec![Self { value: 1.0 }]
    }

    fn check(&self, problems: &mut Problems) {
        check_finite(problems, &[("value", self.value)]);
    }
}

impl Curve for Constant {
    fn at(&self, _step: u64) -> f64 {
        self.value
    }
}
