//! Total area of disentanglement: how much better the best code detects a binary attribute than the second best.
//!
//! `TAD = Σ over captured attributes of (A_(1) − A_(2))`, `A` being the area under the ROC curve of a code as a
//! detector, in whichever direction is better; an attribute is captured if `A_(1)` reaches 0.75.
//! Yeats et al. 2022 (NashAE), arXiv:2209.10677, section 4.2.
//! Differs: correlated attributes are not removed beforehand; say which ones to use by the factors that are given.

use disentangle_registry::{Config, Problems};
use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::{Metric, Scale};
use crate::ranking::best_two;
use crate::scores::Score;

/// The total area of disentanglement, over the factors that have two values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tad {
    /// The area from which on an attribute counts as captured.
    pub threshold: f64,
}

impl Default for Tad {
    fn default() -> Self {
        Self { threshold: 0.75 }
    }
}

impl Config for Tad {
    fn examples() -> Vec<Self> {
        vec![Self::default(), Self { threshold: 0.6 }]
    }

    fn check(&self, problems: &mut Problems) {
        let threshold = (0.5..=1.0).contains(&self.threshold);
        problems.require(threshold, "threshold", "must lie between 0.5 and 1");
    }
}

impl Metric for Tad {
    fn scale(&self) -> Scale {
        Scale::Sum
    }

    fn only_on_request(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let points = &cx.points;
        let classes: Vec<_> = points
            .factors
            .columns()
            .into_iter()
            .map(Classes::of)
            .collect();
        let binary: Vec<_> = (0..classes.len())
            .filter(|&k| classes[k].count == 2)
            .collect();
        if binary.is_empty() {
            return Err(Error::Unsuited(
                "needs a factor of two values, and there is none",
            ));
        }
        let areas: Vec<Vec<f64>> = (0..points.codes.ncols())
            .into_par_iter()
            .map(|code| {
                let order = Order::of(points.codes.column(code));
                binary
                    .iter()
                    .map(|&k| order.area(&classes[k].of_row))
                    .collect()
            })
            .collect();
        let areas = Array2::from_shape_fn((areas.len(), binary.len()), |(d, k)| areas[d][k]);
        let best: Vec<_> = areas.columns().into_iter().map(best_two).collect();
        let captured = best.iter().filter(|best| best.first >= self.threshold);
        let second = |second: f64| if areas.nrows() > 1 { second } else { 0.5 };
        let total = captured
            .clone()
            .map(|best| best.first - second(best.second))
            .sum();
        Ok(Score::new(total)
            .with("captured", captured.count())
            .with("binary_factors", binary)
            .with_matrix("area_under_roc", areas))
    }
}

/// Rows in the order of a code, with the ends of runs of equal values.
struct Order {
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl Order {
    fn of(code: ArrayView1<'_, f32>) -> Self {
        let mut rows: Vec<u32> = (0..code.len() as u32).collect();
        let value = |row: u32| code[row as usize];
        rows.sort_unstable_by(|&a, &b| value(a).total_cmp(&value(b)));
        let last = |&end: &usize| end == rows.len() || value(rows[end]) != value(rows[end - 1]);
        let ends = (1..=rows.len()).filter(last).collect();
        Self { rows, ends }
    }

    /// Returns the area under the ROC curve for class 1, or for class 0 if that is larger: in `[½, 1]`.
    fn area(&self, class_of: &[u32]) -> f64 {
        let (mut below, mut pairs, mut positives) = (0.0, 0.0, 0.0);
        let mut start = 0;
        for &end in &self.ends {
            let run = &self.rows[start..end];
            let ones: f64 = run
                .iter()
                .map(|&row| f64::from(class_of[row as usize]))
                .sum();
            let zeros = run.len() as f64 - ones;
            // Equal values are half a win.
            pairs += ones * (below + zeros / 2.0);
            below += zeros;
            positives += ones;
            start = end;
        }
        let area = pairs / (positives * below);
        area.max(1.0 - area)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// By hand: of the four pairs (0, 1) one is in the wrong order, one is a tie: 2.5 / 4.
    #[test]
    fn the_area_counts_pairs_and_ties_half() {
        let order = Order::of(array![1.0, 2.0, 2.0, 0.5].view());
        assert_eq!(order.area(&[0, 0, 1, 1]), 0.625);
        assert_eq!(order.area(&[1, 1, 0, 0]), 0.625);
    }

    #[test]
    fn a_constant_code_detects_nothing() {
        assert_eq!(
            Order::of(array![3.0, 3.0, 3.0].view()).area(&[0, 1, 1]),
            0.5
        );
    }
}
