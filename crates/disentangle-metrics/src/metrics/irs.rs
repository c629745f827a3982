//! Interventional robustness score (IRS).
//!
//! For code i and factor j, a value v of j has the group of its rows, and the code's deviation there is a
//! high quantile of `|zᵢ − mean of the group|`. `IRSᵢⱼ = 1 − (mean of it over values) / maxₙ |zᵢ − mean zᵢ|`;
//! a code scores its best factor, and the score averages codes, weighed by their largest deviation.
//! Suter et al. 2019, arXiv:1811.00007; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/irs.py`: factors are first cut into bins, and
//! constant codes left out.
//! Differs: computes in `f64`. The original's `num_active_dims` is the sum of all codes; here it counts.

use disentangle_registry::{Config, Problems};
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::histogram::{EdgeMode, Histogram};
use crate::metrics::Metric;
use crate::predictors::first_largest;
use crate::scores::Score;
use crate::table::{check_finite, check_shapes};

/// The interventional robustness score; bins are the protocol's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Irs {
    /// The quantile of a group's deviations that counts, in `(0, 1]`; the paper has 1.
    pub quantile: f64,
}

/// The result of [`irs`].
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// The mean over codes, weighed by their largest deviation, at most 1; zero if all are constant. Below
    /// zero only where rows deviate more within a value than from the mean of all.
    pub score: f64,
    /// The best factor's robustness of each code; zero for a constant code.
    pub per_code: Vec<f64>,
    /// The factor that each code is most robust to, the first of equals; zero for a constant code.
    pub parents: Vec<usize>,
    /// The largest deviation of each code from its mean.
    pub max_deviations: Vec<f64>,
    /// Robustness `[D, K]`; zero for a constant code.
    pub matrix: Array2<f64>,
    /// Codes that are not constant.
    pub varying_codes: usize,
}

impl Default for Irs {
    fn default() -> Self {
        Self { quantile: 0.99 }
    }
}

impl Config for Irs {
    fn examples() -> Vec<Self> {
        vec![Self::default(), Self { quantile: 1.0 }]
    }

    fn check(&self, problems: &mut Problems) {
        let valid = self.quantile > 0.0 && self.quantile <= 1.0;
        problems.require(valid, "quantile", "must lie in (0, 1]");
    }
}

impl Metric for Irs {
    fn rewards_noise(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let points = cx.points;
        let result = irs(
            points.codes,
            points.factors,
            cx.protocol.bins,
            self.quantile,
        )?;
        Ok(Score::new(result.score)
            .with("per_code", result.per_code)
            .with("parents", result.parents)
            .with("max_deviations", result.max_deviations)
            .with("varying_codes", result.varying_codes)
            .with_matrix("irs", result.matrix))
    }
}

/// Returns how little codes vary where a factor is fixed; factors are cut into `bins`.
///
/// # Errors
/// If an array is empty, the numbers of rows differ, or a code is not finite.
pub fn irs(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    bins: usize,
    quantile: f64,
) -> Result<Robustness, Error> {
    check_shapes(codes, factors)?;
    check_finite(codes)?;
    let groups: Vec<Groups> = factors
        .columns()
        .into_iter()
        .map(|column| Groups::of(column, bins))
        .collect();
    let columns: Vec<_> = codes.columns().into_iter().collect();
    let (deviations, rows): (Vec<f64>, Vec<Vec<f64>>) = columns
        .into_par_iter()
        .map(|column| robustness(column, &groups, quantile))
        .unzip();
    let per_code = |row: &Vec<f64>| row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let scores: Vec<f64> = rows.iter().map(per_code).collect();
    let total: f64 = deviations.iter().sum();
    let weighted: f64 = deviations.iter().zip(&scores).map(|(w, s)| w * s).sum();
    let shape = (rows.len(), groups.len());
    Ok(Robustness {
        score: if total > 0.0 { weighted / total } else { 0.0 },
        parents: rows
            .iter()
            .map(|row| first_largest(row.iter().copied()))
            .collect(),
        per_code: scores,
        varying_codes: deviations
            .iter()
            .filter(|&&deviation| deviation > 0.0)
            .count(),
        max_deviations: deviations,
        matrix: Array2::from_shape_fn(shape, |(code, factor)| rows[code][factor]),
    })
}

/// A factor's rows, those of a value side by side.
struct Groups {
    rows: Vec<u32>,
    ends: Vec<usize>,
}

impl Groups {
    fn of(factor: ArrayView1<'_, u32>, bins: usize) -> Self {
        let histogram = Histogram {
            bins,
            edges: EdgeMode::F64,
        };
        let bins: ndarray::Array1<u32> = histogram.bin_classes(factor).into();
        let classes = Classes::of(bins.view());
        let mut ends = vec![0; classes.count];
        for &class in &classes.of_row {
            ends[class as usize] += 1;
        }
        let mut start = 0;
        for end in &mut ends {
            // For now the start; it moves to the end as the rows come in.
            (*end, start) = (start, start + *end);
        }
        let mut rows = vec![0; classes.of_row.len()];
        for (row, &class) in classes.of_row.iter().enumerate() {
            rows[ends[class as usize]] = row as u32;
            ends[class as usize] += 1;
        }
        Self { rows, ends }
    }

    /// Returns the mean over values of the quantile of a column's deviations from the group's mean.
    fn deviation(&self, column: &[f64], quantile: f64, group: &mut Vec<f64>) -> f64 {
        let mut sum = 0.0;
        let mut start = 0;
        for &end in &self.ends {
            group.clear();
            group.extend(
                self.rows[start..end]
                    .iter()
                    .map(|&row| column[row as usize]),
            );
            let mean = group.iter().sum::<f64>() / group.len() as f64;
            group.iter_mut().for_each(|z| *z = (*z - mean).abs());
            sum += percentile(group, quantile);
            start = end;
        }
        sum / self.ends.len() as f64
    }
}

/// Returns a code's largest deviation and its robustness to each factor.
fn robustness(column: ArrayView1<'_, f32>, groups: &[Groups], quantile: f64) -> (f64, Vec<f64>) {
    let constant = column.iter().all(|&z| z == column[0]);
    let column: Vec<f64> = column.iter().map(|&z| f64::from(z)).collect();
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let largest = column
        .iter()
        .fold(0.0, |max: f64, z| max.max((z - mean).abs()));
    if constant || largest == 0.0 {
        return (0.0, vec![0.0; groups.len()]);
    }
    let mut group = Vec::new();
    let one = |groups: &Groups| 1.0 - groups.deviation(&column, quantile, &mut group) / largest;
    (largest, groups.iter().map(one).collect())
}

/// Returns a quantile of values, interpolated linearly between neighbors; reorders them.
fn percentile(values: &mut [f64], quantile: f64) -> f64 {
    let place = quantile * (values.len() - 1) as f64;
    let (below, share) = (place.floor() as usize, place.fract());
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    if share == 0.0 || above.is_empty() {
        return low;
    }
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    low + (high - low) * share
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(percentile(&mut [3.0, 1.0, 2.0, 4.0], 0.5), 2.5);
        assert_eq!(percentile(&mut [3.0, 1.0, 2.0], 1.0), 3.0);
        assert_eq!(percentile(&mut [7.0], 0.99), 7.0);
    }

    /// The code is ±1 with ±0.5 around it: within a value of the factor it deviates by 0.5 of 1.5.
    #[test]
    fn a_fixed_factor_leaves_the_noise() {
        let codes = array![[-1.5], [-0.5], [0.5], [1.5]];
        let result = irs(codes.view(), array![[0], [0], [1], [1]].view(), 20, 1.0).unwrap();
        assert!((result.score - (1.0 - 0.5 / 1.5)).abs() < 1e-15);
        assert_eq!(result.max_deviations, [1.5]);
    }

    #[test]
    fn constant_codes_do_not_count() {
        let codes = array![[0.0, 3.0], [1.0, 3.0]];
        let result = irs(codes.view(), array![[0], [1]].view(), 20, 0.99).unwrap();
        assert_eq!((result.score, result.varying_codes), (1.0, 1));
        let result = irs(
            array![[3.0], [3.0]].view(),
            array![[0], [1]].view(),
            20,
            0.99,
        );
        assert_eq!(result.unwrap().score, 0.0);
    }
}
