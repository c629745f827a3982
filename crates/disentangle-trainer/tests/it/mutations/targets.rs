//! Everything that reads a file of a run: what a config, a checkpoint and a page are made of.

use std::fs;
use std::path::{Path, PathBuf};

use disentangle_trainer::{
    Device, Document, Experiment, ExperimentConfig, Logs, RunFolder, Trainer, run_report,
};
use disentangle_visualization::Report;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A small run with a term and a learning rate that have states.
const CONFIG: &str = "\
data:
  kind: subset
  of: {kind: dsprites, size: 16}
  fixed: {orientation: 0, scale: 5}
  every: {posX: 8, posY: 8}
model:
  encoder: {kind: mlp, hidden: [4]}
  decoder: {kind: mlp, hidden: [4]}
  latents: 2
objective:
  terms:
    recon: {term: {kind: bernoulli}}
    kl: {weight: {kind: linear, from: 0, to: 1, steps: 10}, term: {kind: kl}}
    tc: {term: {kind: density_ratio_tc, discriminator: {network: {kind: mlp, hidden: [4]}}}}
train:
  steps: 6
  batch_size: 8
  lr: {kind: plateau, initial: 1e-3, factor: 0.5, patience: 0}
  epoch_steps: 3
eval: {preset: fast, metrics: [mig, dci, factorized_support]}
images: {reconstructions: 2, traversal_steps: 2}
log: {every: 2}
checkpoint: {every: 3, best: {value: loss/recon, goal: lowest}}
";

/// A file that is changed, and what reads it then.
pub(crate) struct Target {
    path: PathBuf,
    pub(crate) whole: Vec<u8>,
    read: fn(&Path, &Path) -> bool,
}

impl Target {
    /// Puts other bytes into the file and reads it; tells whether they were accepted. The file is as it
    /// was afterwards.
    pub(crate) fn accepts(&self, root: &Path, bytes: &[u8]) -> bool {
        fs::write(root.join(&self.path), bytes).unwrap();
        let accepted = (self.read)(root, &self.path);
        fs::write(root.join(&self.path), &self.whole).unwrap();
        accepted
    }

    pub(crate) fn name(&self) -> String {
        self.path.display().to_string()
    }
}

/// Trains a run in a folder and returns its files.
pub(crate) fn of_a_run(root: &Path) -> Vec<Target> {
    let config: ExperimentConfig = Document::parse(CONFIG, "config.yaml")
        .unwrap()
        .read()
        .unwrap();
    let experiment = Experiment::build(config, &Device::Cpu).unwrap();
    let mut trainer = Trainer::new(experiment, root).unwrap();
    let run = RunFolder::open(root).unwrap();
    let mut logs = Logs::open(&run, trainer.config(), 0).unwrap();
    trainer.run(&mut logs).unwrap();
    run.write_meta("cpu", 1).unwrap();
    let checkpoint = "checkpoints/step-000000006";
    let target = |path: &str, read: fn(&Path, &Path) -> bool| Target {
        path: path.into(),
        whole: fs::read(root.join(path)).unwrap(),
        read,
    };
    let weights = |name: &str| target(&format!("{checkpoint}/{name}.safetensors"), resumes);
    vec![
        target("config.yaml", configures),
        target(&format!("{checkpoint}/state.json"), resumes),
        weights("model"),
        weights("optimizer"),
        weights("terms"),
        target("metrics.json", shows),
        target("metrics-untrained.json", shows),
        target("meta.json", shows),
        target("events.jsonl", shows),
        target("encodings/codes.npy", shows),
        target("encodings/factors.npy", shows),
    ]
}

fn configures(root: &Path, path: &Path) -> bool {
    let document = Document::load(&[root.join(path)], &[]);
    document.is_ok_and(|document| document.read::<ExperimentConfig>().is_ok())
}

/// Goes on with the run; a changed file of tensors gets the checksum that lets it be read.
fn resumes(root: &Path, path: &Path) -> bool {
    let state = root.join(path).with_file_name("state.json");
    let saved = fs::read(&state).unwrap();
    if path.extension().is_some_and(|e| e == "safetensors") {
        let digest = Sha256::digest(fs::read(root.join(path)).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut value: Value = serde_json::from_slice(&saved).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        value["files"][name] = digest.into();
        fs::write(&state, value.to_string()).unwrap();
    }
    let run = RunFolder::open(root).unwrap();
    let config = run.config().unwrap();
    let accepted = Trainer::resume(config, run, &Device::Cpu).is_ok();
    fs::write(&state, saved).unwrap();
    accepted
}

fn shows(root: &Path, _path: &Path) -> bool {
    let report = run_report(&RunFolder::open(root).unwrap(), None);
    report.is_ok_and(|report| Report { runs: vec![report] }.html().is_ok())
}
