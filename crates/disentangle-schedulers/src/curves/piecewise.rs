//! Straight lines through given points, constant before the first and after the last.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Curve;

/// A polyline over the steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piecewise {
    /// `[step, value]` pairs, steps strictly increasing.
    pub points: Vec<(u64, f64)>,
}

impl Config for Piecewise {
    fn examples() -> Vec<Self> {
        vec![Self {
            points: vec![(0, 1.0), (100, 3.0), (300, 0.0)],
        }]
    }

    fn check(&self, problems: &mut Problems) {
        let points = &self.points;
        problems.require(!points.is_empty(), "points", "needs at least one point");
        problems.require(
            points.is_sorted_by(|a, b| a.0 < b.0),
            "points",
            "steps must be strictly increasing",
        );
        problems.require(
            points.iter().all(|(_, value)| value.is_finite()),
            "points",
            "values must be finite numbers",
        );
    }
}

impl Curve for Piecewise {
    fn at(&self, step: u64) -> f64 {
        let after = self.points.partition_point(|&(at, _)| at <= step);
        let before = after.checked_sub(1).map(|i| self.points[i]);
        match (before, self.points.get(after)) {
            (Some((s0, v0)), Some(&(s1, v1))) => {
                v0 + (v1 - v0) * (step - s0) as f64 / (s1 - s0) as f64
            }
            (Some((_, value)), None) | (None, Some(&(_, value))) => value,
            (None, None) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_through_its_points_and_is_flat_outside() {
        let curve = Piecewise {
            points: vec![(10, 1.0), (20, 3.0), (40, 0.0)],
        };
        let values = [0, 10, 15, 20, 30, 40, 99].map(|step| curve.at(step));
        assert_eq!(values, [1.0, 1.0, 2.0, 3.0, 1.5, 0.0, 0.0]);
    }
}
