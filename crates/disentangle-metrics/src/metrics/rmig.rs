//! Robust mutual information gap: MIG with bins that do not depend on the data.
//!
//! `RMIG_k = (I(z_(1); v_k) − I(z_(2); v_k)) / H(v_k)` with codes cut into equal bins of a fixed range, so that an
//! outlier does not widen all bins; what lies outside falls into the outer bins.
//! Do & Tran 2020, arXiv:1908.09961, section 4.2: range [−4, 4], 100 bins.
//! Differs: of the posterior only its mean (or one sample) is known here; the paper integrates over it.

use disentangle_registry::{Config, Problems};
use ndarray::{Array1, Array2, ArrayView2};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::information::{entropies, mutual_information};
use crate::longer::Longer;
use crate::metrics::Metric;
use crate::metrics::mig::per_factor;
use crate::scores::Score;
use crate::table::{check_finite, check_shapes};
use crate::variance::mean;

/// The robust mutual information gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rmig {
    /// Bins of the range.
    pub bins: usize,
    /// The range goes from `−limit` to `limit`.
    pub limit: f64,
}

impl Default for Rmig {
    fn default() -> Self {
        Self {
            bins: 100,
            limit: 4.0,
        }
    }
}

impl Config for Rmig {
    fn examples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                bins: 20,
                limit: 8.0,
            },
        ]
    }

    fn check(&self, problems: &mut Problems) {
        let bins = (2..=4096).contains(&self.bins);
        problems.require(bins, "bins", "must lie between 2 and 4096");
        let limit = self.limit.is_finite() && self.limit > 0.0;
        problems.require(limit, "limit", "must be a positive number");
    }
}

impl Metric for Rmig {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let (per_factor, information) = self.gaps(cx.points.codes, cx.points.factors)?;
        Ok(Score::new(mean(&per_factor))
            .with("per_factor", per_factor)
            .with_matrix("mutual_information", information))
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let points = longer.points();
        let bin = |code: usize| {
            let column = points.codes.column(code);
            Ok(column.iter().map(|&x| self.bin(x) as u16).collect())
        };
        let information = longer.information_in(self.bins, bin)?;
        Some(mean(&per_factor(
            &information.shared,
            &information.of_factors,
        )))
    }
}

impl Rmig {
    /// Returns the gap of each factor, in `[0, 1]`, and mutual information `[D, K]` in nats.
    ///
    /// # Errors
    /// If there is a single code, a factor is constant, an array is empty, the numbers of rows differ, or
    /// a code is not finite.
    pub fn gaps(
        &self,
        codes: ArrayView2<'_, f32>,
        factors: ArrayView2<'_, u32>,
    ) -> Result<(Vec<f64>, Array2<f64>), Error> {
        check_shapes(codes, factors)?;
        check_finite(codes)?;
        if codes.ncols() < 2 {
            return Err(Error::TooFewCodes {
                found: codes.ncols(),
            });
        }
        let entropies = entropies(factors)?;
        let row = |code: usize| -> Vec<f64> {
            let bins: Array1<u32> = codes.column(code).iter().map(|&x| self.bin(x)).collect();
            let of = |factor| mutual_information(bins.view(), factor);
            factors.columns().into_iter().map(of).collect()
        };
        let rows: Vec<_> = (0..codes.ncols()).into_par_iter().map(row).collect();
        let shape = (codes.ncols(), factors.ncols());
        let information = Array2::from_shape_fn(shape, |(code, factor)| rows[code][factor]);
        Ok((per_factor(&information, &entropies), information))
    }

    fn bin(&self, x: f32) -> u32 {
        let place = (f64::from(x) + self.limit) / (2.0 * self.limit) * self.bins as f64;
        // A cast saturates: what lies below the range is in the first bin.
        (place as u32).min(self.bins as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn an_outlier_does_not_move_the_bins() {
        let codes = array![[-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1e9, 0.0]];
        let (gaps, _) = Rmig::default()
            .gaps(codes.view(), array![[0], [1], [0], [1]].view())
            .unwrap();
        // The outlier is another symbol of the same factor value.
        assert!((gaps[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_outside_is_in_the_outer_bins() {
        let rmig = Rmig::default();
        assert_eq!(
            [-9.0, -4.0, -3.93, 0.0, 4.0, 9.0].map(|x| rmig.bin(x)),
            [0, 0, 0, 50, 99, 99]
        );
    }
}
