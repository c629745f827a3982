//! Unsupervised disentanglement ranking: how well codes of models that were trained alike agree one-to-one.
//!
//! `R_ab` says how much code `a` of another model matters for code `b` of this one: the absolute coefficient of a lasso,
//! or Spearman's correlation. A pair of models scores the mean of `mean_b max_a R² / Σ_a R` and `mean_a max_b R² / Σ_b R`
//! over active codes; the score is the median over the other models. No factors are needed.
//! Duan et al. 2020, arXiv:1905.12614, section 4; checked by reading disentanglement_lib@86a644d, `metrics/udr.py`.
//! Differs: a code is active by its standard deviation, since KL divergences are not known here.

use disentangle_registry::{Config, Problems};
use ndarray::{Array2, ArrayView1, ArrayView2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::mcc::{Correlation, columns};
use crate::metrics::r_squared::standardized;
use crate::metrics::{Metric, Needs};
use crate::points::Points;
use crate::predictors::Lasso;
use crate::scores::Score;
use crate::variance;

/// Unsupervised disentanglement ranking, against the table's encodings of other models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Udr {
    /// How codes of two models are compared.
    pub similarity: Similarity,
    /// The weight of the lasso's penalty.
    pub alpha: f64,
}

/// How much a code of one model has to do with a code of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// Its absolute coefficient in a lasso from all codes of the one to each code of the other.
    #[default]
    Lasso,
    /// The absolute value of Spearman's correlation.
    Spearman,
}

impl Default for Udr {
    fn default() -> Self {
        Self {
            similarity: Similarity::default(),
            alpha: 0.1,
        }
    }
}

impl Config for Udr {
    fn examples() -> Vec<Self> {
        let spearman = Self {
            similarity: Similarity::Spearman,
            ..Self::default()
        };
        vec![Self::default(), spearman]
    }

    fn check(&self, problems: &mut Problems) {
        let alpha = self.alpha.is_finite() && self.alpha >= 0.0;
        problems.require(alpha, "alpha", "must be a finite number, not below 0");
    }
}

impl Metric for Udr {
    fn needs(&self) -> Needs {
        Needs::Codes
    }

    fn only_on_request(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        if cx.table.encodings().len() == 0 {
            return Err(Error::NoEncodings);
        }
        let ours = cx.table.codes();
        let mut pairs = Vec::new();
        for theirs in cx.table.encodings() {
            let matrix = self.similarity(theirs, ours)?;
            let rows = active(cx, theirs);
            let columns = active(cx, ours);
            if rows.is_empty() || columns.is_empty() {
                return Err(Error::Unsuited("a model has no active code to compare"));
            }
            let matrix = Array2::from_shape_fn((rows.len(), columns.len()), |(a, b)| {
                matrix[[rows[a], columns[b]]]
            });
            pairs.push(agreement(&matrix));
        }
        Ok(Score::new(median(&pairs)).with("pairs", pairs))
    }
}

impl Udr {
    /// Returns how much each code of theirs (row) has to do with each of ours (column).
    fn similarity(
        &self,
        theirs: ArrayView2<'_, f32>,
        ours: ArrayView2<'_, f32>,
    ) -> Result<Array2<f64>, Error> {
        let mut matrix = Array2::zeros((theirs.ncols(), ours.ncols()));
        match self.similarity {
            Similarity::Lasso => {
                let (x, y) = (scaled(theirs), scaled(ours));
                for (column, target) in y.columns().into_iter().enumerate() {
                    let lasso = Lasso { alpha: self.alpha };
                    let model = lasso.fit(x.view(), target)?;
                    matrix
                        .column_mut(column)
                        .assign(&model.coefficients.mapv(f64::abs));
                }
            }
            Similarity::Spearman => {
                let units = |codes| {
                    columns(codes)
                        .into_iter()
                        .map(|x| Correlation::Spearman.unit(x))
                };
                let (x, y): (Vec<_>, Vec<_>) = (units(theirs).collect(), units(ours).collect());
                for ((a, b), entry) in matrix.indexed_iter_mut() {
                    let products = x[a].iter().zip(&y[b]).map(|(x, y)| x * y);
                    *entry = products.sum::<f64>().abs();
                }
            }
        }
        Ok(matrix)
    }
}

fn scaled(codes: ArrayView2<'_, f32>) -> Array2<f64> {
    let factors = Array2::zeros((codes.nrows(), 0));
    let points = Points {
        codes,
        factors: factors.view(),
        values: None,
    };
    standardized(&points, &points)
}

fn active(cx: &MetricCx<'_>, codes: ArrayView2<'_, f32>) -> Vec<usize> {
    let variances = variance::variances(codes);
    variance::active(&variances, cx.protocol.active_threshold, false)
}

/// Returns how close a matrix is to a permutation, in `[0, 1]` for entries up to one.
fn agreement(matrix: &Array2<f64>) -> f64 {
    let share = |line: ArrayView1<'_, f64>| {
        let (sum, largest) = (line.sum(), line.iter().copied().fold(0.0, f64::max));
        if sum > 0.0 {
            largest * largest / sum
        } else {
            0.0
        }
    };
    let columns: f64 = matrix.columns().into_iter().map(share).sum();
    let rows: f64 = matrix.rows().into_iter().map(share).sum();
    (columns / matrix.ncols() as f64 + rows / matrix.nrows() as f64) / 2.0
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => (sorted[middle - 1] + sorted[middle]) / 2.0,
        _ => sorted[middle],
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_permutation_agrees_and_a_flat_matrix_does_not() {
        assert_eq!(agreement(&array![[0.0, 1.0], [1.0, 0.0]]), 1.0);
        assert_eq!(agreement(&array![[0.5, 0.5], [0.5, 0.5]]), 0.25);
        // Columns: (1 + 0) / 2; rows: (1 + 0) / 2.
        assert_eq!(agreement(&array![[1.0, 0.0], [0.0, 0.0]]), 0.5);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[3.0, 1.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
    }

    /// Unit variances and no correlation: a lasso shrinks the one coefficient of 1 by alpha.
    #[test]
    fn copies_are_similar_up_to_the_shrinkage() {
        let codes = array![[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
        let matrix = Udr::default()
            .similarity(codes.view(), codes.view())
            .unwrap();
        assert!((matrix[[0, 0]] - 0.9).abs() < 1e-9 && matrix[[0, 1]] == 0.0);
    }
}
