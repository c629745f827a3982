//! The lasso: linear regression with an L1 penalty.
//!
//! `min (1/2n) ‖y − X w − b‖² + α ‖w‖₁`, the intercept free, by cyclic coordinate descent on the Gram
//! matrix. Tibshirani 1996; Friedman et al. 2010. Checked against scikit-learn 1.9.1, `Lasso`.
//! Differs: descends until no coefficient moves by more than 10⁻¹⁰ of its scale.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::error::Error;

/// Settings of the lasso.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lasso {
    /// The weight of the penalty.
    pub alpha: f64,
}

/// A fitted lasso.
#[derive(Debug, Clone, PartialEq)]
pub struct LassoModel {
    /// Coefficients `[D]`.
    pub coefficients: Array1<f64>,
    /// What is added.
    pub intercept: f64,
}

/// Sweeps over the coefficients at most.
const MAX_SWEEPS: usize = 10_000;

impl Lasso {
    /// Learns a number from features `[n, D]`.
    ///
    /// # Errors
    /// If the numbers of rows differ or there is none.
    pub fn fit(&self, x: ArrayView2<'_, f64>, y: ArrayView1<'_, f64>) -> Result<LassoModel, Error> {
        if x.nrows() != y.len() || y.is_empty() {
            return Err(Error::Rows {
                codes: x.nrows(),
                factors: y.len(),
            });
        }
        let means = x.mean_axis(Axis(0)).expect("there is a row");
        let y_mean = y.mean().expect("there is a row");
        let centered = &x - &means;
        let n = y.len() as f64;
        let gram = centered.t().dot(&centered) / n;
        let target = centered.t().dot(&(&y - y_mean)) / n;
        let coefficients = self.descend(&gram, &target);
        Ok(LassoModel {
            intercept: y_mean - means.dot(&coefficients),
            coefficients,
        })
    }

    fn descend(&self, gram: &Array2<f64>, target: &Array1<f64>) -> Array1<f64> {
        let mut w = Array1::<f64>::zeros(target.len());
        for _ in 0..MAX_SWEEPS {
            let (mut largest, mut moved) = (0.0f64, 0.0f64);
            for d in 0..w.len() {
                let scale = gram[[d, d]];
                if scale <= 0.0 {
                    continue;
                }
                let pull = target[d] - gram.row(d).dot(&w) + scale * w[d];
                let new = pull.signum() * (pull.abs() - self.alpha).max(0.0) / scale;
                moved = moved.max((new - w[d]).abs() * scale.sqrt());
                largest = largest.max(new.abs() * scale.sqrt());
                w[d] = new;
            }
            if moved <= 1e-10 * largest {
                break;
            }
        }
        w
    }
}

impl LassoModel {
    /// Returns the number predicted for each row.
    pub fn predict(&self, x: ArrayView2<'_, f64>) -> Array1<f64> {
        x.dot(&self.coefficients) + self.intercept
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// Orthogonal features of unit variance: coefficients are correlations, shrunk by α.
    #[test]
    fn orthogonal_features_are_shrunk() {
        let x = array![[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]];
        let y = array![7.1, 6.9, 3.1, 2.9];
        let model = Lasso { alpha: 0.25 }.fit(x.view(), y.view()).unwrap();
        assert!((model.coefficients[0] - 1.75).abs() < 1e-12);
        assert_eq!(model.coefficients[1], 0.0);
        assert!((model.intercept - 5.0).abs() < 1e-12);
        assert!((model.predict(x.view())[0] - 6.75).abs() < 1e-12);
    }

    #[test]
    fn a_constant_feature_and_a_copy_have_answers() {
        let x = array![[1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 2.0, 2.0]];
        let y = array![0.0, 1.0, 2.0];
        let model = Lasso { alpha: 0.1 }.fit(x.view(), y.view()).unwrap();
        assert_eq!(model.coefficients[0], 0.0);
        let sum: f64 = model.coefficients.sum();
        assert!((sum - (2.0 / 3.0 - 0.1) / (2.0 / 3.0)).abs() < 1e-9);
    }
}
