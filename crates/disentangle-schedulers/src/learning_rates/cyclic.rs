//! Rises and falls in triangles: Smith 2017, arXiv:1506.01186; PyTorch's `CyclicLR`.
//!
//! Within cycle `c` the rate moves linearly from `low` up to `low + (high − low)·decayᶜ` in `up` steps
//! and back in `down` steps. `decay` 1 is PyTorch's mode `triangular`, ½ its `triangular2`.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check_rates;
use crate::Curve;

/// A learning rate that goes up and down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CyclicLr {
    /// The lowest learning rate.
    pub low: f64,
    /// The highest learning rate of the first cycle.
    pub high: f64,
    /// Steps up.
    pub up: u64,
    /// Steps down.
    pub down: u64,
    /// Factor of the height from cycle to cycle, in `(0, 1]`.
    #[serde(default = "one")]
    pub decay: f64,
}

fn one() -> f64 {
    1.0
}

impl Config for CyclicLr {
    fn examples() -> Vec<Self> {
        vec![Self {
            low: 0.01,
            high: 0.1,
            up: 3,
            down: 5,
            decay: 0.5,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_rates(problems, &[("low", self.low), ("high", self.high)]);
        problems.require(self.low <= self.high, "high", "must not be less than `low`");
        problems.require(self.up > 0, "up", "must be at least 1");
        problems.require(self.down > 0, "down", "must be at least 1");
        let share = self.decay > 0.0 && self.decay <= 1.0;
        problems.require(share, "decay", "must be more than 0 and at most 1");
    }
}

impl Curve for CyclicLr {
    fn at(&self, step: u64) -> f64 {
        let period = self.up.saturating_add(self.down).max(1);
        let (cycle, within) = (step / period, step % period);
        let share = if within <= self.up {
            within as f64 / self.up as f64
        } else {
            (period - within) as f64 / self.down as f64
        };
        self.low + (self.high - self.low) * share * self.decay.powf(cycle as f64)
    }
}
