//! Rises linearly to its peak, then falls along half a cosine: Loshchilov & Hutter 2017,
//! arXiv:1608.03983, after the warm-up of Goyal et al. 2017, arXiv:1706.02677.
//!
//! `initial + (peak − initial)·step/warmup` for `step < warmup`, then
//! `last + (peak − last)·(1 + cos πt)/2`, `t` the share done of the steps that are left.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check_rates;
use crate::{Cosine, Curve, Linear};

/// A learning rate that warms up and then falls smoothly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmupCosine {
    /// Learning rate at the first step.
    #[serde(default)]
    pub initial: f64,
    /// The highest learning rate.
    pub peak: f64,
    /// Learning rate from the last step on.
    #[serde(default)]
    pub last: f64,
    /// Steps to the peak.
    pub warmup: u64,
    /// Steps to the last learning rate, with the warm-up.
    pub steps: u64,
}

impl Config for WarmupCosine {
    fn examples() -> Vec<Self> {
        vec![Self {
            initial: 0.0,
            peak: 0.1,
            last: 0.01,
            warmup: 4,
            steps: 12,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        let rates = [
            ("initial", self.initial),
            ("peak", self.peak),
            ("last", self.last),
        ];
        check_rates(problems, &rates);
        let message = "must not be more than `steps`";
        problems.require(self.warmup <= self.steps, "warmup", message);
    }
}

impl Curve for WarmupCosine {
    fn at(&self, step: u64) -> f64 {
        if step < self.warmup {
            let rise = Linear {
                from: self.initial,
                to: self.peak,
                start: 0,
                steps: self.warmup,
            };
            rise.at(step)
        } else {
            let fall = Cosine {
                from: self.peak,
                to: self.last,
                start: self.warmup,
                steps: self.steps.saturating_sub(self.warmup),
            };
            fall.at(step)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_to_the_peak_and_falls_to_the_last() {
        let lr = &WarmupCosine::examples()[0];
        for (step, expected) in [
            (0, 0.0),
            (2, 0.05),
            (4, 0.1),
            (8, 0.055),
            (12, 0.01),
            (99, 0.01),
        ] {
            // 1e-15: one cosine.
            assert!((lr.at(step) - expected).abs() < 1e-15, "{step}");
        }
    }
}
