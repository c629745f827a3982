//! Several ramps in a row: in each of `cycles` periods the value moves linearly and then holds.
//!
//! `from + (to − from)·min(1, s/steps)`, `s` the steps since the period began; `to` after the last one.
//! Fu et al. 2019, arXiv:1903.10145, eq. 6 to 8, with R = steps/period.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Curve, check_finite, progress};

/// A ramp that is taken several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cyclic {
    /// Value up to `start`, and at the beginning of each period.
    pub from: f64,
    /// Value at the end of each ramp.
    pub to: f64,
    /// Step at which the first period begins.
    #[serde(default)]
    pub start: u64,
    /// Steps a ramp takes.
    pub steps: u64,
    /// Steps from the beginning of a ramp to that of the next.
    pub period: u64,
    /// How many ramps there are.
    pub cycles: u64,
}

impl Config for Cyclic {
    fn examples() -> Vec<Self> {
        vec![Self {
            from: 0.0,
            to: 4.0,
            start: 100,
            steps: 200,
            period: 400,
            cycles: 3,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_finite(problems, &[("from", self.from), ("to", self.to)]);
        problems.require(self.cycles > 0, "cycles", "must be at least 1");
        let whole = self.period > 0 && self.steps <= self.period;
        let message = "must be at least 1 and not shorter than `steps`";
        problems.require(whole, "period", message);
    }
}

impl Curve for Cyclic {
    fn at(&self, step: u64) -> f64 {
        let done = step.saturating_sub(self.start);
        let t = match done.checked_div(self.period) {
            _ if step < self.start => 0.0,
            Some(cycle) if cycle < self.cycles => progress(done % self.period, 0, self.steps),
            _ => 1.0,
        };
        self.from + (self.to - self.from) * t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramps_three_times_and_stays_up() {
        let curve = &Cyclic::examples()[0];
        let steps = [
            0,
            100,
            200,
            300,
            499,
            500,
            600,
            899,
            900,
            1299,
            1300,
            u64::MAX,
        ];
        let values = steps.map(|step| curve.at(step));
        let expected = [0.0, 0.0, 2.0, 4.0, 4.0, 0.0, 2.0, 4.0, 0.0, 4.0, 4.0, 4.0];
        assert_eq!(values, expected);
    }
}
