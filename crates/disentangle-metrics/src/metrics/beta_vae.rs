//! The BetaVAE score.
//!
//! A point fixes a factor k: its feature is the mean of `|z − z′|` over pairs of rows that share their
//! value of k, each pair its own; a logistic regression tells k from the feature, and the score is its
//! accuracy on further points.
//! Higgins et al. 2017, section 3; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/beta_vae.py`.
//! Differs: means are summed in `f64`. Without a generator, both rows are resampled from the table.

use disentangle_registry::Config;
use disentangle_seeds::{Seeds, Stream};
use ndarray::{Array1, Array2, ArrayView2};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::Metric;
use crate::predictors::{LogisticMode, LogisticRegression, accuracy};
use crate::sampler::Sampler;
use crate::scores::Score;
use crate::table::{check_finite, check_shapes};

/// The BetaVAE score; numbers of points, batch and the kind of logistic regression are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BetaVae {}

/// How points are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairing {
    /// Points that the classifier learns from.
    pub num_train: usize,
    /// Points that it is tested on.
    pub num_test: usize,
    /// Pairs behind a point.
    pub batch_size: usize,
    /// Which logistic regression tells the factors apart.
    pub logistic: LogisticMode,
}

/// The result of [`beta_vae`].
#[derive(Debug, Clone, PartialEq)]
pub struct Recognition {
    /// The share of training points whose factor is recognized, in `[0, 1]`.
    pub train_accuracy: f64,
    /// The score: the share of further points whose factor is recognized, in `[0, 1]`.
    pub eval_accuracy: f64,
}

/// Below this many rows, pairs see the same rows again and again.
const SMALL_TABLE: usize = 10_000;

impl Config for BetaVae {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for BetaVae {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let protocol = cx.protocol;
        let pairs = Pairs {
            codes: cx.table.codes(),
            factors: cx.table.factors().ncols(),
            sampler: cx.sampler(),
            seeds: cx.seeds,
        };
        let result = pairs.recognize(&Pairing {
            num_train: protocol.num_train,
            num_test: protocol.num_test,
            batch_size: protocol.batch_size,
            logistic: protocol.logistic,
        })?;
        let mut score = Score::new(result.eval_accuracy)
            .with("train_accuracy", result.train_accuracy)
            .with("eval_accuracy", result.eval_accuracy);
        let rows = cx.table.codes().nrows();
        if !cx.table.is_grid() && rows < SMALL_TABLE {
            score.warnings.push(format!(
                "{rows} rows are resampled; below {SMALL_TABLE} the score depends on which rows there are"
            ));
        }
        Ok(score)
    }

    fn chance(&self, factors: usize) -> Option<f64> {
        Some(1.0 / factors as f64)
    }
}

/// Returns the BetaVAE score of any rows, resampled by factor value.
///
/// # Errors
/// If an array is empty, the numbers of rows differ, a code is not finite, or a factor has no value with
/// two rows.
pub fn beta_vae(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    pairing: &Pairing,
    seeds: Seeds,
) -> Result<Recognition, Error> {
    check_shapes(codes, factors)?;
    check_finite(codes)?;
    Pairs {
        codes,
        factors: factors.ncols(),
        sampler: &Sampler::rows(factors),
        seeds,
    }
    .recognize(pairing)
}

/// Whatever pairs depend on.
struct Pairs<'a> {
    codes: ArrayView2<'a, f32>,
    factors: usize,
    sampler: &'a Sampler,
    seeds: Seeds,
}

impl Pairs<'_> {
    fn recognize(&self, pairing: &Pairing) -> Result<Recognition, Error> {
        if let Some(factor) = (0..self.factors).find(|&k| !self.sampler.has_company(k)) {
            return Err(Error::NoCompany { factor });
        }
        if self.factors == 1 {
            // The single factor is always the one that was fixed.
            return Ok(Recognition {
                train_accuracy: 1.0,
                eval_accuracy: 1.0,
            });
        }
        let points = |purpose, count| self.points(purpose, count, pairing.batch_size);
        let (x, fixed) = points("metric/beta_vae/train", pairing.num_train);
        let (x_test, fixed_test) = points("metric/beta_vae/eval", pairing.num_test);
        let regression = LogisticRegression {
            mode: pairing.logistic,
            ..LogisticRegression::default()
        };
        let model = regression.fit(x.view(), fixed.view())?;
        Ok(Recognition {
            train_accuracy: accuracy(&model.predict(x.view()), fixed.view()),
            eval_accuracy: accuracy(&model.predict(x_test.view()), fixed_test.view()),
        })
    }

    /// Returns features `[count, D]` and the factor that each fixed; a stream of its own for each point.
    fn points(&self, purpose: &str, count: usize, batch: usize) -> (Array2<f64>, Array1<u32>) {
        let d = self.codes.ncols();
        let mut features = Array2::zeros((count, d));
        let rows = features
            .as_slice_mut()
            .expect("a fresh array is contiguous");
        let fixed: Vec<u32> = rows
            .par_chunks_mut(d)
            .enumerate()
            .map(|(index, feature)| {
                let mut stream = self.seeds.stream(purpose, index as u64);
                let factor = stream.below(self.factors as u64) as usize;
                for _ in 0..batch {
                    self.add_pair(feature, factor, &mut stream);
                }
                feature.iter_mut().for_each(|sum| *sum /= batch as f64);
                factor as u32
            })
            .collect();
        (features, fixed.into())
    }

    /// Adds the distance, code by code, of two rows that share a factor's value.
    fn add_pair(&self, sums: &mut [f64], factor: usize, stream: &mut Stream) {
        let first = self.sampler.row(stream);
        let second = self.sampler.group(factor, first).draw(stream);
        let pair = self
            .codes
            .row(first)
            .into_iter()
            .zip(self.codes.row(second));
        for (sum, (a, b)) in sums.iter_mut().zip(pair) {
            *sum += f64::from((a - b).abs());
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn score(codes: Array2<f32>, factors: Array2<u32>) -> Result<f64, Error> {
        let pairing = Pairing {
            num_train: 300,
            num_test: 200,
            batch_size: 16,
            logistic: LogisticMode::Lbfgs,
        };
        beta_vae(codes.view(), factors.view(), &pairing, Seeds::new(0)).map(|it| it.eval_accuracy)
    }

    #[test]
    fn the_code_that_does_not_move_tells_the_factor() {
        let factors = Array2::from_shape_fn((36, 2), |(i, k)| (i / [6, 1][k] % 6) as u32);
        assert_eq!(score(factors.mapv(|c| c as f32), factors).unwrap(), 1.0);
    }

    #[test]
    fn constant_codes_tell_nothing() {
        let factors = Array2::from_shape_fn((36, 2), |(i, k)| (i / [6, 1][k] % 6) as u32);
        // 200 guesses of a coin: four standard deviations are 0.14.
        assert!((score(Array2::ones((36, 2)), factors).unwrap() - 0.5).abs() < 0.14);
    }

    #[test]
    fn one_factor_is_always_recognized_and_single_rows_are_refused() {
        assert_eq!(score(array![[0.0], [1.0]], array![[3], [3]]).unwrap(), 1.0);
        let error = score(array![[0.0], [1.0]], array![[3], [4]]).unwrap_err();
        assert!(matches!(error, Error::NoCompany { factor: 0 }), "{error}");
    }
}
