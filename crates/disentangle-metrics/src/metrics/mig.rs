//! Mutual information gap.
//!
//! `MIG = mean over k of (I(z_(1); v_k) − I(z_(2); v_k)) / H(v_k)`, `z_(1)` and `z_(2)` being the codes
//! that know most about factor `v_k`.
//! Chen et al. 2018, arXiv:1802.04942, eq. 6; codes are binned as in Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/mig.py`.
//! Differs: a constant factor is an error, not a NaN.

use disentangle_registry::Config;
use ndarray::{Array2, ArrayView2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::gap::largest_gap;
use crate::histogram::Histogram;
use crate::information::{entropies, mutual_information_matrix};
use crate::longer::Longer;
use crate::metrics::Metric;
use crate::scores::Score;
use crate::variance::mean;

/// The mutual information gap; bins and their edges are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mig {}

/// The result of [`mig`].
#[derive(Debug, Clone, PartialEq)]
pub struct Gaps {
    /// The mean gap, in `[0, 1]`.
    pub score: f64,
    /// The gap of each factor, in `[0, 1]`.
    pub per_factor: Vec<f64>,
    /// Mutual information `[D, K]` of codes and factors, in nats.
    pub mutual_information: Array2<f64>,
}

impl Config for Mig {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Mig {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let gaps = mig(cx.points.codes, cx.points.factors, &cx.protocol.histogram())?;
        Ok(Score::new(gaps.score)
            .with("per_factor", gaps.per_factor)
            .with_matrix("mutual_information", gaps.mutual_information))
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let information = longer.information()?;
        Some(mean(&per_factor(
            &information.shared,
            &information.of_factors,
        )))
    }
}

/// Returns the gap between the two most informative codes, averaged over factors.
///
/// # Errors
/// If there is a single code, a factor is constant, an array is empty, the numbers of rows differ, or a
/// code is not finite.
pub fn mig(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    histogram: &Histogram,
) -> Result<Gaps, Error> {
    let mutual_information = mutual_information_matrix(codes, factors, histogram)?;
    if codes.ncols() < 2 {
        return Err(Error::TooFewCodes {
            found: codes.ncols(),
        });
    }
    let per_factor = per_factor(&mutual_information, &entropies(factors)?);
    Ok(Gaps {
        score: mean(&per_factor),
        per_factor,
        mutual_information,
    })
}

/// Returns the gap of each factor, relative to its entropy.
pub(crate) fn per_factor(information: &Array2<f64>, entropies: &[f64]) -> Vec<f64> {
    let columns = information.columns().into_iter().zip(entropies);
    columns
        .map(|(column, entropy)| largest_gap(column) / entropy)
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn score(codes: Array2<f32>, factors: Array2<u32>) -> Result<f64, Error> {
        mig(codes.view(), factors.view(), &Histogram::default()).map(|gaps| gaps.score)
    }

    /// Two coins: one code tells the first, the other nothing: gap 1 for one factor and 0 for the other.
    #[test]
    fn the_gap_is_averaged_over_factors() {
        let factors = array![[0, 0], [0, 1], [1, 0], [1, 1]];
        let codes = array![[-1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [1.0, 0.0]];
        assert!((score(codes, factors).unwrap() - 0.5).abs() < 1e-15);
    }

    #[test]
    fn a_copied_code_leaves_no_gap() {
        let codes = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]];
        assert_eq!(score(codes, array![[0], [1], [2]]).unwrap(), 0.0);
    }

    #[test]
    fn constant_codes_score_zero() {
        assert_eq!(
            score(Array2::ones((3, 2)), array![[0], [1], [2]]).unwrap(),
            0.0
        );
    }

    #[test]
    fn what_is_undefined_is_an_error() {
        let error = score(array![[0.0], [1.0]], array![[0], [1]]).unwrap_err();
        assert!(matches!(error, Error::TooFewCodes { found: 1 }), "{error}");
        let error = score(Array2::zeros((2, 2)), array![[0, 3], [1, 3]]).unwrap_err();
        assert!(
            matches!(error, Error::ConstantFactor { factor: 1 }),
            "{error}"
        );
        let error = score(array![[0.0, f32::NAN], [1.0, 0.0]], array![[0], [1]]).unwrap_err();
        assert!(
            matches!(
                error,
                Error::NotFinite {
                    row: 0,
                    code: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
}
