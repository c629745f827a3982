//! Disentanglement, completeness and informativeness (DCI).
//!
//! A probe learns each factor from all codes; its importances `R [D, K]` are scored along both axes (see
//! [`concentration`]), and informativeness is how well the probes predict. The score is the
//! disentanglement.
//! Eastwood & Williams 2018; settings of Locatello et al. 2019.
//! Checked against disentanglement_lib@86a644d, `metrics/dci.py`, with scikit-learn 1.9.1.
//! The probe decides the score as much as the codes do, so it is named beside it. Informativeness is the
//! accuracy of a classifier, and the `R²` of the lasso.

use disentangle_registry::{Config, Problems};
use disentangle_seeds::Seeds;
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classes::Classes;
use crate::error::Error;
use crate::evaluate::MetricCx;
use crate::importance::{Concentration, concentration};
use crate::metrics::Metric;
use crate::metrics::explicitness::Standard;
use crate::parallel::try_map;
use crate::points::Points;
use crate::predictors::{
    Columns, GradientBoosting, Lasso, LogisticMode, LogisticRegression, NumpyRandom, RandomForest,
    TreeTies, accuracy,
};
use crate::scores::{Detail, Score};

/// What learns the factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Probe {
    /// Gradient-boosted trees, importances as scikit-learn 0.20 and later.
    #[default]
    #[serde(rename = "gbt")]
    Gbt,
    /// Gradient-boosted trees, importances as scikit-learn up to 0.19: the mean of each tree's own.
    #[serde(rename = "gbt-legacy", alias = "gbt_legacy")]
    GbtLegacy,
    /// A random forest.
    #[serde(rename = "random_forest", alias = "random-forest")]
    RandomForest,
    /// The lasso on standardized codes and classes as numbers; importances are absolute coefficients.
    #[serde(rename = "lasso")]
    Lasso,
    /// Logistic regression on standardized codes; importances are absolute coefficients, averaged over
    /// classes. Which one, the protocol says.
    #[serde(rename = "logistic")]
    Logistic,
}

/// Disentanglement, completeness and informativeness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dci {
    /// What learns the factors.
    pub probe: Probe,
    /// Trees of a forest, or stages of boosting.
    pub trees: usize,
    /// What the values of boosted trees are multiplied by.
    pub learning_rate: f64,
    /// Cuts between the root and a leaf of a boosted tree.
    pub depth: usize,
    /// The penalty of the lasso.
    pub alpha: f64,
    /// How boosted trees decide between columns that cut equally well.
    pub ties: TieRule,
}

/// How boosted trees decide between columns that cut equally well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TieRule {
    /// As scikit-learn after `numpy.random.seed` with the protocol's seed, draw by draw. Where ties are
    /// common (noise, copies of codes), the order of the codes and the seed then matter a little.
    #[default]
    Numpy,
    /// Codes that sort all rows alike share what they win, and our own streams decide the rest: the order
    /// of the codes does not matter.
    Shared,
}

/// The result of [`dci`].
#[derive(Debug, Clone, PartialEq)]
pub struct DciScores {
    /// Disentanglement and completeness, with those of each code and factor.
    pub concentration: Concentration,
    /// Informativeness of each factor on the training rows.
    pub train_per_factor: Vec<f64>,
    /// Informativeness of each factor on the test rows; empty without any.
    pub test_per_factor: Vec<f64>,
    /// Importances `[D, K]`, none negative.
    pub importance: Array2<f64>,
}

impl Default for Dci {
    fn default() -> Self {
        let boosting = GradientBoosting::default();
        Self {
            probe: Probe::default(),
            trees: boosting.stages,
            learning_rate: boosting.learning_rate,
            depth: boosting.depth,
            alpha: 0.01,
            ties: TieRule::default(),
        }
    }
}

impl Dci {
    fn boosting(&self) -> GradientBoosting {
        GradientBoosting {
            stages: self.trees,
            learning_rate: self.learning_rate,
            depth: self.depth,
        }
    }
}

impl Probe {
    /// All probes.
    pub const ALL: [Self; 5] = [
        Self::Gbt,
        Self::GbtLegacy,
        Self::RandomForest,
        Self::Lasso,
        Self::Logistic,
    ];

    /// Returns the probe's name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gbt => "gbt",
            Self::GbtLegacy => "gbt-legacy",
            Self::RandomForest => "random_forest",
            Self::Lasso => "lasso",
            Self::Logistic => "logistic",
        }
    }
}

impl Config for Dci {
    fn examples() -> Vec<Self> {
        let with = |probe| Self {
            probe,
            ..Self::default()
        };
        let shared = Self {
            ties: TieRule::Shared,
            ..Self::default()
        };
        Probe::ALL.map(with).into_iter().chain([shared]).collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(self.trees > 0, "trees", "must be positive");
        let rate = self.learning_rate.is_finite() && self.learning_rate > 0.0;
        problems.require(rate, "learning_rate", "must be a positive number");
        let depth = (1..=16).contains(&self.depth);
        problems.require(depth, "depth", "must lie between 1 and 16");
        let alpha = self.alpha.is_finite() && self.alpha >= 0.0;
        problems.require(alpha, "alpha", "must be a finite number, not below 0");
    }
}

impl Metric for Dci {
    fn tests(&self) -> bool {
        true
    }

    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let result = dci(cx.train, cx.test, (self, cx.protocol.logistic), cx.seeds)?;
        let Concentration {
            disentanglement,
            completeness,
            per_code,
            per_factor,
        } = result.concentration;
        let score = disentanglement.ok_or(Error::TooFewFactors { found: 1 })?;
        let mut warnings = Vec::new();
        if completeness.is_none() {
            warnings.push("a single code has no completeness".to_owned());
        }
        if result.test_per_factor.is_empty() {
            warnings.push("there are no rows to test informativeness on".to_owned());
        }
        let mut score = Score::new(score)
            .with("disentanglement", score)
            .with("completeness", Detail::from(completeness))
            .with(
                "informativeness_train",
                Detail::from(mean(&result.train_per_factor)),
            )
            .with(
                "informativeness_test",
                Detail::from(mean(&result.test_per_factor)),
            )
            .with("probe", self.probe.name())
            .with("disentanglement_per_code", per_code)
            .with("completeness_per_factor", per_factor)
            .with("train_per_factor", result.train_per_factor)
            .with("test_per_factor", result.test_per_factor)
            .with_matrix("importance", result.importance);
        score.warnings = warnings;
        Ok(score)
    }
}

/// Returns disentanglement, completeness and informativeness of codes, by a probe.
///
/// # Errors
/// If a factor has one class in the training rows; for the lasso and logistic regression also if all codes
/// are constant.
pub fn dci(
    train: Points<'_>,
    test: Points<'_>,
    (settings, logistic): (&Dci, LogisticMode),
    seeds: Seeds,
) -> Result<DciScores, Error> {
    let probes = Probes {
        settings,
        logistic,
        train: train.view(),
        test: test.view(),
        columns: Columns::new(train.codes),
        tree_seeds: tree_seeds(settings, train.factors, seeds),
        seeds,
    };
    let learned = try_map(train.factors.ncols(), |factor| probes.learn(factor))?;
    let shape = (train.codes.ncols(), learned.len());
    let importance = Array2::from_shape_fn(shape, |(code, k)| learned[k].importances[code]);
    Ok(DciScores {
        concentration: concentration(&importance),
        train_per_factor: learned.iter().map(|one| one.train).collect(),
        test_per_factor: match test.codes.nrows() {
            0 => Vec::new(),
            _ => learned.iter().map(|one| one.test).collect(),
        },
        importance,
    })
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Draws the seeds of all trees in the order in which the original grows them, factor by factor.
fn tree_seeds(settings: &Dci, factors: ArrayView2<'_, u32>, seeds: Seeds) -> Vec<Vec<u32>> {
    // NumPy takes seeds of 32 bits.
    let mut random = NumpyRandom::new(seeds.seed() as u32);
    let columns = factors.columns().into_iter();
    columns
        .map(|labels| {
            let trees = settings.boosting().tree_count(Classes::of(labels).count);
            (0..trees).map(|_| random.tree_seed()).collect()
        })
        .collect()
}

struct Probes<'a> {
    settings: &'a Dci,
    logistic: LogisticMode,
    train: Points<'a>,
    test: Points<'a>,
    columns: Columns,
    /// The seeds of each factor's trees.
    tree_seeds: Vec<Vec<u32>>,
    seeds: Seeds,
}

/// What a probe found about a factor.
struct Learned {
    importances: Vec<f64>,
    train: f64,
    test: f64,
}

impl Probes<'_> {
    fn learn(&self, factor: usize) -> Result<Learned, Error> {
        let labels = self.train.factors.column(factor);
        let test_labels = self.test.factors.column(factor);
        let classes = Classes::of(labels);
        if classes.count < 2 {
            return Err(Error::OneClassInTrain { factor });
        }
        let purpose = format!("metric/dci/{factor}");
        match self.settings.probe {
            Probe::Gbt | Probe::GbtLegacy => {
                let ties = match self.settings.ties {
                    TieRule::Numpy => TreeTies::Numpy(&self.tree_seeds[factor]),
                    TieRule::Shared => TreeTies::Shared(self.seeds, &purpose),
                };
                let boosting = self.settings.boosting();
                let model = boosting.fit_columns(&self.columns, classes, ties);
                Ok(Learned {
                    train: model.train_accuracy,
                    test: accuracy(&model.predict(self.test.codes), test_labels),
                    importances: match self.settings.probe {
                        Probe::Gbt => model.importances,
                        _ => model.legacy_importances,
                    },
                })
            }
            Probe::RandomForest => {
                let forest = RandomForest {
                    trees: self.settings.trees,
                };
                let model = forest.fit_columns(&self.columns, classes, (self.seeds, &purpose));
                Ok(Learned {
                    train: accuracy(&model.predict(self.train.codes), labels),
                    test: accuracy(&model.predict(self.test.codes), test_labels),
                    importances: model.importances,
                })
            }
            Probe::Lasso => self.lasso(labels, test_labels),
            Probe::Logistic => self.logistic(labels, test_labels),
        }
    }

    fn lasso(
        &self,
        labels: ArrayView1<'_, u32>,
        test_labels: ArrayView1<'_, u32>,
    ) -> Result<Learned, Error> {
        let scale = Standard::of(self.train.codes, false)?;
        let (x, x_test) = (scale.apply(self.train.codes), scale.apply(self.test.codes));
        let numbers = labels.mapv(f64::from);
        let (center, spread) = (numbers.mean().unwrap_or(0.0), numbers.std(0.0));
        let standardize =
            |labels: ArrayView1<'_, u32>| labels.mapv(|label| (f64::from(label) - center) / spread);
        let (y, y_test) = (standardize(labels), standardize(test_labels));
        let lasso = Lasso {
            alpha: self.settings.alpha,
        };
        let model = lasso.fit(x.view(), y.view())?;
        Ok(Learned {
            importances: self.spread(&scale, model.coefficients.view()),
            train: explained(y.view(), model.predict(x.view()).view()),
            test: explained(y_test.view(), model.predict(x_test.view()).view()),
        })
    }

    fn logistic(
        &self,
        labels: ArrayView1<'_, u32>,
        test_labels: ArrayView1<'_, u32>,
    ) -> Result<Learned, Error> {
        let scale = Standard::of(self.train.codes, false)?;
        let (x, x_test) = (scale.apply(self.train.codes), scale.apply(self.test.codes));
        let regression = LogisticRegression {
            mode: self.logistic,
            ..LogisticRegression::default()
        };
        let model = regression.fit(x.view(), labels)?;
        let sizes = model.coefficients.mapv(f64::abs).mean_axis(Axis(0));
        let sizes = sizes.ok_or(Error::OneClass)?;
        Ok(Learned {
            importances: self.spread(&scale, sizes.view()),
            train: accuracy(&model.predict(x.view()), labels),
            test: accuracy(&model.predict(x_test.view()), test_labels),
        })
    }

    /// Gives constant codes their importance of zero.
    fn spread(&self, scale: &Standard, coefficients: ArrayView1<'_, f64>) -> Vec<f64> {
        let mut importances = vec![0.0; self.train.codes.ncols()];
        for (&code, coefficient) in scale.columns().iter().zip(coefficients) {
            importances[code] = coefficient.abs();
        }
        importances
    }
}

/// Returns `R² = 1 − Σ (y − ŷ)² / Σ (y − mean y)²`; zero if nothing varies.
fn explained(y: ArrayView1<'_, f64>, predicted: ArrayView1<'_, f64>) -> f64 {
    let mean = y.mean().unwrap_or(0.0);
    let total: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let left: f64 = y.iter().zip(predicted).map(|(y, p)| (y - p).powi(2)).sum();
    if total > 0.0 { 1.0 - left / total } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn r_squared_is_the_explained_share() {
        assert_eq!(
            explained(array![0.0, 2.0].view(), array![0.0, 2.0].view()),
            1.0
        );
        assert_eq!(
            explained(array![0.0, 2.0].view(), array![1.0, 1.0].view()),
            0.0
        );
        assert_eq!(
            explained(array![0.0, 2.0].view(), array![0.0, 1.0].view()),
            0.5
        );
    }

    #[test]
    fn every_probe_finds_a_permutation() {
        let factors = Array2::from_shape_fn((48, 2), |(i, k)| (i / [4, 1][k] % 4) as u32);
        let codes = Array2::from_shape_fn((48, 3), |(i, d)| match d {
            0 => 1.0,
            d => factors[[i, 2 - d]] as f32,
        });
        let points = Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        };
        for probe in Probe::ALL {
            let settings = Dci {
                probe,
                ..Dci::default()
            };
            let result = dci(
                points,
                points,
                (&settings, LogisticMode::Lbfgs),
                Seeds::new(0),
            );
            let result = result.unwrap();
            assert_eq!(result.importance[[0, 0]], 0.0, "{probe:?}");
            let score = result.concentration.disentanglement.unwrap();
            // A node of the forest sees one of three columns, and must cut even one that tells nothing.
            let least = if probe == Probe::RandomForest {
                0.6
            } else {
                0.97
            };
            assert!(score > least, "{probe:?}: {score}");
        }
    }
}
