//! Mean correlation coefficient: how well codes are factors, each up to a line or a monotone map.
//!
//! `MCC = (1/K) Σ_k |ρ(z_π(k), v_k)|` with the one-to-one assignment `π` of codes to factors that makes it largest;
//! a factor that gets no code counts as zero. `ρ` is Pearson's or Spearman's correlation.
//! Hyvärinen & Morioka 2016, arXiv:1605.06336, section 6; Khemakhem et al. 2020, arXiv:1907.04809.
//! A factor's classes count by their number, so an unordered factor has no right answer here.

use disentangle_registry::Config;
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assignment::assign;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::longer::{Longer, SIGNIFICANT};
use crate::metrics::{Metric, Needs};
use crate::points::Points;
use crate::scores::Score;
use crate::unbiased::Estimate;

/// The mean correlation coefficient.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mcc {
    /// The correlation.
    pub correlation: Correlation,
}

/// A measure of dependence between two columns, in `[−1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Correlation {
    /// Of the values: a line scores one.
    #[default]
    Pearson,
    /// Of the ranks, equals sharing their mean rank: any monotone map scores one.
    Spearman,
}

impl Config for Mcc {
    fn examples() -> Vec<Self> {
        let spearman = Correlation::Spearman;
        vec![
            Self::default(),
            Self {
                correlation: spearman,
            },
        ]
    }
}

impl Metric for Mcc {
    fn needs(&self) -> Needs {
        Needs::Values
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let matrix = self.correlation.matrix(&cx.points);
        let code_of = assign(matrix.mapv(f64::abs).view());
        let value = |(factor, code): (usize, &Option<usize>)| {
            code.map_or(0.0, |code| matrix[[code, factor]].abs())
        };
        let per_factor: Vec<f64> = code_of.iter().enumerate().map(value).collect();
        let mean = per_factor.iter().sum::<f64>() / per_factor.len() as f64;
        let mut score = Score::new(mean)
            .with("per_factor", per_factor)
            .with_matrix("correlation", matrix);
        if let Some(codes) = code_of.iter().copied().collect::<Option<Vec<_>>>() {
            score = score.with("assigned_code", codes);
        }
        Ok(score)
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let correlation = self.correlation.matrix(&longer.points());
        let size = correlation.mapv(|rho| of_longer(rho, longer));
        let code_of = assign(size.view());
        let value =
            |(factor, code): (usize, &Option<usize>)| code.map_or(0.0, |code| size[[code, factor]]);
        let sum: f64 = code_of.iter().enumerate().map(value).sum();
        Some(sum / code_of.len() as f64)
    }
}

/// Returns the size that a correlation would have in the longer table: its square is biased upwards by about
/// `(1 − ρ²) / N` (Ezekiel 1930), which is all of one that does not stand out from none.
fn of_longer(rho: f64, longer: &Longer<'_>) -> f64 {
    let n = longer.points().codes.nrows();
    let square = rho * rho;
    let mut unbiased = 1.0 - (1.0 - square) * (n as f64 - 1.0) / (n as f64 - 2.0).max(1.0);
    if longer.is_longer() && square * (n as f64) < SIGNIFICANT.powi(2) {
        unbiased = 0.0;
    }
    let counted = square;
    longer
        .corrected_one(Estimate { counted, unbiased })
        .max(0.0)
        .sqrt()
}

impl Correlation {
    /// Returns the correlations `[D, K]` of codes and factors; zero where one is constant.
    fn matrix(self, points: &Points<'_>) -> Array2<f64> {
        let codes: Vec<_> = columns(points.codes)
            .into_par_iter()
            .map(|x| self.unit(x))
            .collect();
        let factors = (0..points.factors.ncols()).into_par_iter();
        let factors: Vec<_> = factors.map(|k| self.unit(points.values_of(k))).collect();
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let entries: Vec<f64> = (0..codes.len() * factors.len())
            .into_par_iter()
            .map(|entry| {
                dot(
                    &codes[entry / factors.len()],
                    &factors[entry % factors.len()],
                )
            })
            .collect();
        let shape = (codes.len(), factors.len());
        Array2::from_shape_fn(shape, |(d, k)| {
            entries[d * factors.len() + k].clamp(-1.0, 1.0)
        })
    }

    /// Returns the column, or its ranks, centered and of length one; all zero if it is constant.
    pub(crate) fn unit(self, mut column: Vec<f64>) -> Vec<f64> {
        if self == Self::Spearman {
            column = mean_ranks(&column);
        }
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        // Rounding leaves a constant column some dust.
        let constant = column.iter().all(|&x| x == column[0]);
        column
            .iter_mut()
            .for_each(|x| *x = if constant { 0.0 } else { *x - mean });
        let length = column.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > 0.0 {
            column.iter_mut().for_each(|x| *x /= length);
        }
        column
    }
}

pub(crate) fn columns(codes: ArrayView2<'_, f32>) -> Vec<Vec<f64>> {
    let widen = |column: ndarray::ArrayView1<'_, f32>| column.iter().map(|&x| x.into()).collect();
    codes.columns().into_iter().map(widen).collect()
}

/// Returns the rank of each value from 0, equals sharing their mean rank.
fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for end in 1..=order.len() {
        if end == order.len() || values[order[end]] != values[order[start]] {
            let rank = (start + end - 1) as f64 / 2.0;
            order[start..end].iter().for_each(|&row| ranks[row] = rank);
            start = end;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn points<'a>(codes: &'a Array2<f32>, factors: &'a Array2<u32>) -> Points<'a> {
        Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        }
    }

    #[test]
    fn a_line_correlates_fully_and_a_curve_by_rank() {
        let codes = array![[3.0, 0.0], [1.0, 1.0], [-1.0, 8.0], [-3.0, 27.0]];
        let factors = array![[0], [1], [2], [3]];
        let points = points(&codes, &factors);
        let pearson = Correlation::Pearson.matrix(&points);
        assert!((pearson[[0, 0]] + 1.0).abs() < 1e-12);
        assert!(pearson[[1, 0]] < 0.95);
        let spearman = Correlation::Spearman.matrix(&points);
        assert!((spearman[[1, 0]] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equals_share_their_mean_rank() {
        assert_eq!(mean_ranks(&[5.0, 1.0, 5.0, 9.0]), [1.5, 0.0, 1.5, 3.0]);
    }

    #[test]
    fn a_constant_code_correlates_with_nothing() {
        let codes = array![[0.1], [0.1], [0.1]];
        let factors = array![[0], [1], [2]];
        assert_eq!(
            Correlation::Pearson.matrix(&points(&codes, &factors))[[0, 0]],
            0.0
        );
    }
}
