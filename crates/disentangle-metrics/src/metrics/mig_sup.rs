//! Mutual information gap over factors, for each code: the supplement of MIG.
//!
//! `MIG-sup = mean over d of (I(z_d; v_(1)) / H(v_(1)) − I(z_d; v_(2)) / H(v_(2)))`, `v_(1)` and `v_(2)` being the
//! factors that code `z_d` knows most of, by share. MIG punishes a factor in two codes, this a code of two factors.
//! Li et al. 2020, arXiv:2002.10549, section 4.2. The mean is over all codes: a dead one counts as zero.
//! Differs from the metrics of Carbonneau et al. 2022, which divide by the entropy of the code.

use disentangle_registry::Config;
use ndarray::{Array2, ArrayView2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::histogram::Histogram;
use crate::information::{entropies, mutual_information_matrix};
use crate::longer::Longer;
use crate::metrics::Metric;
use crate::ranking::best_two;
use crate::scores::Score;
use crate::variance::mean;

/// The gap between a code's two best-known factors; bins and their edges are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MigSup {}

impl Config for MigSup {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for MigSup {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let (per_code, shares) =
            mig_sup(cx.points.codes, cx.points.factors, &cx.protocol.histogram())?;
        Ok(Score::new(mean(&per_code))
            .with("per_code", per_code)
            .with_matrix("normalized_mutual_information", shares))
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let information = longer.information()?;
        let (per_code, _) = gaps(information.shared, &information.of_factors);
        Some(mean(&per_code))
    }
}

/// Returns the gap of each code, in `[0, 1]`, and the shares `[D, K]` of the factors' entropies that codes know.
///
/// # Errors
/// If there is a single factor, a factor is constant, an array is empty, the numbers of rows differ, or a
/// code is not finite.
pub fn mig_sup(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    histogram: &Histogram,
) -> Result<(Vec<f64>, Array2<f64>), Error> {
    let information = mutual_information_matrix(codes, factors, histogram)?;
    if factors.ncols() < 2 {
        return Err(Error::TooFewFactors {
            found: factors.ncols(),
        });
    }
    Ok(gaps(information, &entropies(factors)?))
}

fn gaps(mut shares: Array2<f64>, entropies: &[f64]) -> (Vec<f64>, Array2<f64>) {
    for (mut column, entropy) in shares.columns_mut().into_iter().zip(entropies) {
        column.mapv_inplace(|information| information / entropy);
    }
    let gap = |row| {
        let best = best_two(row);
        best.first - best.second
    };
    let per_code = shares.rows().into_iter().map(gap).collect();
    (per_code, shares)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Two coins: the first code is both coins' sum of digits (it tells the pair), the second is one coin.
    #[test]
    fn a_code_of_two_factors_has_no_gap() {
        let factors = array![[0, 0], [0, 1], [1, 0], [1, 1]];
        let codes = array![[0.0, 0.0], [1.0, 1.0], [2.0, 0.0], [3.0, 1.0]];
        let (per_code, shares) =
            mig_sup(codes.view(), factors.view(), &Histogram::default()).unwrap();
        assert!((per_code[0]).abs() < 1e-12 && (per_code[1] - 1.0).abs() < 1e-12);
        assert!((shares[[0, 0]] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_factor_and_a_constant_factor_are_refused() {
        let codes = array![[0.0], [1.0]];
        let score = |factors: Array2<u32>| {
            mig_sup(codes.view(), factors.view(), &Histogram::default()).unwrap_err()
        };
        assert!(matches!(
            score(array![[0], [1]]),
            Error::TooFewFactors { found: 1 }
        ));
        assert!(matches!(
            score(array![[0, 4], [1, 4]]),
            Error::ConstantFactor { factor: 1 }
        ));
    }
}
