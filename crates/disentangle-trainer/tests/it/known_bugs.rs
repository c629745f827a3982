//! Known bugs of the field that concern whole runs; `docs/known-bugs.md` lists them all by number.

use std::path::Path;
use std::sync::Arc;

use disentangle_data::{Dataset, Loader, LoaderConfig, Places, Sampling};
use disentangle_registry::Build;
use disentangle_seeds::Seeds;
use disentangle_trainer::{Device, Error, Event, Experiment, Observer, Trainer};

use crate::small::config;

const FACTOR: &str = "objective.terms.tc={term: {kind: density_ratio_tc, \
    discriminator: {network: {kind: mlp, hidden: [8]}}}}";

/// What a run says of itself.
#[derive(Default)]
struct Heard {
    /// The objective of each step.
    objectives: Vec<f64>,
    /// The mean objective of each epoch.
    epochs: Vec<f64>,
    /// The learning rate of each step.
    lrs: Vec<f64>,
}

impl Observer for Heard {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        match event {
            Event::Scalars { values, lr, .. } => {
                self.objectives.push(values["objective"]);
                self.lrs.push(*lr);
            }
            Event::Epoch { mean_objective, .. } => self.epochs.push(*mean_objective),
            _ => {}
        }
        Ok(())
    }
}

fn hear(root: &Path, overrides: &[&str], terms: Option<&str>) -> Heard {
    let overrides = [overrides, &["log.every=1", "eval.at_end=false"]].concat();
    let mut config = config(&overrides);
    if let Some(terms) = terms {
        config.objective = serde_json::from_str(&format!(r#"{{"terms": {{{terms}}}}}"#)).unwrap();
    }
    let experiment = Experiment::build(config, &Device::Cpu).unwrap();
    let mut heard = Heard::default();
    let mut trainer = Trainer::new(experiment, root).unwrap();
    trainer.run(&mut heard).unwrap();
    heard
}

/// The large study's FactorVAE counts its global step twice: "300k steps" are 150k updates.
#[test]
fn d2_steps_are_updates_also_with_a_discriminator() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    assert_eq!(hear(&root, &[FACTOR], None).objectives.len(), 12);
    let last = root.join("checkpoints/step-000000012");
    let updates = |file: &str, name: &str| -> u32 {
        let path = last.join(file);
        let state = disentangle_nn::StateDict::open(&path, &Device::Cpu).unwrap();
        state.get(name).unwrap().to_scalar().unwrap()
    };
    assert_eq!(updates("optimizer.safetensors", "step"), 12);
    let own = updates("terms.safetensors", "tc.discriminator.optimizer.step");
    assert_eq!(own, 12);
}

/// The ancestor takes labels from `latents_values` and truncates them: the six scales of dSprites, 0.5 to
/// 1, become 0 and 1, and the 40 orientations, 0 to 2π, become 0 to 6.
#[test]
fn d11_labels_come_from_classes() {
    let data = "data={kind: dsprites, size: 16}";
    let labels = "train.labels=[orientation, scale]";
    let experiment = Experiment::build(config(&[data, labels]), &Device::Cpu).unwrap();
    let labels = experiment.labels.as_ref().unwrap();
    assert_eq!(labels.sizes(), [40, 6]);
    let space = experiment.dataset.factor_space().unwrap();
    let mut seen = [vec![], vec![]];
    let mut factors = vec![0; space.n_factors()];
    // The positions are the fastest factors, 32 by 32.
    for index in (0..experiment.dataset.len()).step_by(32 * 32) {
        experiment.dataset.factors(index, &mut factors).unwrap();
        let row = labels.gather(&factors).unwrap();
        for (seen, class) in seen.iter_mut().zip(row) {
            seen.push(class);
        }
    }
    for (seen, size) in seen.iter_mut().zip([40, 6]) {
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(*seen, (0..size).collect::<Vec<u32>>());
    }
}

fn loader(sampling: Sampling) -> (Arc<dyn Dataset>, Loader) {
    let dataset: Arc<dyn Dataset> = Arc::from(config(&[]).data.build(&Places::from_env()).unwrap());
    let loader = LoaderConfig {
        batch_size: 8,
        sampling,
        second_batch: true,
        prefetch: 2,
    };
    (
        dataset.clone(),
        Loader::new(dataset, loader, Seeds::new(0)).unwrap(),
    )
}

/// Two FactorVAE ports permute the batch that the model saw.
#[test]
fn d3_the_second_batch_is_drawn_independently() {
    for sampling in [Sampling::Epochs, Sampling::WithReplacement] {
        let (_, loader) = loader(sampling);
        let mut equal = 0;
        for batch in loader.batches(0).take(20) {
            let batch = batch.unwrap();
            let second = batch.second.unwrap();
            equal += usize::from(second.indices == batch.indices);
        }
        assert_eq!(equal, 0);
    }
}

/// The ancestor's loader replays the same samples each epoch and opens a new iterator each step.
#[test]
fn d13_epochs_differ_and_one_iterator_feeds_the_whole_run() {
    let (dataset, loader) = loader(Sampling::Epochs);
    let per_epoch = loader.batches_per_epoch() as usize;
    let indices: Vec<Vec<usize>> = loader
        .batches(0)
        .take(2 * per_epoch)
        .map(|batch| batch.unwrap().indices.clone())
        .collect();
    let (first, second) = indices.split_at(per_epoch);
    assert_ne!(first, second);
    for epoch in [first, second] {
        let mut seen: Vec<_> = epoch.concat();
        seen.sort_unstable();
        seen.dedup();
        // Without replacement: no image comes twice, and at most a part of a batch is left over.
        assert_eq!(seen.len(), per_epoch * 8);
        assert!(dataset.len() - seen.len() < 8);
    }
}

/// The ancestor's AE and IFCVAE feed 0 to the plateau scheduler.
#[test]
fn d14_plateau_sees_the_mean_objective_of_every_method() {
    let folder = tempfile::tempdir().unwrap();
    let recon = r#""recon": {"term": {"kind": "bernoulli"}}"#;
    let methods = [
        "",
        r#", "kl": {"weight": 4, "term": {"kind": "kl"}}"#,
        r#", "kl": {"term": {"kind": "capacity", "capacity": 5}},
           "tc": {"term": {"kind": "total_correlation"}}"#,
        r#", "tc": {"term": {"kind": "density_ratio_tc",
           "discriminator": {"network": {"kind": "mlp", "hidden": [8]}}}}"#,
        r#", "dip": {"term": {"kind": "dip", "form": "ii", "lambda_od": 10}}"#,
        r#", "mmd": {"term": {"kind": "mmd"}}"#,
    ];
    for (i, method) in methods.into_iter().enumerate() {
        let (root, terms) = (
            folder.path().join(i.to_string()),
            format!("{recon}{method}"),
        );
        let heard = hear(&root, &["train.epoch_steps=5"], Some(&terms));
        for (mean, steps) in heard.epochs.iter().zip(heard.objectives.chunks(5)) {
            let expected = steps.iter().sum::<f64>() / 5.0;
            // 1e-12 of the value: the order of an f64 sum.
            assert!(
                (mean - expected).abs() <= 1e-12 * expected.abs(),
                "{method}"
            );
            assert!(*mean != 0.0);
        }
        assert_eq!(heard.epochs.len(), 2);
    }
}

/// The other half of D14: the rate falls when that mean stalls, here because nothing learns.
#[test]
fn d14_plateau_lowers_the_rate_when_the_objective_stalls() {
    let folder = tempfile::tempdir().unwrap();
    let terms = r#""recon": {"weight": 0, "term": {"kind": "bernoulli"}}"#;
    let heard = hear(
        &folder.path().join("run"),
        &["train.epoch_steps=2"],
        Some(terms),
    );
    assert_eq!(heard.lrs[0], 1e-3);
    assert!(heard.lrs[11] < 1e-3 / 4.0, "{:?}", heard.lrs);
}

/// A port returns after the first batch of an epoch.
#[test]
fn d7_the_mean_of_an_epoch_is_over_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let heard = hear(&folder.path().join("run"), &["train.epoch_steps=4"], None);
    let means: Vec<_> = heard
        .objectives
        .chunks(4)
        .map(|epoch| epoch.iter().sum::<f64>() / 4.0)
        .collect();
    assert_eq!(heard.epochs, means);
    assert_ne!(heard.objectives[0], means[0]);
}
