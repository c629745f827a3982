//! What a config can name, and the schema that editors read.

use disentangle_architectures::{
    BottleneckConfig, ConditioningConfig, DecoderConfig, EncoderConfig,
};
use disentangle_data::DatasetConfig;
use disentangle_metrics::MetricConfig;
use disentangle_objectives::TermConfig;
use disentangle_optim::OptimizerConfig;
use disentangle_schedulers::{CurveConfig, LearningRateConfig};

use crate::ExperimentConfig;

/// Lists every registered `kind` by what it is a kind of.
pub fn kinds() -> Vec<(&'static str, &'static [&'static str])> {
    vec![
        ("terms", TermConfig::KINDS),
        ("encoders", EncoderConfig::KINDS),
        ("bottlenecks", BottleneckConfig::KINDS),
        ("decoders", DecoderConfig::KINDS),
        ("conditionings", ConditioningConfig::KINDS),
        ("datasets", DatasetConfig::KINDS),
        ("metrics", MetricConfig::KINDS),
        ("schedules", CurveConfig::KINDS),
        ("learning_rates", LearningRateConfig::KINDS),
        ("optimizers", OptimizerConfig::KINDS),
    ]
}

/// Returns the JSON schema of [`ExperimentConfig`], pretty, ending in a newline.
pub fn schema() -> String {
    let schema = schemars::schema_for!(ExperimentConfig);
    let mut text = serde_json::to_string_pretty(&schema).expect("keys are strings");
    text.push('\n');
    text
}
