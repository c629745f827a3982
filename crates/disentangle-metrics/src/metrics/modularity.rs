//! Modularity.
//!
//! With `M` the mutual information of binned codes and factors,
//! `mᵢ = 1 − (Σⱼ Mᵢⱼ² − maxⱼ Mᵢⱼ²) / ((K − 1) maxⱼ Mᵢⱼ²)`, and zero for a code that knows nothing; the score
//! is the mean over codes.
//! Ridgeway & Mozer 2018, arXiv:1802.05312, section 3; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/modularity_explicitness.py`.
//! Noise scores high (0.77 in the golden case of noise): the estimate of its information is noise too.

use disentangle_registry::Config;
use ndarray::{Array2, ArrayView1, ArrayView2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::histogram::Histogram;
use crate::information::mutual_information_matrix;
use crate::longer::Longer;
use crate::metrics::Metric;
use crate::scores::Score;
use crate::variance::mean;

/// Modularity; bins and their edges are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Modularity {}

/// The result of [`modularity`].
#[derive(Debug, Clone, PartialEq)]
pub struct Modularities {
    /// The mean over codes, in `[0, 1]`.
    pub score: f64,
    /// The modularity of each code, in `[0, 1]`.
    pub per_code: Vec<f64>,
    /// Mutual information `[D, K]` of codes and factors, in nats.
    pub mutual_information: Array2<f64>,
}

impl Config for Modularity {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Modularity {
    fn rewards_noise(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let points = cx.points;
        let result = modularity(points.codes, points.factors, &cx.protocol.histogram())?;
        Ok(Score::new(result.score)
            .with("per_code", result.per_code)
            .with_matrix("mutual_information", result.mutual_information))
    }

    fn of_longer(&self, longer: &Longer<'_>) -> Option<f64> {
        let information = longer.information()?;
        let rows = information.shared.rows().into_iter();
        Some(mean(&rows.map(of_code).collect::<Vec<_>>()))
    }
}

/// Returns how far each code knows about one factor only, averaged over codes.
///
/// # Errors
/// If there is a single factor, an array is empty, the numbers of rows differ, or a code is not finite.
pub fn modularity(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    histogram: &Histogram,
) -> Result<Modularities, Error> {
    let mutual_information = mutual_information_matrix(codes, factors, histogram)?;
    if factors.ncols() < 2 {
        return Err(Error::TooFewFactors {
            found: factors.ncols(),
        });
    }
    let per_code: Vec<f64> = mutual_information.rows().into_iter().map(of_code).collect();
    Ok(Modularities {
        score: mean(&per_code),
        per_code,
        mutual_information,
    })
}

fn of_code(information: ArrayView1<'_, f64>) -> f64 {
    let squares = information.iter().map(|x| x * x);
    let largest = squares.clone().fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let others = squares.sum::<f64>() - largest;
    1.0 - others / (largest * (information.len() as f64 - 1.0))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn one_factor_scores_one_two_alike_zero_and_none_zero() {
        assert_eq!(of_code(array![0.7, 0.0, 0.0].view()), 1.0);
        assert_eq!(of_code(array![0.5, 0.5].view()), 0.0);
        assert_eq!(of_code(array![1.0, 0.5, 0.5].view()), 0.75);
        assert_eq!(of_code(array![0.0, 0.0].view()), 0.0);
    }

    #[test]
    fn a_dead_code_pulls_the_mean_down() {
        let factors = array![[0, 0], [0, 1], [1, 0], [1, 1]];
        let codes = array![[-1.0, 3.0], [-1.0, 3.0], [1.0, 3.0], [1.0, 3.0]];
        let result = modularity(codes.view(), factors.view(), &Histogram::default()).unwrap();
        assert_eq!(result.per_code, [1.0, 0.0]);
        assert_eq!(result.score, 0.5);
    }

    #[test]
    fn a_single_factor_is_refused() {
        let result = modularity(
            array![[0.0], [1.0]].view(),
            array![[0], [1]].view(),
            &Histogram::default(),
        );
        assert!(matches!(result, Err(Error::TooFewFactors { found: 1 })));
    }
}
