//! Known bugs of the field that concern the loop; `docs/known-bugs.md` lists them all by number.

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
  encoder: {kind: mlp, hidden: [8]}
  decoder: {kind: mlp, hidden: [8]}
  latents: 2
objective:
  terms:
    recon: {term: {kind: bernoulli}}
    kl: {term: {kind: kl}}
train: {steps: 10, batch_size: 8, lr: 1e-2, epoch_steps: 5}
eval: {at_end: false}
log: {every: 1}
images: {reconstructions: 1, traversal_steps: 2}
";

/// Gathers the objective of every step, and what each epoch says its mean was.
#[derive(Default)]
struct Watch {
    objectives: Vec<f64>,
    means: Vec<f64>,
}

impl Observer for Watch {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Scalars { values, .. } => self.objectives.push(values["objective"]),
            Event::Epoch { mean_objective, .. } => self.means.push(*mean_objective),
            _ => {}
        }
        Ok(())
    }
}

/// A port returns after the first batch of an epoch.
#[test]
fn d7_the_mean_of_an_epoch_is_over_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, CONFIG).unwrap();
    let config: ExperimentConfig = Document::load(&[path], &[]).unwrap().read().unwrap();
    let experiment = Experiment::build(config, &Device::Cpu).unwrap();
    let mut trainer = Trainer::new(experiment, &folder.path().join("run")).unwrap();
    let mut watch = Watch::default();
    trainer.run(&mut watch).unwrap();
    let means: Vec<_> = watch
        .objectives
        .chunks(5)
        .map(|epoch| epoch.iter().sum::<f64>() / 5.0)
        .collect();
    assert_eq!(watch.means, means);
    assert_ne!(watch.objectives[0], means[0]);
}
