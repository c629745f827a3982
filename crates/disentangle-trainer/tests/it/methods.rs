//! Methods are configs: every preset learns, and any two terms go together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use disentangle_data::{Dataset, DatasetConfig, Places};
use disentangle_objectives::{EntryConfig, TermConfig};
use disentangle_registry::{Build, Config};
use disentangle_trainer::{
    Device, Document, Error, Event, Experiment, ExperimentConfig, Observer, Trainer,
};

use crate::small::{CVAE, IFCVAE, config};

/// The values of each step.
#[derive(Default)]
struct Log(Vec<BTreeMap<String, f64>>);

impl Observer for Log {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        if let Event::Scalars { values, .. } = event {
            self.0.push(values.clone());
        }
        Ok(())
    }
}

fn presets() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/presets");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A preset, short and in small batches.
fn short(preset: &Path) -> ExperimentConfig {
    let overrides = [
        "train.steps=50",
        "train.batch_size=8",
        "log.every=1",
        "eval.at_end=false",
        "images={reconstructions: 1, traversal_steps: 2}",
    ];
    let mut overrides = overrides.map(str::to_owned).to_vec();
    if preset.ends_with("dsprites_official.yaml") {
        // The published file is not embedded; its images are.
        overrides.push("data={kind: dsprites}".into());
    }
    Document::load(&[preset], &overrides)
        .unwrap()
        .read()
        .unwrap()
}

/// Fifty steps of eight images: far from a result, enough to see that every gradient points down.
#[test]
fn every_preset_learns_to_reconstruct() {
    let folder = tempfile::tempdir().unwrap();
    let mut open: Vec<(DatasetConfig, Arc<dyn Dataset>)> = Vec::new();
    let mut colored = Vec::new();
    for preset in presets() {
        let config = short(&preset);
        let known = open.iter().position(|(data, _)| *data == config.data);
        let dataset = match known {
            Some(i) => open[i].1.clone(),
            None => {
                let dataset = config.data.build(&Places::from_env()).unwrap();
                open.push((config.data.clone(), Arc::from(dataset)));
                open[open.len() - 1].1.clone()
            }
        };
        let name = preset.file_stem().unwrap().to_str().unwrap().to_owned();
        if dataset.image_shape().channels == 3 {
            colored.push(name.clone());
        }
        let experiment = Experiment::with_dataset(config, dataset, &Device::Cpu).unwrap();
        let mut log = Log::default();
        let mut trainer = Trainer::new(experiment, &folder.path().join(&name)).unwrap();
        trainer.run(&mut log).unwrap();
        assert_eq!(log.0.len(), 50);
        let finite = log.0.iter().flatten().all(|(_, value)| value.is_finite());
        assert!(finite, "{name}");
        let mean = |steps: &[BTreeMap<String, f64>]| {
            steps.iter().map(|values| values["loss/recon"]).sum::<f64>() / steps.len() as f64
        };
        let (first, last) = (mean(&log.0[..10]), mean(&log.0[40..]));
        assert!(last < first, "{name}: {first} to {last}");
    }
    assert_eq!(colored, ["celeba_ae", "celeba_vae", "paper"]);
}

/// One example of each kind that needs no labels.
fn unsupervised() -> Vec<TermConfig> {
    let mut terms: Vec<TermConfig> = Vec::new();
    for term in TermConfig::examples() {
        let new = terms.iter().all(|known| known.kind() != term.kind());
        if new && !SUPERVISED.contains(&term.kind()) {
            terms.push(term);
        }
    }
    terms
}

/// Terms that need labels, which the set of these tests does not bring to the step.
const SUPERVISED: [&str; 2] = ["label_classification", "label_adversary"];

#[test]
fn every_pair_of_unsupervised_terms_builds_and_takes_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let terms = unsupervised();
    assert!(terms.len() >= 11);
    let base = config(&["train.steps=1", "log.every=1", "eval.at_end=false"]);
    for (i, first) in terms.iter().enumerate() {
        for second in &terms[i..] {
            let entry = |term: &TermConfig| EntryConfig {
                weight: 0.5.into(),
                term: term.clone(),
            };
            let mut config = base.clone();
            config.objective.terms = [("a", first), ("b", second)]
                .map(|(name, term)| (name.to_owned(), entry(term)))
                .into();
            let name = format!("{}+{}", first.kind(), second.kind());
            let experiment = Experiment::build(config, &Device::Cpu).unwrap();
            let mut log = Log::default();
            let mut trainer = Trainer::new(experiment, &folder.path().join(&name)).unwrap();
            trainer.run(&mut log).unwrap();
            assert!(log.0[0]["objective"].is_finite(), "{name}");
            assert_eq!(log.0[0]["weight/a"], 0.5);
        }
    }
}

#[test]
fn conditional_models_take_a_step_with_each_unsupervised_term() {
    let folder = tempfile::tempdir().unwrap();
    for (model, overrides) in [("cvae", CVAE), ("ifcvae", IFCVAE)] {
        let short = ["train.steps=1", "log.every=1", "eval.at_end=false"];
        let base = config(&[overrides, &short].concat());
        for term in unsupervised() {
            let mut config = base.clone();
            let name = format!("{model}+{}", term.kind());
            let weight = 0.5.into();
            let entry = EntryConfig { weight, term };
            config.objective.terms.insert("added".into(), entry);
            let experiment = Experiment::build(config, &Device::Cpu).unwrap();
            let mut log = Log::default();
            let mut trainer = Trainer::new(experiment, &folder.path().join(&name)).unwrap();
            trainer.run(&mut log).unwrap();
            assert!(log.0[0]["objective"].is_finite(), "{name}");
            assert!(log.0[0]["loss/added"].is_finite(), "{name}");
        }
    }
}

#[test]
fn all_unmet_needs_are_reported_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let unmet = [
        "train.batch_size=1",
        "objective.terms.mss={term: {kind: mutual_information, estimator: mss}}",
        "objective.terms.dip={term: {kind: dip, form: i, lambda_od: 1}}",
    ];
    let experiment = Experiment::build(config(&unmet), &Device::Cpu).unwrap();
    let message = Trainer::new(experiment, &root).err().unwrap().to_string();
    for term in ["dip", "mss", "tc"] {
        let expected = format!("term `{term}` needs at least two images a batch");
        assert!(message.contains(&expected), "{message}");
    }
    assert!(!root.exists());
}
