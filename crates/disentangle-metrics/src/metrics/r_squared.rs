//! How much of each factor a line through all codes explains.
//!
//! `R² = 1 − Σ (v − v̂)² / Σ (v − v̄)²` on test rows, `v̂` by ordinary least squares on training rows. The score is the
//! mean over factors, each at least zero. With MCC it is what identifiability papers report, e.g. Khemakhem et
//! al. 2020, arXiv:1907.04809; a rotation of the factors keeps R² at one.
//! A factor's classes count by their number, so an unordered factor has no right answer here.

use disentangle_registry::Config;
use ndarray::{Array1, Array2, ArrayView1};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::{Metric, Needs};
use crate::points::Points;
use crate::predictors::Lasso;
use crate::scores::Score;

/// The share of factors' variance that a line explains.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RSquared {}

impl Config for RSquared {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for RSquared {
    fn tests(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Values
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        cx.test.not_empty()?;
        let (x, test_x) = (
            standardized(&cx.train, &cx.train),
            standardized(&cx.train, &cx.test),
        );
        let mut per_factor = Vec::new();
        for factor in 0..cx.train.factors.ncols() {
            let y = Array1::from(cx.train.values_of(factor));
            let test_y = Array1::from(cx.test.values_of(factor));
            let model = Lasso { alpha: 0.0 }.fit(x.view(), y.view())?;
            let explained = explained(model.predict(test_x.view()).view(), test_y.view());
            per_factor.push(explained.ok_or(Error::Unsuited(
                "a factor is constant in the test rows: there is nothing to explain",
            ))?);
        }
        let positive = per_factor.iter().map(|x: &f64| x.max(0.0));
        let score = positive.sum::<f64>() / per_factor.len() as f64;
        Ok(Score::new(score).with("per_factor", per_factor))
    }
}

/// Returns codes, each centered and scaled by its mean and deviation over the training rows.
pub(crate) fn standardized(train: &Points<'_>, points: &Points<'_>) -> Array2<f64> {
    let mut x = points.codes.mapv(f64::from);
    for (mut column, known) in x.columns_mut().into_iter().zip(train.codes.columns()) {
        let n = known.len() as f64;
        let mean = known.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let squares: f64 = known.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
        let deviation = (squares / n).sqrt();
        let scale = if deviation > 0.0 {
            1.0 / deviation
        } else {
            1.0
        };
        column.mapv_inplace(|x| (x - mean) * scale);
    }
    x
}

/// Returns R²; nothing if the truth is constant.
pub(crate) fn explained(predicted: ArrayView1<'_, f64>, truth: ArrayView1<'_, f64>) -> Option<f64> {
    let mean = truth.mean()?;
    let total: f64 = truth.iter().map(|y| (y - mean).powi(2)).sum();
    let errors: f64 = truth
        .iter()
        .zip(predicted)
        .map(|(y, p)| (y - p).powi(2))
        .sum();
    (total > 0.0).then(|| 1.0 - errors / total)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Errors 1 and 1, total 2 · 4: a quarter of the variance is left.
    #[test]
    fn what_is_left_counts_against_the_variance() {
        let r = explained(array![1.0, 3.0].view(), array![0.0, 4.0].view());
        assert_eq!(r, Some(0.75));
        assert_eq!(explained(array![1.0].view(), array![5.0].view()), None);
    }
}
