//! DCIMIG: gaps over factors, each factor taking its best code.
//!
//! A code belongs to the factor that it knows most of, with the gap `I(z_d; v_(1)) − I(z_d; v_(2))` to the next.
//! `DCIMIG = Σ_k (largest gap among the codes of k) / Σ_k H(v_k)`.
//! Sepliarskaia et al. 2019, arXiv:1910.05587 (3CharM), section 5. Checked against the implementation of
//! Carbonneau et al. 2022, ubisoft-laforge-disentanglement-metrics@05d5667, with discrete factors.

use disentangle_registry::Config;
use ndarray::{Array2, ArrayView2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::histogram::Histogram;
use crate::information::{entropy, mutual_information_matrix};
use crate::longer::Longer;
use crate::metrics::Metric;
use crate::ranking::best_two;
use crate::scores::Score;

/// DCIMIG; bins and their edges are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dcimig {}

impl Config for Dcimig {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Dcimig {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let points = &cx.points;
        let (score, gaps, information) =
            dcimig(points.codes, points.factors, &cx.protocol.histogram())?;
        Ok(Score::new(score)
            .with("gaps", gaps)
            .with_matrix("mutual_information", information))
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let information = longer.information()?;
        let total: f64 = information.of_factors.iter().sum();
        Some(gaps(&information.shared).iter().sum::<f64>() / total)
    }
}

/// Returns the score in `[0, 1]`, the gap of each factor in nats, and mutual information `[D, K]`.
///
/// # Errors
/// If all factors are constant, an array is empty, the numbers of rows differ, or a code is not finite.
pub fn dcimig(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    histogram: &Histogram,
) -> Result<(f64, Vec<f64>, Array2<f64>), Error> {
    let information = mutual_information_matrix(codes, factors, histogram)?;
    let gaps = gaps(&information);
    let total: f64 = factors.columns().into_iter().map(entropy).sum();
    if total == 0.0 {
        return Err(Error::NothingVaries);
    }
    Ok((gaps.iter().sum::<f64>() / total, gaps, information))
}

/// Returns the largest gap among the codes of each factor, in nats.
fn gaps(information: &Array2<f64>) -> Vec<f64> {
    let mut gaps = vec![0.0f64; information.ncols()];
    for row in information.rows() {
        let best = best_two(row);
        gaps[best.place] = gaps[best.place].max(best.first - best.second);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Both codes tell the first coin, so half of the entropy of two coins is told.
    #[test]
    fn a_factor_without_a_code_counts_nothing() {
        let factors = array![[0, 0], [0, 1], [1, 0], [1, 1]];
        let codes = array![[0.0, 0.0], [0.0, 0.0], [1.0, 2.0], [1.0, 2.0]];
        let (score, gaps, _) = dcimig(codes.view(), factors.view(), &Histogram::default()).unwrap();
        assert!((score - 0.5).abs() < 1e-12);
        assert!((gaps[0] - 2f64.ln()).abs() < 1e-12 && gaps[1] == 0.0);
    }

    #[test]
    fn constant_factors_alone_are_refused() {
        let error = dcimig(
            array![[0.0]].view(),
            array![[1]].view(),
            &Histogram::default(),
        );
        assert!(matches!(error.unwrap_err(), Error::NothingVaries));
    }
}
