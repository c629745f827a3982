//! What a run leaves to look at, and what a page shows of a run that lacks parts.

use std::fs;
use std::path::Path;

use disentangle_trainer::{
    Device, Experiment, ExperimentConfig, Logs, RunFolder, Trainer, TraversalChoice, WalkRange,
    run_report, traversal_pictures,
};

use crate::small;

fn config() -> ExperimentConfig {
    small::config(&[
        "objective.terms.kl.weight=4",
        "objective.terms.tc=null",
        "train.lr=1e-3",
        "eval.untrained=true",
        "log.every=3",
        "images.every=4",
        "checkpoint.every=6",
    ])
}

fn trained(root: &Path) -> RunFolder {
    let experiment = Experiment::build(config(), &Device::Cpu).unwrap();
    let mut trainer = Trainer::new(experiment, root).unwrap();
    let run = RunFolder::open(root).unwrap();
    let mut logs = Logs::open(&run, trainer.config(), 0).unwrap();
    trainer.run(&mut logs).unwrap();
    run
}

#[test]
fn a_run_leaves_a_page_logs_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(&folder.path().join("run"));
    let page = fs::read_to_string(run.report()).unwrap();
    for part in [
        "scores",
        "latents",
        "factors",
        "reconstructions",
        "samples",
        "curves",
        "relations",
        "config",
    ] {
        assert!(page.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
    for picture in [
        "samples.png",
        "training.gif",
        "diagrams/terms-unweighted.svg",
        "diagrams/codes-by-factor.png",
    ] {
        assert!(run.images().join(picture).is_file(), "{picture}");
    }
    assert_eq!(fs::read_dir(run.tensorboard()).unwrap().count(), 1);

    let table = fs::read_to_string(run.scalars()).unwrap();
    let mut rows = table.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let rows: Vec<_> = rows.collect();
    assert_eq!(
        rows.iter().map(|row| row[0]).collect::<Vec<_>>(),
        ["3", "6", "9", "12"]
    );
    let value = |name: &str| -> f64 {
        let column = header.iter().position(|column| *column == name).unwrap();
        rows[0][column].parse().unwrap()
    };
    // Equal but for the rounding of f32 to text and back.
    let sum = value("weighted/recon") + value("weighted/kl");
    assert!((sum / value("objective") - 1.0).abs() < 1e-5);
    assert!((value("weighted/kl") / value("loss/kl") - 4.0).abs() < 1e-9);
    assert!(value("gradient/norm") > 0.0 && value("kl/active") <= 3.0);
}

#[test]
fn a_page_shows_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(&folder.path().join("run"));
    for file in [run.metrics(), run.untrained_metrics(), run.events()] {
        fs::remove_file(file).unwrap();
    }
    fs::remove_dir_all(run.encodings()).unwrap();
    let report = run_report(&run, None).unwrap();
    assert_eq!(report.name, "run");
    assert!(report.scores.is_empty() && report.curves.is_empty() && report.walks.is_empty());
    assert!(
        report.warnings[0].contains("step 0 of 12"),
        "{:?}",
        report.warnings
    );
    assert!(report.config.contains("weight: 4"));

    fs::write(run.metrics(), "{ torn").unwrap();
    let error = run_report(&run, None).unwrap_err().to_string();
    assert!(error.contains("metrics.json: is not valid JSON"), "{error}");
}

#[test]
fn latents_walk_over_every_range() {
    let experiment = Experiment::build(config(), &Device::Cpu).unwrap();
    let choice = |range, only_active| TraversalChoice {
        index: Some(1),
        range,
        only_active,
    };
    let draw = |range| traversal_pictures(&experiment, choice(range, false)).unwrap();
    let ranges = [WalkRange::Configured, WalkRange::Prior, WalkRange::Own];
    let [configured, prior, own] = ranges.map(draw);
    assert!(configured.sheet != prior.sheet && prior.sheet != own.sheet);
    // Three steps there and one back.
    assert_eq!(own.animation.frames.len(), 4);
}
