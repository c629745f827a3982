//! The FactorVAE score.
//!
//! A vote fixes a factor, draws the others, and names the active code whose variance in the batch,
//! relative to its variance in all data, is smallest. A majority classifier learns from training votes
//! which factor each code stands for; the score is its accuracy on further votes.
//! Kim & Mnih 2018, arXiv:1802.05983, section 4; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/factor_vae.py`.
//! Differs: variances are summed in `f64`; the number of active codes is theirs, not that of all codes.

use disentangle_registry::Config;
use disentangle_seeds::{Seeds, Stream};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::Metric;
use crate::sampler::Sampler;
use crate::scores::Score;
use crate::table::{check_finite, check_shapes};
use crate::variance;

/// The FactorVAE score; numbers of votes, batch and threshold are the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FactorVae {}

/// How votes are cast.
#[derive(Debug, Clone, PartialEq)]
pub struct Voting {
    /// Votes that the classifier learns from.
    pub num_train: usize,
    /// Votes that it is tested on.
    pub num_test: usize,
    /// Rows behind a vote.
    pub batch_size: usize,
    /// The standard deviation from which on a code may be named.
    pub active_threshold: f64,
}

/// The result of [`factor_vae`].
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracies {
    /// The share of training votes that the classifier gets right, in `[0, 1]`.
    pub train_accuracy: f64,
    /// The score: the share of further votes that it gets right, in `[0, 1]`.
    pub eval_accuracy: f64,
    /// Codes that could be named; without any, both accuracies are zero.
    pub active_codes: usize,
    /// Training votes `[D, K]`.
    pub votes: Array2<f64>,
}

/// How often each active code was named while each factor was fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Votes {
    /// Counts `[active codes, K]`.
    pub counts: Array2<usize>,
}

/// Below this many rows of a value, a batch repeats rows so often that its variance shrinks.
const FEW_ROWS: usize = 16;
/// Below this many rows, votes see the same rows again and again.
const SMALL_TABLE: usize = 10_000;

impl Config for FactorVae {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for FactorVae {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let protocol = cx.protocol;
        let election = Election {
            codes: cx.table.codes(),
            factors: cx.table.factors().ncols(),
            variances: cx.variances,
            active: cx.active,
            sampler: cx.sampler(),
            seeds: cx.seeds,
        };
        let voting = Voting {
            num_train: protocol.num_train,
            num_test: protocol.num_test,
            batch_size: protocol.batch_size,
            active_threshold: protocol.active_threshold,
        };
        let result = election.hold(&voting)?;
        let mut score = Score::new(result.eval_accuracy)
            .with("train_accuracy", result.train_accuracy)
            .with("eval_accuracy", result.eval_accuracy)
            .with("active_codes", result.active_codes)
            .with_matrix("votes", result.votes);
        score.warnings = warn(cx);
        Ok(score)
    }

    fn chance(&self, factors: usize) -> Option<f64> {
        Some(1.0 / factors as f64)
    }
}

/// Returns the FactorVAE score of any rows, resampled by factor value.
///
/// # Errors
/// If an array is empty, the numbers of rows differ, a code is not finite, or a factor has no value with
/// two rows.
pub fn factor_vae(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    voting: &Voting,
    seeds: Seeds,
) -> Result<Accuracies, Error> {
    check_shapes(codes, factors)?;
    check_finite(codes)?;
    let variances = variance::variances(codes);
    Election {
        codes,
        factors: factors.ncols(),
        active: &variance::active(&variances, voting.active_threshold, false),
        variances: &variances,
        sampler: &Sampler::rows(factors),
        seeds,
    }
    .hold(voting)
}

impl Votes {
    /// Counts votes, each an index into the active codes and the factor that was fixed.
    ///
    /// # Panics
    /// If an index or factor is out of range.
    pub fn count(
        votes: impl IntoIterator<Item = (usize, usize)>,
        active_codes: usize,
        factors: usize,
    ) -> Self {
        let mut counts = Array2::zeros((active_codes, factors));
        for (code, factor) in votes {
            counts[[code, factor]] += 1;
        }
        Self { counts }
    }

    /// Returns the factor that each active code was named for most often, the first of equals.
    pub fn majority(&self) -> Vec<usize> {
        self.counts
            .rows()
            .into_iter()
            .map(|row| {
                let largest = row.iter().max().copied().unwrap_or(0);
                row.iter().position(|&count| count == largest).unwrap_or(0)
            })
            .collect()
    }

    /// Returns the share of votes that a classifier gets right, in `[0, 1]`; zero without votes.
    pub fn accuracy(&self, classifier: &[usize]) -> f64 {
        let rows = self.counts.rows().into_iter().zip(classifier);
        let right: usize = rows.map(|(row, &factor)| row[factor]).sum();
        right as f64 / self.counts.sum().max(1) as f64
    }
}

/// Returns which active code varies least: the index, into `active`, of the smallest
/// `local[code] / global[code]`, the first of equals.
///
/// As in NumPy's `argmin`, the first ratio that is NaN counts as smallest: that is a constant code which
/// was not left out, and takes all votes.
pub fn vote(local: &[f64], global: &[f64], active: &[usize]) -> usize {
    let mut best = (0, f64::INFINITY);
    for (index, &code) in active.iter().enumerate() {
        let ratio = local[code] / global[code];
        if ratio.is_nan() {
            return index;
        }
        if ratio < best.1 {
            best = (index, ratio);
        }
    }
    best.0
}

/// Warns where resampling leaves few rows.
fn warn(cx: &MetricCx<'_>) -> Vec<String> {
    let mut warnings = Vec::new();
    let rows = cx.table.codes().nrows();
    if !cx.table.is_grid() && rows < SMALL_TABLE {
        warnings.push(format!(
            "{rows} rows are resampled; below {SMALL_TABLE} the score depends on which rows there are"
        ));
    }
    for (factor, name) in cx.table.factor_names().iter().enumerate() {
        match cx.sampler().smallest_group(factor) {
            1 => warnings.push(format!(
                "a value of factor `{name}` has a single row; such values were left out"
            )),
            few @ ..FEW_ROWS => warnings.push(format!(
                "a value of factor `{name}` has only {few} rows; below {FEW_ROWS} variances shrink"
            )),
            _ => {}
        }
    }
    warnings
}

/// Whatever votes depend on.
struct Election<'a> {
    codes: ArrayView2<'a, f32>,
    factors: usize,
    variances: &'a [f64],
    active: &'a [usize],
    sampler: &'a Sampler,
    seeds: Seeds,
}

impl Election<'_> {
    fn hold(&self, voting: &Voting) -> Result<Accuracies, Error> {
        if let Some(factor) = (0..self.factors).find(|&k| !self.sampler.has_company(k)) {
            return Err(Error::NoCompany { factor });
        }
        let mut result = Accuracies {
            train_accuracy: 0.0,
            eval_accuracy: 0.0,
            active_codes: self.active.len(),
            votes: Array2::zeros((self.codes.ncols(), self.factors)),
        };
        if self.active.is_empty() {
            return Ok(result);
        }
        let train = self.cast(
            "metric/factor_vae/train",
            voting.num_train,
            voting.batch_size,
        );
        let eval = self.cast("metric/factor_vae/eval", voting.num_test, voting.batch_size);
        let classifier = train.majority();
        result.train_accuracy = train.accuracy(&classifier);
        result.eval_accuracy = eval.accuracy(&classifier);
        for (&code, counts) in self.active.iter().zip(train.counts.rows()) {
            result
                .votes
                .row_mut(code)
                .assign(&counts.mapv(|count| count as f64));
        }
        Ok(result)
    }

    /// Casts votes; each has a random stream of its own, so that threads do not matter.
    fn cast(&self, purpose: &str, count: usize, batch_size: usize) -> Votes {
        let votes: Vec<_> = (0..count)
            .into_par_iter()
            .map_init(
                || Array2::zeros((batch_size, self.codes.ncols())),
                |batch, index| {
                    let mut stream = self.seeds.stream(purpose, index as u64);
                    let factor = stream.below(self.factors as u64) as usize;
                    self.draw(batch, factor, &mut stream);
                    let local = variance::variances(batch.view());
                    (vote(&local, self.variances, self.active), factor)
                },
            )
            .collect();
        Votes::count(votes, self.active.len(), self.factors)
    }

    /// Draws rows that share a factor's value; the value is as frequent as its rows.
    fn draw(&self, batch: &mut Array2<f32>, factor: usize, stream: &mut Stream) {
        let row = self
            .sampler
            .row_in_company(factor, stream)
            .expect("an election with a factor without company is not held");
        let group = self.sampler.group(factor, row);
        for mut drawn in batch.rows_mut() {
            drawn.assign(&self.codes.row(group.draw(stream)));
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_smallest_relative_variance_gets_the_vote() {
        assert_eq!(vote(&[1.0, 2.0, 3.0], &[1.0, 4.0, 4.0], &[0, 1, 2]), 1);
        assert_eq!(vote(&[1.0, 2.0, 3.0], &[1.0, 4.0, 4.0], &[0, 2]), 1);
    }

    #[test]
    fn ties_go_to_the_first_and_nan_wins() {
        assert_eq!(vote(&[1.0, 1.0], &[1.0, 1.0], &[0, 1]), 0);
        assert_eq!(vote(&[0.1, 0.0, 0.0], &[1.0, 0.0, 0.0], &[0, 1, 2]), 1);
    }

    #[test]
    fn the_classifier_takes_majorities_and_the_first_of_equals() {
        let votes = Votes {
            counts: array![[3, 1], [2, 2], [0, 0], [0, 5]],
        };
        assert_eq!(votes.majority(), [0, 0, 0, 1]);
        assert_eq!(votes.accuracy(&votes.majority()), 10.0 / 13.0);
    }
}
