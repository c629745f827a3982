//! Logistic regression whose penalty is chosen by folds.
//!
//! For each of the weights `C`, regressions on all rows but a fold are tested on the fold; the `C` of the
//! largest mean accuracy, the first of equals, is fitted to all rows. Folds are runs of rows, unshuffled.
//! Checked against scikit-learn 1.9.1, `LogisticRegressionCV(Cs=10, cv=KFold(5))`: chosen `C` and accuracy.
//! Differs: each fit starts at zero; scikit-learn starts at the solution of the `C` before.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::{LogisticModel, LogisticRegression, accuracy, first_largest};
use crate::error::Error;

/// Settings of the search; the defaults are ten `C` from 10⁻⁴ to 10⁴ and five folds.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegressionCv {
    /// The weights of the loss to choose from.
    pub cs: Vec<f64>,
    /// Folds, at least 2; at most one a row.
    pub folds: usize,
    /// The regression; its `c` is not used.
    pub regression: LogisticRegression,
}

impl Default for LogisticRegressionCv {
    fn default() -> Self {
        let exponent = |i: i32| -4.0 + 8.0 * f64::from(i) / 9.0;
        Self {
            cs: (0..10).map(|i| 10f64.powf(exponent(i))).collect(),
            folds: 5,
            regression: LogisticRegression::default(),
        }
    }
}

impl LogisticRegressionCv {
    /// Learns from features `[n, D]` and a label each.
    ///
    /// # Errors
    /// If the numbers of rows differ or there are fewer than two classes or rows.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        labels: ArrayView1<'_, u32>,
    ) -> Result<LogisticModel, Error> {
        super::classes_to_learn(x, labels)?;
        let folds: Vec<Fold> = self
            .ranges(x.nrows())
            .map(|r| Fold::new(x, labels, r))
            .collect();
        let with = |c: f64| LogisticRegression {
            c,
            ..self.regression
        };
        let mean = |&c: &f64| {
            let accuracies = folds.iter().map(|fold| fold.accuracy(&with(c)));
            accuracies.sum::<f64>() / folds.len() as f64
        };
        let means: Vec<f64> = self.cs.par_iter().map(mean).collect();
        with(self.cs[first_largest(means)]).fit(x, labels)
    }

    /// The first folds are longer by one if the rows do not divide.
    fn ranges(&self, n: usize) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let folds = self.folds.min(n);
        let start = move |fold: usize| fold * (n / folds) + fold.min(n % folds);
        (0..folds).map(move |fold| start(fold)..start(fold + 1))
    }
}

/// The rows of a fold, and all others.
struct Fold {
    x: Array2<f64>,
    labels: Array1<u32>,
    held_out: Array2<f64>,
    held_out_labels: Array1<u32>,
}

impl Fold {
    fn new(
        x: ArrayView2<'_, f64>,
        labels: ArrayView1<'_, u32>,
        range: std::ops::Range<usize>,
    ) -> Self {
        let (inside, outside): (Vec<_>, Vec<_>) =
            (0..x.nrows()).partition(|row| range.contains(row));
        Self {
            x: x.select(Axis(0), &outside),
            labels: labels.select(Axis(0), &outside),
            held_out: x.select(Axis(0), &inside),
            held_out_labels: labels.select(Axis(0), &inside),
        }
    }

    /// Other rows of a single class predict that class.
    fn accuracy(&self, regression: &LogisticRegression) -> f64 {
        let predicted = match regression.fit(self.x.view(), self.labels.view()) {
            Ok(model) => model.predict(self.held_out.view()),
            Err(_) => vec![self.labels[0]; self.held_out_labels.len()],
        };
        accuracy(&predicted, self.held_out_labels.view())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_cover_all_rows_in_order() {
        let ranges: Vec<_> = LogisticRegressionCv::default().ranges(12).collect();
        assert_eq!(ranges, [0..3, 3..6, 6..8, 8..10, 10..12]);
        assert_eq!(LogisticRegressionCv::default().ranges(3).count(), 3);
    }

    #[test]
    fn the_weights_are_scikit_learns() {
        let cs = LogisticRegressionCv::default().cs;
        assert!((cs[0] - 1e-4).abs() < 1e-12 && (cs[9] - 1e4).abs() < 1e-8);
        assert!((cs[4] - 0.359_381_366_380_462_6).abs() < 1e-12);
    }

    #[test]
    fn a_separable_class_is_learned() {
        let x = Array2::from_shape_fn((40, 1), |(i, _)| (i % 2) as f64 + 0.001 * i as f64);
        let labels: Array1<u32> = (0..40).map(|i| i % 2).collect();
        let model = LogisticRegressionCv::default().fit(x.view(), labels.view());
        assert_eq!(model.unwrap().predict(x.view()), labels.to_vec());
    }
}
