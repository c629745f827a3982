//! Explicitness.
//!
//! For each factor, a logistic regression on standardized codes; its score is the area under the ROC curve
//! of each class against the rest on the test rows, averaged over classes. The score averages factors;
//! guessing scores 0.5.
//! Ridgeway & Mozer 2018, arXiv:1802.05312, section 3; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/modularity_explicitness.py`.
//! Differs: constant codes are left out, and classes that the test rows lack; the original refuses both.
//! Where the training rows lack a class it pairs classes with the wrong probabilities: only `strict` does.

use disentangle_registry::Config;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::Metric;
use crate::parallel::try_map;
use crate::points::Points;
use crate::predictors::{LogisticMode, LogisticModel, LogisticRegression};
use crate::scores::Score;
use crate::variance::mean;

/// Explicitness; the kind of logistic regression is the protocol's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Explicitness {}

/// The result of [`explicitness`].
#[derive(Debug, Clone, PartialEq)]
pub struct Areas {
    /// The mean over factors on test rows, in `[0, 1]`.
    pub test: f64,
    /// The mean over factors on training rows, in `[0, 1]`.
    pub train: f64,
    /// The area of each factor on test rows.
    pub test_per_factor: Vec<f64>,
    /// The area of each factor on training rows.
    pub train_per_factor: Vec<f64>,
}

impl Config for Explicitness {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Metric for Explicitness {
    fn tests(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let protocol = cx.protocol;
        let areas = explicitness(cx.train, cx.test, protocol.logistic, protocol.strict)?;
        Ok(Score::new(areas.test)
            .with("explicitness_train", areas.train)
            .with("explicitness_test", areas.test)
            .with("train_per_factor", areas.train_per_factor)
            .with("test_per_factor", areas.test_per_factor))
    }

    fn chance(&self, _factors: usize) -> Option<f64> {
        Some(0.5)
    }
}

/// Returns how well a logistic regression ranks the classes of each factor.
///
/// `strict` repeats the original's refusals and its pairing of classes by position.
///
/// # Errors
/// If there is no row to test on, a factor of one class in the training rows, a factor whose test rows
/// have no two classes, or no code that varies; `strict`: also if any code is constant, or test rows lack
/// a class.
pub fn explicitness(
    train: Points<'_>,
    test: Points<'_>,
    logistic: LogisticMode,
    strict: bool,
) -> Result<Areas, Error> {
    test.not_empty()?;
    let scale = Standard::of(train.codes, strict)?;
    let (x, x_test) = (scale.apply(train.codes), scale.apply(test.codes));
    let regression = LogisticRegression {
        mode: logistic,
        ..LogisticRegression::default()
    };
    let areas = try_map(train.factors.ncols(), |factor| {
        let labels = train.factors.column(factor);
        let model = regression
            .fit(x.view(), labels)
            .map_err(|_| Error::OneClassInTrain { factor })?;
        let area = |x: &Array2<f64>, labels| {
            let scores = model.probabilities(x.view());
            if strict {
                by_position(&scores, labels)
            } else {
                by_class(&model, &scores, labels)
            }
            .ok_or(Error::ClassesInTest { factor })
        };
        Ok((
            area(&x, labels)?,
            area(&x_test, test.factors.column(factor))?,
        ))
    })?;
    let (train_per_factor, test_per_factor): (Vec<_>, Vec<_>) = areas.into_iter().unzip();
    Ok(Areas {
        test: mean(&test_per_factor),
        train: mean(&train_per_factor),
        test_per_factor,
        train_per_factor,
    })
}

/// Means and standard deviations of codes that vary.
pub(crate) struct Standard {
    columns: Vec<usize>,
    means: Array1<f64>,
    deviations: Array1<f64>,
}

impl Standard {
    /// Measures codes; constant ones are left out, or refused if `strict`.
    pub(crate) fn of(codes: ArrayView2<'_, f32>, strict: bool) -> Result<Self, Error> {
        let varies = |&code: &usize| {
            let column = codes.column(code);
            column.iter().any(|&z| z != column[0])
        };
        let all = 0..codes.ncols();
        let (columns, constant): (Vec<_>, Vec<_>) = all.partition(varies);
        if let (Some(&code), true) = (constant.first(), strict || columns.is_empty()) {
            return Err(Error::ConstantCode { code });
        }
        let chosen = codes.select(Axis(1), &columns).mapv(f64::from);
        let means = chosen.mean_axis(Axis(0)).ok_or(Error::Undefined)?;
        let deviations = chosen.var_axis(Axis(0), 0.0).mapv(f64::sqrt);
        Ok(Self {
            columns,
            means,
            deviations,
        })
    }

    /// Returns the codes that vary, `[n, D']`, with mean zero and deviation one where measured.
    pub(crate) fn apply(&self, codes: ArrayView2<'_, f32>) -> Array2<f64> {
        let chosen = codes.select(Axis(1), &self.columns).mapv(f64::from);
        (chosen - &self.means) / &self.deviations
    }

    /// Returns the codes that vary.
    pub(crate) fn columns(&self) -> &[usize] {
        &self.columns
    }
}

/// Averages over the model's classes that occur and are not alone.
fn by_class(
    model: &LogisticModel,
    scores: &Array2<f64>,
    labels: ArrayView1<'_, u32>,
) -> Option<f64> {
    let classes = model.classes.iter().enumerate();
    let areas = classes.filter_map(|(index, class)| {
        let is: Vec<bool> = labels.iter().map(|label| label == class).collect();
        area(scores.column(index), &is)
    });
    let areas: Vec<f64> = areas.collect();
    (!areas.is_empty()).then(|| mean(&areas))
}

/// Averages over columns of probabilities, each with the class of its position among those that occur.
fn by_position(scores: &Array2<f64>, labels: ArrayView1<'_, u32>) -> Option<f64> {
    let classes = Classes::of(labels);
    let areas = (0..scores.ncols()).map(|index| {
        let is: Vec<bool> = classes
            .of_row
            .iter()
            .map(|&c| c as usize == index)
            .collect();
        area(scores.column(index), &is)
    });
    Some(mean(&areas.collect::<Option<Vec<f64>>>()?))
}

/// Returns the area under the ROC curve: how often a positive is scored above a negative, ties counting
/// half; `None` if there are only positives or none.
fn area(scores: ArrayView1<'_, f64>, positive: &[bool]) -> Option<f64> {
    let positives = positive.iter().filter(|&&is| is).count();
    let negatives = positive.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..positive.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut twice_won) = (0u64, 0u64);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let own = tied.iter().filter(|&&row| positive[row]).count() as u64;
        let others = tied.len() as u64 - own;
        twice_won += own * (2 * below + others);
        below += others;
    }
    Some(twice_won as f64 / 2.0 / positives as f64 / negatives as f64)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_area_counts_ordered_pairs() {
        let positive = [true, false, true, false];
        // Pairs: 3 > 2, 3 > 1, 2 = 2, 2 > 1.
        let found = area(array![3.0, 2.0, 2.0, 1.0].view(), &positive);
        assert_eq!(found, Some(3.5 / 4.0));
        assert_eq!(area(array![1.0, 2.0].view(), &[true, true]), None);
    }

    #[test]
    fn separable_classes_have_the_whole_area() {
        let (codes, factors) = (
            array![[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [0.1, 5.0]],
            array![[2], [4], [9], [2]],
        );
        let points = Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        };
        // One line cannot rank the middle class first: 2 of its 3 pairs are lost at most.
        let areas = explicitness(points, points, LogisticMode::Converged, false).unwrap();
        assert!(areas.test > 0.7 && areas.test == areas.train);
        let error = explicitness(points, points, LogisticMode::Lbfgs, true).unwrap_err();
        assert!(matches!(error, Error::ConstantCode { code: 1 }), "{error}");
    }
}
