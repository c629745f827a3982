//! Scores of codes alone: how dependent they are.
//!
//! `score`: the mean mutual information of two binned codes, in nats. Of a Gaussian with the codes'
//! covariance Σ and its diagonal Δ: the total correlation `½ (ln det Δ − ln det Σ)`, and the squared
//! Wasserstein distance to independence, `2 tr Σ − 2 tr (Δ^½ Σ Δ^½)^½`, also divided by `tr Σ`.
//! Locatello et al. 2019, arXiv:1811.12359, appendix; checked against disentanglement_lib@86a644d,
//! `metrics/unsupervised_metrics.py`.
//! Differs: eigenvalues instead of a matrix square root. Constant codes are left out of the total
//! correlation; what is infinite (copies of codes) or, in `strict` mode, NaN is `null` with a warning.
//! Lower is better, and it measures no factor.

use disentangle_registry::Config;
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::histogram::Histogram;
use crate::information::binned_information;
use crate::metrics::{Metric, Needs, Scale};
use crate::parallel::try_map;
use crate::scores::{Detail, Score};
use crate::symmetric::eigenvalues;
use crate::table::check_finite;

/// The unsupervised scores; bins and their edges are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Unsupervised {}

/// The result of [`unsupervised`].
#[derive(Debug, Clone, PartialEq)]
pub struct Dependence {
    /// The mean mutual information of two codes, in nats.
    pub mutual_information: f64,
    /// Total correlation of the Gaussian, in nats; infinite if codes are linearly dependent. Constant
    /// codes are independent of all others.
    pub total_correlation: f64,
    /// Squared Wasserstein distance of the Gaussian to one with independent codes.
    pub wasserstein: f64,
    /// The distance relative to the codes' total variance; zero if that is zero.
    pub wasserstein_norm: f64,
    /// Mutual information `[D, D]` of all pairs of binned codes, in nats.
    pub information: Array2<f64>,
}

impl Config for Unsupervised {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Unsupervised {
    fn scale(&self) -> Scale {
        Scale::Distance
    }

    fn needs(&self) -> Needs {
        Needs::Codes
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let result = unsupervised(cx.points.codes, &cx.protocol.histogram())?;
        let constant = cx.variances.contains(&0.0);
        let mut warnings = Vec::new();
        let total_correlation = if cx.protocol.strict && constant {
            warnings.push("a code is constant: the total correlation is undefined".to_owned());
            Detail::Undefined
        } else if result.total_correlation.is_finite() {
            Detail::Number(result.total_correlation)
        } else {
            let why = "codes are linearly dependent: their total correlation is infinite";
            warnings.push(why.to_owned());
            Detail::Undefined
        };
        let mut score = Score::new(result.mutual_information)
            .with("mutual_info_score", result.mutual_information)
            .with("gaussian_total_correlation", total_correlation)
            .with("gaussian_wasserstein_correlation", result.wasserstein)
            .with(
                "gaussian_wasserstein_correlation_norm",
                result.wasserstein_norm,
            )
            .with_matrix("code_mutual_information", result.information);
        score.warnings = warnings;
        Ok(score)
    }
}

/// Returns how dependent codes are.
///
/// # Errors
/// If there is a single code or row, or a code is not finite or spans too far to be binned.
pub fn unsupervised(
    codes: ArrayView2<'_, f32>,
    histogram: &Histogram,
) -> Result<Dependence, Error> {
    check_finite(codes)?;
    let (rows, d) = codes.dim();
    if d < 2 {
        return Err(Error::TooFewCodes { found: d });
    }
    if rows < 2 {
        return Err(Error::TooFewRows { found: rows });
    }
    let covariance = covariance(codes);
    let trace = covariance.diag().sum();
    let wasserstein = wasserstein(&covariance);
    let information = pairwise_information(codes, histogram)?;
    let off_diagonal = information.sum() - information.diag().sum();
    Ok(Dependence {
        mutual_information: off_diagonal / (d * (d - 1)) as f64,
        total_correlation: total_correlation(&covariance),
        wasserstein,
        wasserstein_norm: if trace > 0.0 {
            wasserstein / trace
        } else {
            0.0
        },
        information,
    })
}

fn pairwise_information(
    codes: ArrayView2<'_, f32>,
    histogram: &Histogram,
) -> Result<Array2<f64>, Error> {
    let d = codes.ncols();
    let bins = try_map(d, |code| histogram.bin(codes.column(code), code))?;
    let rows: Vec<Vec<f64>> = (0..d)
        .into_par_iter()
        .map(|a| {
            let of = |b: usize| binned_information(&bins[a], &bins[b], histogram.bins);
            (0..=a).map(of).collect()
        })
        .collect();
    Ok(Array2::from_shape_fn((d, d), |(a, b)| {
        rows[a.max(b)][a.min(b)]
    }))
}

/// Returns the covariance `[D, D]` with `n − 1` in the denominator.
fn covariance(codes: ArrayView2<'_, f32>) -> Array2<f64> {
    const CHUNK: usize = 4096;
    let n = codes.nrows();
    let chunks = n.div_ceil(CHUNK);
    let chunk = |index: usize| {
        let rows = ndarray::s![index * CHUNK..n.min((index + 1) * CHUNK), ..];
        codes.slice(rows).mapv(f64::from)
    };
    let sums = (0..chunks)
        .into_par_iter()
        .map(|i| chunk(i).sum_axis(Axis(0)));
    let sums: Vec<_> = sums.collect();
    let zeros = ndarray::Array1::<f64>::zeros(codes.ncols());
    let mean = sums.iter().fold(zeros, |sum, part| sum + part) / n as f64;
    let products = (0..chunks).into_par_iter().map(|i| {
        let centered = chunk(i) - &mean;
        centered.t().dot(&centered)
    });
    let products: Vec<_> = products.collect();
    let zeros = Array2::<f64>::zeros((codes.ncols(), codes.ncols()));
    products.iter().fold(zeros, |sum, part| sum + part) / (n as f64 - 1.0)
}

/// Returns `−½ Σ ln λ` over the eigenvalues of the correlation matrix of codes that vary.
fn total_correlation(covariance: &Array2<f64>) -> f64 {
    let alive: Vec<usize> = (0..covariance.nrows())
        .filter(|&code| covariance[[code, code]] > 0.0)
        .collect();
    let correlation = Array2::from_shape_fn((alive.len(), alive.len()), |(a, b)| {
        let (a, b) = (alive[a], alive[b]);
        covariance[[a, b]] / (covariance[[a, a]] * covariance[[b, b]]).sqrt()
    });
    // The smallest eigenvalue that rounding lets be told from zero.
    let smallest = 4.0 * f64::EPSILON;
    eigenvalues(&correlation)
        .into_iter()
        .map(|lambda| {
            if lambda > smallest {
                -0.5 * lambda.ln()
            } else {
                f64::INFINITY
            }
        })
        .sum::<f64>()
        .max(0.0)
}

fn wasserstein(covariance: &Array2<f64>) -> f64 {
    let root = covariance.diag().mapv(f64::sqrt);
    let product = Array2::from_shape_fn(covariance.dim(), |(a, b)| {
        root[a] * covariance[[a, b]] * root[b]
    });
    let roots: f64 = eigenvalues(&product)
        .iter()
        .map(|x| x.max(0.0).sqrt())
        .sum();
    (2.0 * covariance.diag().sum() - 2.0 * roots).max(0.0)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Correlation ρ = 0.6 of unit variances: −½ ln(1 − ρ²), and eigenvalues 1 ± ρ.
    #[test]
    fn two_codes_of_correlation_0_6() {
        let covariance = array![[1.0, 0.6], [0.6, 1.0]];
        assert!((total_correlation(&covariance) + 0.5 * 0.64f64.ln()).abs() < 1e-14);
        let expected = 4.0 - 2.0 * (1.6f64.sqrt() + 0.4f64.sqrt());
        assert!((wasserstein(&covariance) - expected).abs() < 1e-14);
    }

    #[test]
    fn a_copy_is_infinitely_dependent_and_a_constant_is_not() {
        let codes = array![[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]];
        let result = unsupervised(codes.view(), &Histogram::default()).unwrap();
        assert_eq!(result.total_correlation, f64::INFINITY);
        let codes = array![[0.0, 5.0], [1.0, 5.0], [3.0, 5.0]];
        let result = unsupervised(codes.view(), &Histogram::default()).unwrap();
        assert_eq!(
            (result.total_correlation, result.mutual_information),
            (0.0, 0.0)
        );
        let nothing = unsupervised(Array2::ones((3, 2)).view(), &Histogram::default()).unwrap();
        assert_eq!(
            (nothing.total_correlation, nothing.wasserstein_norm),
            (0.0, 0.0)
        );
    }

    #[test]
    fn covariances_do_not_depend_on_chunks() {
        let codes = Array2::from_shape_fn((9000, 2), |(i, d)| (i % (7 + 4 * d)) as f32);
        let found = covariance(codes.view());
        let wide = codes.mapv(f64::from);
        let mean = wide.mean_axis(Axis(0)).unwrap();
        let expected = (&wide - &mean).t().dot(&(&wide - &mean)) / 8999.0;
        assert!((found - expected).iter().all(|x| x.abs() < 1e-10));
    }
}
