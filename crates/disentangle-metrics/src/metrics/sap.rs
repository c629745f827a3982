//! Separated attribute predictability (SAP).
//!
//! `SAP = mean over factors of S_(1) − S_(2)`, the gap between the two codes that predict a factor best.
//! Discrete: `S` is the test accuracy of a linear support vector machine on the code alone. Continuous:
//! `S = cov(z, v)² / (var z · var v)` on the training rows, zero for a code of variance up to 10⁻¹².
//! Kumar et al. 2018, arXiv:1711.00848, section 3.1; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/sap_score.py`.
//! Differs: a machine's step costs little; see [`LinearSvm`].

use disentangle_registry::{Config, Problems};
use ndarray::{Array2, ArrayView1};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::gap::largest_gap;
use crate::metrics::{Metric, Needs};
use crate::points::Points;
use crate::predictors::{LinearSvm, SortedFeature, accuracy};
use crate::scores::Score;

/// The SAP score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sap {
    /// Whether factors are numbers, predicted by lines, instead of classes, told apart by machines.
    pub continuous: bool,
    /// The machines' weight of violations against their penalty.
    pub c: f64,
}

/// The result of [`sap_discrete`] or [`sap_continuous`].
#[derive(Debug, Clone, PartialEq)]
pub struct Predictability {
    /// The mean gap, in `[0, 1]`.
    pub score: f64,
    /// The gap of each factor, in `[0, 1]`.
    pub per_factor: Vec<f64>,
    /// How well each code `[D, K]` predicts each factor, in `[0, 1]`.
    pub matrix: Array2<f64>,
}

/// Codes that vary less predict nothing.
const CONSTANT: f64 = 1e-12;

impl Default for Sap {
    fn default() -> Self {
        Self {
            continuous: false,
            c: 0.01,
        }
    }
}

impl Config for Sap {
    fn examples() -> Vec<Self> {
        let continuous = Self {
            continuous: true,
            ..Self::default()
        };
        vec![Self::default(), continuous]
    }

    fn check(&self, problems: &mut Problems) {
        let positive = self.c.is_finite() && self.c > 0.0;
        problems.require(positive, "c", "must be a positive number");
    }
}

impl Sap {
    fn machine(&self) -> LinearSvm {
        LinearSvm {
            c: self.c,
            ..LinearSvm::default()
        }
    }
}

impl Metric for Sap {
    fn tests(&self) -> bool {
        !self.continuous
    }

    fn needs(&self) -> Needs {
        match self.continuous {
            true => Needs::Values,
            false => Needs::Classes,
        }
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let continuous = sap_continuous(cx.train)?;
        let score = if self.continuous {
            Score::new(continuous.score).with("per_factor", continuous.per_factor)
        } else {
            let discrete = sap_discrete(cx.train, cx.test, &self.machine())?;
            Score::new(discrete.score)
                .with("per_factor", discrete.per_factor)
                .with("discrete", discrete.score)
                .with_matrix("accuracy", discrete.matrix)
        };
        Ok(score
            .with("continuous", continuous.score)
            .with_matrix("squared_correlation", continuous.matrix))
    }
}

/// Returns the SAP score of factors as classes.
///
/// # Errors
/// If there is a single code, no row to test on, or a factor of one class in the training rows.
pub fn sap_discrete(
    train: Points<'_>,
    test: Points<'_>,
    machine: &LinearSvm,
) -> Result<Predictability, Error> {
    at_least_two_codes(train)?;
    test.not_empty()?;
    let factors = train.factors.columns().into_iter().enumerate();
    let factors: Vec<_> = factors
        .map(|(factor, labels)| match Classes::of(labels) {
            classes if classes.count < 2 => Err(Error::OneClassInTrain { factor }),
            classes => Ok(classes),
        })
        .collect::<Result<_, _>>()?;
    let rows: Vec<Vec<f64>> = (0..train.codes.ncols())
        .into_par_iter()
        .map(|code| {
            let feature = SortedFeature::new(train.codes.column(code));
            let score = |(factor, classes)| {
                let model = machine.fit_sorted(&feature, classes);
                let predicted = model.predict(test.codes.column(code));
                accuracy(&predicted, test.factors.column(factor))
            };
            factors.iter().enumerate().map(score).collect()
        })
        .collect();
    Ok(gaps(Array2::from_shape_fn(
        (rows.len(), factors.len()),
        |(code, factor)| rows[code][factor],
    )))
}

/// Returns the SAP score of factors as numbers.
///
/// # Errors
/// If there is a single code or a factor is constant.
pub fn sap_continuous(train: Points<'_>) -> Result<Predictability, Error> {
    at_least_two_codes(train)?;
    let codes: Vec<_> = train.codes.columns().into_iter().map(center).collect();
    let numbers = |factor| center(ArrayView1::from(&train.values_of(factor)));
    let factors: Vec<_> = (0..train.factors.ncols()).map(numbers).collect();
    if let Some(factor) = factors.iter().position(|factor| square(factor) == 0.0) {
        return Err(Error::ConstantFactor { factor });
    }
    let divisor = (train.codes.nrows() as f64 - 1.0).max(1.0);
    let entry = |(code, factor): (usize, usize)| {
        let (z, v) = (&codes[code], &factors[factor]);
        if square(z) / divisor <= CONSTANT {
            return 0.0;
        }
        let product: f64 = z.iter().zip(v).map(|(z, v)| z * v).sum();
        product * product / (square(z) * square(v))
    };
    let shape = (codes.len(), factors.len());
    Ok(gaps(Array2::from_shape_fn(shape, entry)))
}

fn at_least_two_codes(train: Points<'_>) -> Result<(), Error> {
    match train.codes.ncols() {
        found @ ..2 => Err(Error::TooFewCodes { found }),
        _ => Ok(()),
    }
}

fn gaps(matrix: Array2<f64>) -> Predictability {
    let per_factor: Vec<f64> = matrix.columns().into_iter().map(largest_gap).collect();
    Predictability {
        score: per_factor.iter().sum::<f64>() / per_factor.len() as f64,
        per_factor,
        matrix,
    }
}

fn center<T: Copy + Into<f64>>(values: ArrayView1<'_, T>) -> Vec<f64> {
    let mean = values.iter().map(|&x| x.into()).sum::<f64>() / values.len() as f64;
    values.iter().map(|&x| x.into() - mean).collect()
}

fn square(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_line_is_predicted_and_an_even_function_is_not() {
        let (codes, factors) = (
            array![[-2.0, 1.0], [0.0, -1.0], [2.0, 1.0], [0.0, -1.0]],
            array![[0], [1], [2], [1]],
        );
        let points = Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        };
        let result = sap_continuous(points).unwrap();
        assert_eq!(result.matrix, array![[1.0], [0.0]]);
        assert_eq!(result.score, 1.0);
    }

    #[test]
    fn two_classes_are_told_apart_by_their_code() {
        let codes = array![[-1.0, 0.0], [1.0, 0.0], [-1.5, 0.0], [1.5, 0.0]];
        let factors = array![[4], [9], [4], [9]];
        let points = Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        };
        let result = sap_discrete(points, points, &Sap::default().machine()).unwrap();
        assert_eq!(result.matrix, array![[1.0], [0.5]]);
        assert_eq!(result.per_factor, [0.5]);
    }

    #[test]
    fn a_single_code_has_no_gap() {
        let (codes, factors) = (array![[0.0], [1.0]], array![[0], [1]]);
        let points = Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        };
        let error = sap_continuous(points).unwrap_err();
        assert!(matches!(error, Error::TooFewCodes { found: 1 }));
    }
}
