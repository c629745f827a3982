//! One rise and one long fall: Smith & Topin 2018, arXiv:1708.07120; PyTorch's `OneCycleLR` with cosines
//! and two phases.
//!
//! From `peak/start_divisor` to `peak` in the first `rise` share of the steps, then to
//! `peak/(start_divisor·end_divisor)` at the last step, each along half a cosine.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check_rates;
use crate::Curve;

/// A learning rate that rises once and falls to almost nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneCycle {
    /// The highest learning rate.
    pub peak: f64,
    /// Steps of the whole.
    pub steps: u64,
    /// Share of the steps that rise, in `(0, 1)`.
    #[serde(default = "default_rise")]
    pub rise: f64,
    /// The peak over the learning rate at the start.
    #[serde(default = "default_start_divisor")]
    pub start_divisor: f64,
    /// The learning rate at the start over that at the end.
    #[serde(default = "default_end_divisor")]
    pub end_divisor: f64,
}

fn default_rise() -> f64 {
    0.3
}
fn default_start_divisor() -> f64 {
    25.0
}
fn default_end_divisor() -> f64 {
    1e4
}

impl Config for OneCycle {
    fn examples() -> Vec<Self> {
        vec![Self {
            peak: 0.1,
            steps: 11,
            rise: default_rise(),
            start_divisor: default_start_divisor(),
            end_divisor: default_end_divisor(),
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_rates(problems, &[("peak", self.peak)]);
        problems.require(self.steps > 1, "steps", "must be at least 2");
        let share = self.rise > 0.0 && self.rise < 1.0;
        problems.require(share, "rise", "must lie between 0 and 1");
        let at_least_one = |x: f64| x.is_finite() && x >= 1.0;
        let message = "must be at least 1";
        problems.require(at_least_one(self.start_divisor), "start_divisor", message);
        problems.require(at_least_one(self.end_divisor), "end_divisor", message);
    }
}

impl Curve for OneCycle {
    fn at(&self, step: u64) -> f64 {
        // PyTorch's peak is at this step, a fraction; the last step is `steps − 1`.
        let turn = self.rise * self.steps as f64 - 1.0;
        let end = self.steps.saturating_sub(1) as f64;
        let (step, initial) = ((step as f64).min(end), self.peak / self.start_divisor);
        if step <= turn {
            between(initial, self.peak, step / turn)
        } else {
            let turn = turn.max(0.0);
            let last = initial / self.end_divisor;
            between(self.peak, last, (step - turn) / (end - turn))
        }
    }
}

/// Half a cosine from `from` at `t = 0` to `to` at `t = 1`.
fn between(from: f64, to: f64, t: f64) -> f64 {
    let t = if t.is_finite() { t } else { 1.0 };
    to + (from - to) / 2.0 * (1.0 + (std::f64::consts::PI * t).cos())
}
