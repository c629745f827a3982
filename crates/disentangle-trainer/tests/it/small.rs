//! A run of a second that most tests here begin with.

use std::path::Path;

use disentangle_trainer::{
    Device, Document, Error, Event, Experiment, ExperimentConfig, Observer, Trainer,
};

const CONFIG: &str = "\
data:
  kind: subset
  of: {kind: dsprites, size: 16}
  fixed: {orientation: 0, scale: 5}
  every: {posX: 8, posY: 8}
model:
  encoder: {kind: mlp, hidden: [16]}
  decoder: {kind: mlp, hidden: [16]}
  latents: 3
objective:
  terms:
    recon: {term: {kind: bernoulli}}
    kl: {term: {kind: kl}}
    tc: {term: {kind: total_correlation}}
train:
  steps: 12
  batch_size: 8
  lr: {kind: plateau, initial: 1e-3, factor: 0.5, patience: 0}
  epoch_steps: 5
eval: {preset: fast, untrained: false}
images: {reconstructions: 4, traversal_steps: 3}
checkpoint: {every: 4, keep: 2}
";

/// Makes a CVAE of [`CONFIG`].
pub(crate) const CVAE: &[&str] = &[
    "train.labels=[shape, posX]",
    "model.conditioning={kind: labels, planes: learned, prior: learned}",
];
/// Makes an IFCVAE of [`CONFIG`], with every label term.
pub(crate) const IFCVAE: &[&str] = &[
    "train.labels=[shape]",
    "model.conditioning={kind: inferred_labels, encoder: {kind: mlp, hidden: [8]}}",
    "objective.terms.y={term: {kind: label_classification, of: images}}",
    "objective.terms.y_again={term: {kind: label_classification, of: reconstructions}}",
    "objective.terms.aux={weight: 2, term: {kind: label_adversary, auxiliary: {network: {kind: mlp, hidden: [8]}}}}",
    "eval.representation=mean_and_labels",
];

/// Returns [`CONFIG`] with other values, `key=value`.
pub(crate) fn config(overrides: &[&str]) -> ExperimentConfig {
    let mut document = Document::parse(CONFIG, "config.yaml").unwrap();
    for text in overrides {
        document.set(text).unwrap();
    }
    document.read().unwrap()
}

/// Stops the run after a step, as a kill would: nothing more is written.
pub(crate) struct Watch {
    stop_after: Option<u64>,
    pub(crate) events: Vec<String>,
}

impl Observer for Watch {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        if let Event::Epoch { mean_objective, .. } = event {
            self.events.push(mean_objective.to_string());
        }
        match event {
            Event::Tick { step } if Some(*step) == self.stop_after => {
                Err(Error::Observer("stopped".into()))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn watch(stop_after: Option<u64>) -> Watch {
    Watch {
        stop_after,
        events: Vec::new(),
    }
}

pub(crate) fn train(root: &Path, overrides: &[&str], watch: &mut Watch) -> Result<(), Error> {
    let experiment = Experiment::build(config(overrides), &Device::Cpu)?;
    Trainer::new(experiment, root)?.run(watch)
}

pub(crate) fn bytes(root: &Path, file: &str) -> Vec<u8> {
    std::fs::read(root.join(file)).unwrap()
}
