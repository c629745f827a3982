//! Logistic regression with an L2 penalty.
//!
//! Multinomial: `min (1/n) Σᵢ −ln softmax(W xᵢ + b)[yᵢ] + ‖W‖² / (2 C n)`, the intercepts `b` free; two
//! classes share one sigmoid. One against the rest: for each class
//! `min ½(‖w‖² + b²) + C Σᵢ ln(1 + exp(−tᵢ (w·xᵢ + b)))`, the intercept penalized.
//! Checked against scikit-learn 1.9.1, `LogisticRegression`: coefficients after as many steps.
//! Differs: always computes in `f64`; scikit-learn computes in the precision of the features.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::classes_to_learn;
use super::lbfgs::{Stop, minimize};
use crate::error::Error;

/// Which logistic regression: the default of scikit-learn changed in version 0.22.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogisticMode {
    /// Multinomial, stopped as scikit-learn 0.22 and later: after 100 steps of L-BFGS, or once no entry of
    /// the gradient of the mean loss exceeds 10⁻⁴.
    #[default]
    Lbfgs,
    /// Multinomial, solved to convergence.
    Converged,
    /// One class against the rest, as `liblinear`, the default before scikit-learn 0.22.
    LiblinearOvr,
}

/// Settings of a logistic regression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticRegression {
    /// The weight of the loss against the penalty.
    pub c: f64,
    /// Which problem is solved, and how far.
    pub mode: LogisticMode,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            c: 1.0,
            mode: LogisticMode::default(),
        }
    }
}

/// A fitted logistic regression.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticModel {
    /// The class values, ascending.
    pub classes: Vec<u32>,
    /// Coefficients `[C, D]`, `C` classes; a single row, of the higher class, if there are two.
    pub coefficients: Array2<f64>,
    /// Intercepts `[C]`, or one.
    pub intercepts: Vec<f64>,
    /// Steps of the solver; the most of any class if each has its own problem.
    pub iterations: usize,
    /// Whether the solver arrived before it ran out of steps.
    pub converged: bool,
    mode: LogisticMode,
}

/// Rows whose sums are added up by one thread; fixed, so that threads do not change a sum.
const CHUNK: usize = 1024;

impl LogisticRegression {
    /// Learns from features `[n, D]` and a label each.
    ///
    /// # Errors
    /// If the numbers of rows differ or there are fewer than two classes.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f64>,
        labels: ArrayView1<'_, u32>,
    ) -> Result<LogisticModel, Error> {
        let classes = classes_to_learn(x, labels)?;
        let x = x.as_standard_layout();
        let problem = |targets: Vec<u32>, outputs| Problem {
            x: x.view(),
            targets,
            outputs,
            penalty: 1.0 / (self.c * x.nrows() as f64),
            intercept_is_penalized: self.mode == LogisticMode::LiblinearOvr,
        };
        let solve = |problem: Problem<'_>| {
            let start = vec![0.0; (x.ncols() + 1) * problem.outputs];
            minimize(|w, g| problem.loss(w, g), start, &self.stop())
        };
        let two = classes.count == 2;
        let solutions = if two {
            vec![solve(problem(classes.of_row, 1))]
        } else if self.mode == LogisticMode::LiblinearOvr {
            let one = |class| {
                let is = |&other: &u32| u32::from(other == class);
                solve(problem(classes.of_row.iter().map(is).collect(), 1))
            };
            (0..classes.count as u32).into_par_iter().map(one).collect()
        } else {
            vec![solve(problem(classes.of_row, classes.count))]
        };
        let rows = if two { 1 } else { classes.count };
        let parameter = |row: usize, d: usize| {
            if solutions.len() == 1 {
                solutions[0].x[d * rows + row]
            } else {
                solutions[row].x[d]
            }
        };
        Ok(LogisticModel {
            classes: classes.values,
            coefficients: Array2::from_shape_fn((rows, x.ncols()), |(row, d)| parameter(row, d)),
            intercepts: (0..rows).map(|row| parameter(row, x.ncols())).collect(),
            iterations: solutions.iter().map(|s| s.iterations).max().unwrap_or(0),
            converged: solutions.iter().all(|s| s.converged),
            mode: self.mode,
        })
    }

    fn stop(&self) -> Stop {
        match self.mode {
            LogisticMode::Lbfgs => Stop {
                iterations: 100,
                gradient: 1e-4,
                decrease: 64.0 * f64::EPSILON,
            },
            LogisticMode::Converged | LogisticMode::LiblinearOvr => Stop {
                iterations: 10_000,
                gradient: 1e-8,
                decrease: f64::EPSILON,
            },
        }
    }
}

impl LogisticModel {
    /// Returns what is linear in the features: `[n, C]`, or `[n, 1]` for two classes.
    pub fn decision(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut decision = Array2::zeros((x.nrows(), self.intercepts.len()));
        decision += &ArrayView1::from(&self.intercepts);
        general_mat_mul(1.0, &x, &self.coefficients.t(), 1.0, &mut decision);
        decision
    }

    /// Returns the probability of each class, `[n, C]`; rows sum to one.
    pub fn probabilities(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let decision = self.decision(x);
        if decision.ncols() == 1 {
            return Array2::from_shape_fn((x.nrows(), 2), |(row, class)| {
                sigmoid(if class == 1 { 1.0 } else { -1.0 } * decision[[row, 0]])
            });
        }
        let mut probabilities = decision;
        for mut row in probabilities.rows_mut() {
            if self.mode == LogisticMode::LiblinearOvr {
                row.mapv_inplace(sigmoid);
                let sum = row.sum();
                row.mapv_inplace(|p| p / sum);
            } else {
                softmax(
                    row.as_slice_mut()
                        .expect("rows of a fresh array are contiguous"),
                );
            }
        }
        probabilities
    }

    /// Returns the likeliest class of each row, the first of equals.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Vec<u32> {
        let decision = self.decision(x);
        let likeliest = |row: ArrayView1<'_, f64>| match row.len() {
            1 => usize::from(row[0] > 0.0),
            _ => first_largest(row.iter().copied()),
        };
        let rows = decision.rows().into_iter();
        rows.map(|row| self.classes[likeliest(row)]).collect()
    }
}

/// Returns the index of the largest value, the first of equals.
pub(crate) fn first_largest(values: impl IntoIterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (index, value) in values.into_iter().enumerate() {
        if value > best.1 {
            best = (index, value);
        }
    }
    best.0
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Replaces values by their softmax; returns the logarithm of the sum of exponentials.
fn softmax(values: &mut [f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = (*value - largest).exp();
        sum += *value;
    }
    values.iter_mut().for_each(|value| *value /= sum);
    largest + sum.ln()
}

/// A loss over the parameters `[D + 1, outputs]`, the intercepts last.
struct Problem<'a> {
    x: ArrayView2<'a, f64>,
    /// The class of each row; zero or one if there is a single output.
    targets: Vec<u32>,
    outputs: usize,
    penalty: f64,
    intercept_is_penalized: bool,
}

impl Problem<'_> {
    fn loss(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let rows = self.x.nrows();
        let chunks: Vec<_> = (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let range = chunk * CHUNK..rows.min((chunk + 1) * CHUNK);
                self.chunk(range, parameters)
            })
            .collect();
        let mut loss = 0.0;
        gradient.fill(0.0);
        for (part, slope) in chunks {
            loss += part;
            for (sum, slope) in gradient.iter_mut().zip(slope) {
                *sum += slope;
            }
        }
        let n = rows as f64;
        let penalized = match self.intercept_is_penalized {
            true => parameters.len(),
            false => parameters.len() - self.outputs,
        };
        let mut square = 0.0;
        gradient.iter_mut().for_each(|g| *g /= n);
        for (g, w) in gradient.iter_mut().zip(parameters).take(penalized) {
            *g += self.penalty * w;
            square += w * w;
        }
        loss / n + 0.5 * self.penalty * square
    }

    /// Returns the summed loss of some rows and its gradient.
    fn chunk(&self, range: std::ops::Range<usize>, parameters: &[f64]) -> (f64, Vec<f64>) {
        let k = self.outputs;
        let (weights, intercepts) = parameters.split_at(parameters.len() - k);
        let mut gradient = vec![0.0; parameters.len()];
        let mut raw = vec![0.0; k];
        let mut loss = 0.0;
        for row in range {
            let x = self.x.row(row);
            raw.copy_from_slice(intercepts);
            for (&x, weights) in x.iter().zip(weights.chunks_exact(k)) {
                for (raw, w) in raw.iter_mut().zip(weights) {
                    *raw += x * w;
                }
            }
            loss += residual(&mut raw, self.targets[row] as usize);
            let (slopes, intercept_slopes) = gradient.split_at_mut(parameters.len() - k);
            for (&x, slopes) in x.iter().zip(slopes.chunks_exact_mut(k)) {
                for (slope, r) in slopes.iter_mut().zip(&raw) {
                    *slope += x * r;
                }
            }
            for (slope, r) in intercept_slopes.iter_mut().zip(&raw) {
                *slope += r;
            }
        }
        (loss, gradient)
    }
}

/// Returns the loss of a row, and replaces its outputs by their gradient.
fn residual(raw: &mut [f64], target: usize) -> f64 {
    if let [x] = raw {
        // ln(1 + eˣ) − t x, without overflow.
        let loss = x.max(0.0) + (-x.abs()).exp().ln_1p() - target as f64 * *x;
        *x = sigmoid(*x) - target as f64;
        return loss;
    }
    let wanted = raw[target];
    let loss = softmax(raw) - wanted;
    raw[target] -= 1.0;
    loss
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn fit(mode: LogisticMode, labels: &[u32]) -> LogisticModel {
        let x = array![[-1.0], [-1.0], [1.0], [1.0], [1.0], [-1.0]];
        LogisticRegression { c: 1.0, mode }
            .fit(x.view(), ArrayView1::from(labels))
            .unwrap()
    }

    /// By symmetry `b = 0`; `w` solves `w = Σ tᵢxᵢ σ(−w tᵢxᵢ)`: for 5 right and 1 wrong rows,
    /// `w = 5 σ(−w) − σ(w)`.
    #[test]
    fn one_symmetric_feature_has_its_root() {
        for mode in [LogisticMode::Converged, LogisticMode::LiblinearOvr] {
            let model = fit(mode, &[3, 3, 8, 8, 8, 8]);
            let w = model.coefficients[[0, 0]];
            if mode == LogisticMode::Converged {
                // The free intercept is not zero, as the classes are not balanced; its slope is.
                let residual: f64 = [-1.0, -1.0, 1.0, 1.0, 1.0, -1.0]
                    .iter()
                    .zip([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
                    .map(|(x, t)| sigmoid(w * x + model.intercepts[0]) - t)
                    .sum();
                assert!(residual.abs() < 1e-6, "{residual}");
            }
            assert_eq!(model.classes, [3, 8]);
            assert!(model.converged);
        }
        let balanced = fit(LogisticMode::LiblinearOvr, &[3, 3, 8, 8, 3, 8]);
        let w = balanced.coefficients[[0, 0]];
        let root = 4.0 * sigmoid(-w) - 2.0 * sigmoid(w);
        assert!((w - root).abs() < 1e-6, "{w}");
        assert!(balanced.intercepts[0].abs() < 1e-6);
    }

    #[test]
    fn probabilities_sum_to_one_and_the_largest_is_predicted() {
        let x = array![[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0], [0.1, 1.1]];
        let labels = array![4, 0, 9, 4];
        for mode in [LogisticMode::Lbfgs, LogisticMode::LiblinearOvr] {
            let regression = LogisticRegression { c: 10.0, mode };
            let model = regression.fit(x.view(), labels.view()).unwrap();
            assert_eq!(model.predict(x.view()), [4, 0, 9, 4]);
            for row in model.probabilities(x.view()).rows() {
                assert!((row.sum() - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn one_class_is_refused() {
        let x = array![[0.0], [1.0]];
        let refused = LogisticRegression::default().fit(x.view(), array![5, 5].view());
        assert!(matches!(refused, Err(Error::OneClass)));
    }
}
