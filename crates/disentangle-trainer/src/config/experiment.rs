//! The whole configuration of a run.

use disentangle_architectures::ModelConfig;
use disentangle_data::{DatasetConfig, Sampling};
use disentangle_metrics::MetricConfig;
use disentangle_objectives::ObjectiveConfig;
use disentangle_optim::{Adam, OptimizerConfig};
use disentangle_registry::{Config, Problems};
use disentangle_schedulers::LearningRate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::best::BestConfig;
use crate::init_from::InitFrom;

/// A run: data, model, objective and how to train, log, draw and evaluate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExperimentConfig {
    /// The seed of every random number.
    #[serde(default)]
    pub seed: u64,
    /// The data set.
    #[serde(default)]
    pub data: DatasetConfig,
    /// The model.
    pub model: ModelConfig,
    /// What is minimized.
    pub objective: ObjectiveConfig,
    /// How it is minimized.
    pub train: TrainConfig,
    /// How the representation is measured.
    #[serde(default)]
    pub eval: EvalConfig,
    /// What is logged.
    #[serde(default)]
    pub log: LogConfig,
    /// What is drawn.
    #[serde(default)]
    pub images: ImagesConfig,
    /// What is saved.
    #[serde(default)]
    pub checkpoint: CheckpointConfig,
}

/// How the objective is minimized.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Updates of the model.
    pub steps: u64,
    /// Images in a batch.
    #[serde(default = "default_batch_size")]
    pub batch_size: usize,
    /// Factors whose classes are the labels of conditional models and label terms, by name.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Whether an image may come again before all others have come.
    #[serde(default)]
    pub sampling: Sampling,
    /// The optimizer of the model.
    #[serde(default = "default_optimizer")]
    pub optimizer: OptimizerConfig,
    /// The learning rate: a number, a schedule, or `plateau`.
    #[serde(default = "default_lr")]
    pub lr: LearningRate,
    /// The largest norm of the model's whole gradient; not limited if absent.
    #[serde(default)]
    pub clip: Option<f64>,
    /// Steps of an epoch, whose mean objective `plateau` watches; a pass over the data if absent.
    #[serde(default)]
    pub epoch_steps: Option<u64>,
    /// Weights to begin with instead of random ones.
    #[serde(default)]
    pub init_from: Option<InitFrom>,
    /// Batches made ahead of use.
    #[serde(default = "default_prefetch")]
    pub prefetch: usize,
}

fn default_batch_size() -> usize {
    64
}
fn default_optimizer() -> OptimizerConfig {
    Adam::default().into()
}
fn default_lr() -> LearningRate {
    1e-4.into()
}
fn default_prefetch() -> usize {
    4
}

/// Which codes represent an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Representation {
    /// The mean of the posterior.
    #[default]
    Mean,
    /// One sample of the posterior.
    Sampled,
    /// The mean of the posterior, and the probabilities of the label encoder beside it.
    MeanAndLabels,
}

/// How the representation is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EvalConfig {
    /// Whether a run ends with an evaluation.
    pub at_end: bool,
    /// Whether the untrained encoder is measured too.
    pub untrained: bool,
    /// The metrics by name; all if empty.
    pub metrics: Vec<String>,
    /// The protocol: `dlib` or `fast`.
    pub preset: String,
    /// Resamplings behind the 95% interval of each score; none makes no intervals.
    pub bootstrap: usize,
    /// Which codes represent an image.
    pub representation: Representation,
    /// The most images that are encoded, drawn at random without repetition; all if absent.
    pub images: Option<usize>,
    /// Images encoded at once.
    pub batch_size: usize,
}

impl Default for EvalConfig {
    fn default() -> Self {
        Self {
            at_end: true,
            untrained: true,
            metrics: Vec::new(),
            preset: "dlib".into(),
            bootstrap: 0,
            representation: Representation::Mean,
            images: None,
            batch_size: 256,
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// Steps between two lines of the log.
    pub every: u64,
    /// Whether event files for TensorBoard are written.
    pub tensorboard: bool,
    /// Whether the logged numbers are also written as a table, `scalars.csv`.
    pub csv: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            every: 100,
            tensorboard: true,
            csv: true,
        }
    }
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImagesConfig {
    /// Steps between two sets of pictures; only at the end if absent.
    pub every: Option<u64>,
    /// Images in the grid of reconstructions.
    pub reconstructions: usize,
    /// Columns of a traversal.
    pub traversal_steps: usize,
    /// First and last value of a traversed latent.
    pub traversal_range: (f32, f32),
}

impl Default for ImagesConfig {
    fn default() -> Self {
        Self {
            every: None,
            reconstructions: 16,
            traversal_steps: 9,
            traversal_range: (-2.0, 2.0),
        }
    }
}

/// What is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointConfig {
    /// Steps between two checkpoints; the last step always has one.
    pub every: u64,
    /// The newest checkpoints that are kept.
    pub keep: usize,
    /// By what the best checkpoint is chosen, which is kept as well.
    pub best: Option<BestConfig>,
}

impl Default for CheckpointConfig {
    fn default() -> Self {
        Self {
            every: 1000,
            keep: 2,
            best: None,
        }
    }
}

impl Config for ExperimentConfig {
    fn examples() -> Vec<Self> {
        let models = ModelConfig::examples().into_iter();
        let objectives = ObjectiveConfig::examples().into_iter().cycle();
        models
            .zip(objectives)
            .map(|(model, objective)| Self::new(model, objective, TrainConfig::new(100)))
            .collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("data", |p| self.data.check(p));
        problems.within("model", |p| self.model.check(p));
        problems.within("objective", |p| self.objective.check(p));
        problems.within("train", |p| self.train.check(p));
        problems.within("eval", |p| self.eval.check(p));
        problems.require(self.log.every > 0, "log.every", POSITIVE);
        problems.within("images", |p| self.images.check(p));
        problems.require(self.checkpoint.every > 0, "checkpoint.every", POSITIVE);
        problems.require(self.checkpoint.keep > 0, "checkpoint.keep", POSITIVE);
    }
}

impl ExperimentConfig {
    /// Names what has no default; the rest is as in a config that says no more.
    pub fn new(model: ModelConfig, objective: ObjectiveConfig, train: TrainConfig) -> Self {
        Self {
            seed: 0,
            data: DatasetConfig::default(),
            model,
            objective,
            train,
            eval: EvalConfig::default(),
            log: LogConfig::default(),
            images: ImagesConfig::default(),
            checkpoint: CheckpointConfig::default(),
        }
    }

    /// Requires that all values make sense.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with everything that does not.
    pub fn require_valid(&self) -> Result<(), ConfigError> {
        let mut problems = Problems::default();
        self.check(&mut problems);
        if problems.is_empty() {
            return Ok(());
        }
        let found = problems.into_vec();
        Err(ConfigError::Invalid(
            found.iter().map(ToString::to_string).collect(),
        ))
    }

    /// Writes the complete configuration, itself a valid input.
    ///
    /// # Errors
    /// If a value cannot be written as YAML.
    pub fn to_yaml(&self) -> Result<String, ConfigError> {
        serde_saphyr::to_string(self)
            .map_err(|e| ConfigError::Invalid(vec![format!("cannot be written as YAML: {e}")]))
    }
}

const POSITIVE: &str = "must be at least 1";

impl TrainConfig {
    /// Trains for a number of steps; the rest is as in a config that says no more.
    pub fn new(steps: u64) -> Self {
        Self {
            steps,
            batch_size: default_batch_size(),
            labels: Vec::new(),
            sampling: Sampling::default(),
            optimizer: default_optimizer(),
            lr: default_lr(),
            clip: None,
            epoch_steps: None,
            init_from: None,
            prefetch: default_prefetch(),
        }
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(self.batch_size > 0, "batch_size", POSITIVE);
        problems.require(self.epoch_steps != Some(0), "epoch_steps", POSITIVE);
        let positive = self.clip.is_none_or(|norm| norm.is_finite() && norm > 0.0);
        problems.require(positive, "clip", "must be a positive number");
        problems.within("optimizer", |p| self.optimizer.check(p));
        problems.within("lr", |p| self.lr.check(p));
    }
}

impl EvalConfig {
    fn check(&self, problems: &mut Problems) {
        problems.require(self.batch_size > 0, "batch_size", POSITIVE);
        problems.require(self.images != Some(0), "images", POSITIVE);
        if let Err(error) = disentangle_metrics::Protocol::preset(&self.preset) {
            problems.add("preset", error.to_string());
        }
        problems.require(
            self.bootstrap != 1,
            "bootstrap",
            "must be 0 or at least 2: one resampling has no spread",
        );
        for name in &self.metrics {
            if let Err(error) = MetricConfig::named(name) {
                problems.add("metrics", error.to_string());
            }
        }
    }
}

impl ImagesConfig {
    fn check(&self, problems: &mut Problems) {
        let (first, last) = self.traversal_range;
        let ordered = first.is_finite() && last.is_finite() && first < last;
        let range = "must be two finite numbers, the smaller first";
        problems.require(ordered, "traversal_range", range);
        problems.require(
            self.traversal_steps >= 2,
            "traversal_steps",
            "must be at least 2",
        );
        problems.require(self.reconstructions > 0, "reconstructions", POSITIVE);
        problems.require(self.every != Some(0), "every", POSITIVE);
    }
}
