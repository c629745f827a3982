//! Accuracy of downstream tasks.
//!
//! For each number of training rows, a predictor learns each factor from so many rows of codes and is
//! tested on others. The score is the mean test accuracy over factors at the largest number; all others
//! are beside it, under the original's names.
//! Locatello et al. 2019, arXiv:1811.12359, section 5.5.
//! Checked against disentanglement_lib@86a644d, `metrics/downstream_task.py`.
//! Differs: the rows are drawn from those of the table, and numbers that exceed them are left out.

use disentangle_registry::{Config, Problems};
use disentangle_seeds::Seeds;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::metrics::Metric;
use crate::parallel::try_map;
use crate::predictors::{GradientBoosting, LogisticRegressionCv, accuracy};
use crate::scores::Score;

/// What learns the factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DownstreamPredictor {
    /// Logistic regression, its penalty chosen among ten by five folds.
    #[default]
    LogisticRegressionCv,
    /// Gradient-boosted trees.
    Gbt,
}

/// Accuracy of downstream tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Downstream {
    /// What learns the factors.
    pub predictor: DownstreamPredictor,
    /// Numbers of training rows, ascending.
    pub num_train: Vec<usize>,
}

impl Default for Downstream {
    fn default() -> Self {
        Self {
            predictor: DownstreamPredictor::default(),
            num_train: vec![10, 100, 1_000, 10_000],
        }
    }
}

impl Config for Downstream {
    fn examples() -> Vec<Self> {
        let boosted = Self {
            predictor: DownstreamPredictor::Gbt,
            num_train: vec![100],
        };
        vec![Self::default(), boosted]
    }

    fn check(&self, problems: &mut Problems) {
        let ascending = self.num_train.is_sorted_by(|a, b| a < b);
        let valid = ascending && self.num_train.first().is_some_and(|&first| first > 1);
        problems.require(valid, "num_train", "must be ascending numbers from 2 on");
    }
}

impl Metric for Downstream {
    fn tests(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        cx.test.not_empty()?;
        let rows = cx.train.codes.nrows();
        let smallest = self.num_train[0];
        if rows < smallest {
            return Err(Error::TooFewRows { found: rows });
        }
        let mut order: Vec<usize> = (0..rows).collect();
        // Draws from a grid are in random order already.
        cx.seeds
            .stream("metric/downstream/rows", 0)
            .shuffle(&mut order);
        let mut score = Score::new(0.0);
        let mut warnings = Vec::new();
        for &size in &self.num_train {
            if size > rows {
                warnings.push(format!(
                    "{rows} training rows are fewer than {size}, left out"
                ));
                continue;
            }
            let accuracies = self.accuracies(cx, size, &order[..size])?;
            for (part, (name, values)) in ["train", "test"].into_iter().zip(accuracies).enumerate()
            {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let min = values.iter().copied().fold(f64::INFINITY, f64::min);
                score = score
                    .with(&format!("{size}:mean_{name}_accuracy"), mean)
                    .with(&format!("{size}:min_{name}_accuracy"), min)
                    .with(&format!("{size}:{name}_accuracy_per_factor"), values);
                if part == 1 {
                    score.score = mean;
                }
            }
        }
        score.warnings = warnings;
        Ok(score)
    }

    fn only_on_request(&self) -> bool {
        true
    }
}

impl Downstream {
    /// Returns each factor's accuracy on the rows learned from and on the test rows.
    fn accuracies(
        &self,
        cx: &MetricCx<'_>,
        size: usize,
        rows: &[usize],
    ) -> Result<[Vec<f64>; 2], Error> {
        let codes = cx.train.codes.select(Axis(0), rows);
        let factors = cx.train.factors.select(Axis(0), rows);
        let test = cx.test.view();
        let pairs = try_map(factors.ncols(), |factor| {
            let labels = factors.column(factor);
            let predictor = self.learn(&codes, labels, (cx.seeds, size, factor));
            let predict = predictor.map_err(|_| Error::OneClassInTrain { factor })?;
            let right = |x: ArrayView2<'_, f32>, labels| accuracy(&predict(x), labels);
            Ok((
                right(codes.view(), labels),
                right(test.codes, test.factors.column(factor)),
            ))
        })?;
        let (train, test) = pairs.into_iter().unzip();
        Ok([train, test])
    }

    /// Returns the function that predicts a factor's classes from codes.
    fn learn(
        &self,
        codes: &Array2<f32>,
        labels: ArrayView1<'_, u32>,
        (seeds, size, factor): (Seeds, usize, usize),
    ) -> Result<Predict, Error> {
        match self.predictor {
            DownstreamPredictor::LogisticRegressionCv => {
                let x = codes.mapv(f64::from);
                let model = LogisticRegressionCv::default().fit(x.view(), labels)?;
                Ok(Box::new(move |x| model.predict(x.mapv(f64::from).view())))
            }
            DownstreamPredictor::Gbt => {
                let purpose = format!("metric/downstream/{size}/{factor}");
                let boosting = GradientBoosting::default();
                let model = boosting.fit(codes.view(), labels, (seeds, &purpose))?;
                Ok(Box::new(move |x| model.predict(x)))
            }
        }
    }
}

/// Predicts a class for each row of codes.
type Predict = Box<dyn Fn(ArrayView2<'_, f32>) -> Vec<u32> + Send + Sync>;
