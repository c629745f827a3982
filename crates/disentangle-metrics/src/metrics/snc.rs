//! Single-neuron classification: how well one code alone says which value a factor has.
//!
//! Each factor gets one code by the one-to-one assignment that makes the sum of mutual information largest. The code
//! is cut into as many bins of equal frequency as the factor has values, bins get values one-to-one so that
//! most training rows are right, and the score is the accuracy on test rows, averaged over factors.
//! Mahon, Sha & Lukasiewicz 2023, arXiv:2304.02335, section 4; checked by reading Lou1sM/snc_nk@e031048.
//! Differs: a factor that gets no code is guessed by its most frequent value; equal values of a code are not parted
//! from each other, so that codes of few values are read as well as others.

use disentangle_registry::Config;
use ndarray::{Array1, Array2, ArrayView1};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::assignment::assign;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::information::mutual_information;
use crate::metrics::Metric;
use crate::scores::Score;

/// Single-neuron classification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Snc {}

impl Config for Snc {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Snc {
    fn tests(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let (train, test) = (&cx.train, &cx.test);
        test.not_empty()?;
        let labels: Vec<_> = train
            .factors
            .columns()
            .into_iter()
            .map(Labels::of)
            .collect();
        let information: Vec<Vec<f64>> = (0..train.codes.ncols())
            .into_par_iter()
            .map(|code| {
                let cuts = Cuts::sorted(train.codes.column(code));
                let of = |(labels, factor): (&Labels, _)| {
                    let bins = Cuts::of(&cuts, labels.values.len()).bins(train.codes.column(code));
                    mutual_information(bins.view(), factor)
                };
                labels.iter().zip(train.factors.columns()).map(of).collect()
            })
            .collect();
        let shape = (train.codes.ncols(), labels.len());
        let information = Array2::from_shape_fn(shape, |(code, k)| information[code][k]);
        let code_of = assign(information.view());
        let mut per_factor = Vec::new();
        for (k, labels) in labels.iter().enumerate() {
            let truth = test.factors.column(k);
            let guesses = match code_of[k] {
                None => vec![labels.most_frequent(); truth.len()],
                Some(code) => {
                    let known = train.codes.column(code);
                    let cuts = Cuts::of(&Cuts::sorted(known), labels.values.len());
                    let value_of =
                        labels.values_of_bins(&cuts.bins(known), train.factors.column(k));
                    let bins = cuts.bins(test.codes.column(code));
                    bins.iter().map(|&bin| value_of[bin as usize]).collect()
                }
            };
            let right = guesses
                .iter()
                .zip(truth)
                .filter(|(guess, truth)| guess == truth);
            per_factor.push(right.count() as f64 / truth.len() as f64);
        }
        let chance = labels.iter().map(|labels| 1.0 / labels.values.len() as f64);
        let chance = chance.sum::<f64>() / labels.len() as f64;
        let mean = per_factor.iter().sum::<f64>() / per_factor.len() as f64;
        let mut score = Score::new(mean)
            .with("per_factor", per_factor)
            .with("chance", chance)
            .with_matrix("mutual_information", information);
        if let Some(codes) = code_of.into_iter().collect::<Option<Vec<_>>>() {
            score = score.with("assigned_code", codes);
        }
        Ok(score)
    }
}

/// The values that a factor takes, ascending, and how often.
struct Labels {
    values: Vec<u32>,
    counts: Vec<usize>,
}

impl Labels {
    fn of(column: ArrayView1<'_, u32>) -> Self {
        let mut sorted = column.to_vec();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|a, b| a == b);
        let (values, counts) = runs.map(|run| (run[0], run.len())).unzip();
        Self { values, counts }
    }

    fn most_frequent(&self) -> u32 {
        let largest = self.counts.iter().max();
        let place = self.counts.iter().position(|count| Some(count) == largest);
        self.values[place.unwrap_or(0)]
    }

    /// Returns the value of each bin, one-to-one, so that most rows are right.
    fn values_of_bins(&self, bins: &Array1<u32>, truth: ArrayView1<'_, u32>) -> Vec<u32> {
        let mut counts = Array2::<f64>::zeros((self.values.len(), self.values.len()));
        for (&bin, value) in bins.iter().zip(truth) {
            let class = self.values.partition_point(|other| other < value);
            counts[[class, bin as usize]] += 1.0;
        }
        let class_of = assign(counts.view());
        class_of
            .into_iter()
            .map(|class| self.values[class.unwrap_or(0)])
            .collect()
    }
}

/// The smallest values of bins of equal frequency, without the first bin's.
struct Cuts(Vec<f32>);

impl Cuts {
    fn sorted(code: ArrayView1<'_, f32>) -> Vec<f32> {
        let mut sorted = code.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted
    }

    fn of(sorted: &[f32], bins: usize) -> Self {
        let cut = |bin| {
            let at = bin * sorted.len() / bins;
            let start = sorted.partition_point(|&x| x < sorted[at]);
            let end = sorted.partition_point(|&x| x <= sorted[at]);
            // Equal values stay together, on the side of the nearer end of their run.
            let at = if at - start < end - at { start } else { end };
            sorted.get(at).copied().unwrap_or(f32::INFINITY)
        };
        Self((1..bins).map(cut).collect())
    }

    fn bins(&self, code: ArrayView1<'_, f32>) -> Array1<u32> {
        let bin = |&x: &f32| self.0.partition_point(|&cut| cut <= x) as u32;
        code.iter().map(bin).collect()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn bins_are_of_equal_frequency() {
        let code = array![10.0, 0.0, 1.0, 2.0, 1000.0, 3.0];
        let cuts = Cuts::of(&Cuts::sorted(code.view()), 3);
        assert_eq!(cuts.bins(code.view()), array![2, 0, 0, 1, 2, 1]);
        // Three rows of the first value, two of the others: the cut at 7 / 3 moves behind the run.
        let code = array![0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0];
        let cuts = Cuts::of(&Cuts::sorted(code.view()), 3);
        assert_eq!(cuts.bins(code.view()), array![0, 0, 0, 1, 1, 2, 2]);
    }

    /// A code that runs against the factor is read as well as one that runs with it.
    #[test]
    fn bins_get_the_values_that_make_most_rows_right() {
        let labels = Labels::of(array![7, 7, 3, 3, 5].view());
        assert_eq!(
            (labels.values.as_slice(), labels.most_frequent()),
            ([3, 5, 7].as_slice(), 3)
        );
        let values = labels.values_of_bins(&array![0, 0, 2, 2, 1], array![7, 7, 3, 3, 5].view());
        assert_eq!(values, [7, 5, 3]);
    }
}
