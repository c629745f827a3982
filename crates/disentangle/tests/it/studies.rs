//! A study from outside: listed, run in processes, stopped, gone on with, collected.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{disentangle, fail, stderr, succeed};

const STUDY: &str = "\
config:
  data:
    kind: subset
    of: {kind: dsprites, size: 16}
    fixed: {orientation: 0, scale: 5}
    every: {posX: 8, posY: 8}
  model:
    encoder: {kind: mlp, hidden: [4]}
    decoder: {kind: mlp, hidden: [4]}
    latents: 2
  objective: {terms: {recon: {term: {kind: bernoulli}}, kl: {term: {kind: kl}}}}
  train: {steps: 20, batch_size: 4}
  eval: {preset: fast, metrics: [mig, sap], untrained: false}
methods:
  - name: beta_vae
    over: {objective.terms.kl.weight: [1, 4]}
seeds: 2
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("study.yaml"), STUDY).unwrap();
    folder
}

fn listed(folder: &Path) -> Vec<String> {
    let text = succeed(folder, &["study", "list", "study.yaml"]);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_study_runs_skips_retries_and_is_collected() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(
        listed(path)[3],
        "0003  seed 1   missing         beta_vae kl.weight=4"
    );
    let (code, message) = fail(path, &["study", "collect", "study.yaml"]);
    assert!(code == 1 && message.contains("is done"), "{message}");

    succeed(
        path,
        &["study", "run", "study.yaml", "--index", "2", "--quiet"],
    );
    let scores = || std::fs::read(path.join("runs/study/0002/metrics.json")).unwrap();
    let before = (
        scores(),
        std::fs::metadata(path.join("runs/study/0002/metrics.json")).unwrap(),
    );
    // A run that cannot begin fails, and the others go on.
    std::fs::write(path.join("runs/study/0001"), "in the way").unwrap();
    let all = ["study", "run", "study.yaml", "--all", "--jobs", "2"];
    let output = disentangle(path, &all);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("3 of 4 runs are left") && said.contains("1 of 3 runs failed"),
        "{said}"
    );
    assert!(
        said.contains("failed  0001 (beta_vae kl.weight=1, seed 1): error: "),
        "{said}"
    );

    std::fs::remove_file(path.join("runs/study/0001")).unwrap();
    let said = stderr(&disentangle(path, &all));
    assert!(said.contains("1 of 4 runs are left"), "{said}");
    assert!(listed(path).iter().all(|line| line.contains("  done  ")));
    let after = std::fs::metadata(path.join("runs/study/0002/metrics.json")).unwrap();
    assert_eq!(before.0, scores());
    assert_eq!(before.1.modified().unwrap(), after.modified().unwrap());

    succeed(path, &["study", "collect", "study.yaml"]);
    let table = std::fs::read_to_string(path.join("runs/study/study.csv")).unwrap();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(
        lines[0],
        "index,method,setting,seed,status,active_codes,mig,sap"
    );
    assert_eq!(lines.len(), 5);
    assert!(
        lines[4].starts_with("3,beta_vae,beta_vae kl.weight=4,1,done,"),
        "{}",
        lines[4]
    );
    let page = std::fs::read_to_string(path.join("runs/study/study.html")).unwrap();
    assert!(page.contains("Agreement of the metrics") && page.contains("4 of 4 done"));
}

#[test]
fn mistakes_in_a_study_are_the_user_s() {
    let folder = folder();
    let path = folder.path();
    let of = |arguments: &[&str]| fail(path, &[&["study"], arguments].concat());
    let (code, message) = of(&["run", "study.yaml", "--index", "4"]);
    assert!(
        code == 2 && message.contains("no run 4: the study has 4"),
        "{message}"
    );
    let (code, message) = of(&["list", "study.yaml", "--set", "config.train.stepz=1"]);
    assert!(code == 2 && message.contains("stepz"), "{message}");
    let (code, message) = of(&["run", "study.yaml"]);
    assert!(code == 2 && message.contains("--index"), "{message}");
}

#[cfg(unix)]
#[test]
fn a_stopped_study_saves_its_runs_and_goes_on() {
    let folder = folder();
    let path = folder.path();
    let long = ["study", "run", "study.yaml", "--all", "--jobs", "2"];
    let steps = ["--set", "config.train.steps=1000000"];
    let mut study = Command::new(env!("CARGO_BIN_EXE_disentangle"))
        .args(long)
        .args(steps)
        .current_dir(path)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = |run: &str| {
        path.join("runs/study")
            .join(run)
            .join("events.jsonl")
            .exists()
    };
    while !(begun("0000") && begun("0001")) {
        assert!(study.try_wait().unwrap().is_none(), "the study has ended");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let told = Command::new("kill").arg(study.id().to_string()).status();
    assert!(told.unwrap().success());
    assert_eq!(study.wait().unwrap().code(), Some(130));
    // Both runs have ended, with a checkpoint each, and the third never began.
    for run in ["0000", "0001"] {
        let checkpoints = path.join("runs/study").join(run).join("checkpoints");
        assert!(std::fs::read_dir(checkpoints).unwrap().count() > 0, "{run}");
    }
    assert!(!path.join("runs/study/0002").exists());
    let list = [&["study", "list", "study.yaml"][..], &steps].concat();
    let text = succeed(path, &list);
    assert!(
        text.lines().next().unwrap().contains("  at step "),
        "{text}"
    );
}
