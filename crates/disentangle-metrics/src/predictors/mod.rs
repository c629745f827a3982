//! Predictors of a factor's class from codes, by which several metrics measure what codes know.
//!
//! Each learns from views and predicts the class values it was given; none looks at a metric. They
//! reproduce scikit-learn's estimators of the same names, whose defaults are theirs.

mod boosting;
mod columns;
mod cuts;
mod forest;
mod importance_sums;
mod lasso;
mod lbfgs;
mod line_search;
mod linear_svm;
mod logistic;
mod logistic_cv;
mod pairwise;
mod regression_tree;
mod search;
mod span;
mod ties;
mod trust_region;

pub use boosting::{BoostedTrees, GradientBoosting};
pub use forest::{Forest, RandomForest};
pub use lasso::{Lasso, LassoModel};
pub use linear_svm::{LinearSvm, LinearSvmModel};
pub use logistic::{LogisticMode, LogisticModel, LogisticRegression};

use ndarray::{ArrayView1, ArrayView2};

pub(crate) use boosting::TreeTies;
pub(crate) use columns::Columns;
pub(crate) use linear_svm::SortedFeature;
pub(crate) use logistic::first_largest;
pub use logistic_cv::LogisticRegressionCv;
pub(crate) use ties::NumpyRandom;

use crate::classes::Classes;
use crate::error::Error;

/// Returns the share of rows that were predicted right, in `[0, 1]`; zero without rows.
pub fn accuracy(predicted: &[u32], labels: ArrayView1<'_, u32>) -> f64 {
    let right = predicted.iter().zip(labels).filter(|(a, b)| a == b).count();
    right as f64 / predicted.len().max(1) as f64
}

/// Numbers the classes of what is learned from, and refuses what nothing can be learned from.
fn classes_to_learn<T>(
    x: ArrayView2<'_, T>,
    labels: ArrayView1<'_, u32>,
) -> Result<Classes, Error> {
    if x.nrows() != labels.len() {
        return Err(Error::Rows {
            codes: x.nrows(),
            factors: labels.len(),
        });
    }
    let classes = Classes::of(labels);
    match classes.count {
        0 | 1 => Err(Error::OneClass),
        _ => Ok(classes),
    }
}
