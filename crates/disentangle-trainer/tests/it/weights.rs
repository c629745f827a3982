//! Weights that a run begins with, and those that it keeps.

use std::path::Path;

use disentangle_nn::StateDict;
use disentangle_trainer::{Device, Experiment, RunFolder, Trainer};

use crate::small::{bytes, config, train, watch};

fn weights(root: &Path, step: u64) -> StateDict {
    let folder = root.join(format!("checkpoints/step-{step:09}"));
    StateDict::open(&folder.join("model.safetensors"), &Device::Cpu).unwrap()
}

fn values(weights: &StateDict, name: &str) -> Vec<f32> {
    let tensor = weights.get(name).unwrap().flatten_all().unwrap();
    tensor.to_vec1().unwrap()
}

#[test]
fn a_run_can_begin_with_the_weights_of_another_or_a_part_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let (first, next) = (folder.path().join("first"), folder.path().join("next"));
    train(&first, &[], &mut watch(None)).unwrap();
    let from = |only: &str| {
        let path = first.display();
        format!("train.init_from={{path: '{path}', only: [{only}]}}")
    };
    // A rate of zero keeps the weights that the run began with.
    let frozen = ["train.steps=1", "train.lr=0", "seed=1"];
    let part = from("encoder");
    train(&next, &[&frozen[..], &[&part]].concat(), &mut watch(None)).unwrap();
    let (before, after) = (weights(&first, 12), weights(&next, 1));
    for (name, taken) in [("encoder.fc1.weight", true), ("decoder.fc1.weight", false)] {
        assert_eq!(
            values(&before, name) == values(&after, name),
            taken,
            "{name}"
        );
    }

    // A run that ended before its first checkpoint begins with them once more.
    std::fs::remove_dir_all(next.join("checkpoints")).unwrap();
    std::fs::create_dir(next.join("checkpoints")).unwrap();
    let again = config(&[&frozen[..], &[&part]].concat());
    let run = RunFolder::reopen(&next).unwrap();
    let mut trainer = Trainer::resume(again, run, &Device::Cpu).unwrap();
    trainer.run(&mut watch(None)).unwrap();
    assert_eq!(
        values(&before, "encoder.fc1.weight"),
        values(&weights(&next, 1), "encoder.fc1.weight")
    );

    let none = folder.path().join("none");
    let wrong = from("enc");
    let error = train(&none, &[wrong.as_str()], &mut watch(None)).unwrap_err();
    assert!(error.to_string().contains("under `enc`"), "{error}");
    assert!(!none.exists());
}

#[test]
fn the_best_checkpoint_is_kept_and_can_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    // At this rate the first steps are the best ones.
    let overrides = [
        "train.lr=0.3",
        "checkpoint={every: 2, keep: 1, best: {value: loss/recon}}",
    ];
    train(&root, &overrides, &mut watch(None)).unwrap();
    let state: serde_json::Value =
        serde_json::from_slice(&bytes(&root, "checkpoints/step-000000012/state.json")).unwrap();
    let best = state["contest"]["best"]["step"].as_u64().unwrap();
    let mut kept: Vec<_> = std::fs::read_dir(root.join("checkpoints"))
        .unwrap()
        .collect();
    assert_eq!(kept.drain(..).count(), 1 + usize::from(best != 12));
    let experiment = Experiment::build(config(&overrides), &Device::Cpu).unwrap();
    experiment
        .load(&RunFolder::open(&root).unwrap(), "best")
        .unwrap();
    assert_eq!(
        values(&experiment.store.state(), "encoder.fc1.weight"),
        values(&weights(&root, best), "encoder.fc1.weight")
    );

    let unknown = ["checkpoint={every: 2, best: {value: loss/rekon}}"];
    let other = folder.path().join("other");
    let error = train(&other, &unknown, &mut watch(None)).unwrap_err();
    assert!(error.to_string().contains("loss/rekon"), "{error}");
    assert!(error.to_string().contains("loss/recon"), "{error}");
}
