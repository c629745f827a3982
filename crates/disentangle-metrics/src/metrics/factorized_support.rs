//! Factorized support: how far the codes are from taking every combination of the values that each of them takes.
//!
//! For a pair of codes, the one-sided Hausdorff distance from all combinations of their values in a batch to the
//! combinations that occur: `max over (a, b) of min over n of (a − z_ni)² + (b − z_nj)²`. The score is the sum
//! over pairs, averaged over batches; 0 is best, and nothing bounds it above.
//! Roth et al. 2023, arXiv:2210.07347, section 3; checked by reading
//! facebookresearch/disentangling-correlated-factors@3b0d233.
//! It depends on the scale of codes unless they are standardized, and on the size of batches: small ones have gaps.

use disentangle_registry::{Config, Problems};
use ndarray::ArrayView2;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::{Metric, Needs, Scale};
use crate::scores::Score;

/// The distance of the support from its factorized hull.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FactorizedSupport {
    /// Rows of a batch; time grows with its cube.
    pub batch_size: usize,
    /// Batches that are averaged.
    pub batches: usize,
    /// Divide each code by its standard deviation first; codes that are inactive are left out then.
    pub standardize: bool,
}

impl Default for FactorizedSupport {
    fn default() -> Self {
        Self {
            batch_size: 128,
            batches: 8,
            standardize: false,
        }
    }
}

impl Config for FactorizedSupport {
    fn examples() -> Vec<Self> {
        let standardized = Self {
            batch_size: 32,
            batches: 2,
            standardize: true,
        };
        vec![Self::default(), standardized]
    }

    fn check(&self, problems: &mut Problems) {
        let size = (2..=4096).contains(&self.batch_size);
        problems.require(size, "batch_size", "must lie between 2 and 4096");
        problems.require(self.batches > 0, "batches", "must be positive");
    }
}

impl Metric for FactorizedSupport {
    fn scale(&self) -> Scale {
        Scale::Distance
    }

    fn needs(&self) -> Needs {
        Needs::Codes
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let columns: Vec<_> = match self.standardize {
            true => cx.active.to_vec(),
            false => (0..cx.variances.len()).collect(),
        };
        if columns.len() < 2 {
            return Err(Error::TooFewCodes {
                found: columns.len(),
            });
        }
        let scale = |code: usize| match self.standardize {
            true => 1.0 / cx.variances[code].sqrt(),
            false => 1.0,
        };
        let pairs: Vec<_> = (0..columns.len())
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .collect();
        let rows = cx.table.codes().nrows();
        let size = self.batch_size.min(rows);
        let mut sum = 0.0;
        for batch in 0..self.batches {
            let mut stream = cx.seeds.stream("metric/factorized_support", batch as u64);
            let chosen = choose(rows, size, &mut stream);
            let column = |&code: &usize| scaled(cx.table.codes(), &chosen, code, scale(code));
            let columns: Vec<_> = columns.iter().map(column).collect();
            let distances: Vec<f64> = pairs
                .par_iter()
                .map(|&(i, j)| distance(&columns[i], &columns[j]))
                .collect();
            sum += distances.iter().sum::<f64>();
        }
        let score = sum / self.batches as f64;
        Ok(Score::new(score).with("per_pair", score / pairs.len() as f64))
    }
}

/// Draws different rows.
pub(crate) fn choose(
    rows: usize,
    size: usize,
    stream: &mut disentangle_seeds::Stream,
) -> Vec<usize> {
    let mut chosen = std::collections::BTreeSet::new();
    // Floyd's algorithm: each step adds one row.
    for last in rows - size..rows {
        let row = stream.below(last as u64 + 1) as usize;
        if !chosen.insert(row) {
            chosen.insert(last);
        }
    }
    chosen.into_iter().collect()
}

fn scaled(codes: ArrayView2<'_, f32>, rows: &[usize], code: usize, scale: f64) -> Vec<f64> {
    rows.iter()
        .map(|&row| f64::from(codes[[row, code]]) * scale)
        .collect()
}

/// Returns the largest squared distance of a combination of values to its nearest row.
fn distance(x: &[f64], y: &[f64]) -> f64 {
    let mut largest = 0.0f64;
    let mut squares = vec![0.0; x.len()];
    for a in x {
        for (square, other) in squares.iter_mut().zip(x) {
            *square = (a - other).powi(2);
        }
        for b in y {
            let nearest = squares
                .iter()
                .zip(y)
                .map(|(square, other)| square + (b - other).powi(2))
                .fold(f64::INFINITY, f64::min);
            largest = largest.max(nearest);
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_grid_is_factorized() {
        assert_eq!(distance(&[0.0, 0.0, 1.0, 1.0], &[0.0, 3.0, 0.0, 3.0]), 0.0);
    }

    /// On the diagonal of a square the far corners are a side away from the nearest row.
    #[test]
    fn a_diagonal_lacks_its_corners() {
        assert_eq!(distance(&[0.0, 2.0], &[0.0, 2.0]), 4.0);
    }

    #[test]
    fn rows_are_drawn_once() {
        let mut stream = disentangle_seeds::Seeds::new(0).stream("test", 0);
        assert_eq!(choose(5, 5, &mut stream), [0, 1, 2, 3, 4]);
        assert_eq!(choose(1000, 10, &mut stream).len(), 10);
    }
}
