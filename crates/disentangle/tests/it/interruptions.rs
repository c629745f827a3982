//! Runs that are killed, stopped, locked or short of disk: nothing that was reported saved is lost.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{fail, stderr, succeed};

/// Small enough that all of its files stay below the limit of the test of a full disk, but the log.
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
    kl: {term: {kind: kl}}
    tc: {term: {kind: total_correlation}}
train:
  steps: 300
  batch_size: 4
  lr: {kind: plateau, initial: 1e-3, factor: 0.5, patience: 0}
  epoch_steps: 7
eval: {preset: fast, metrics: [mig, factor_vae]}
log: {every: 1}
images: {reconstructions: 2, traversal_steps: 3}
checkpoint: {every: 5, best: {value: loss/recon}}
";

const RESULTS: [&str; 5] = [
    "metrics.json",
    "encodings/codes.npy",
    "checkpoints/step-000000300/model.safetensors",
    "checkpoints/step-000000300/optimizer.safetensors",
    "checkpoints/step-000000300/state.json",
];

/// A folder with the configuration and a run of it that nobody disturbed.
fn undisturbed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.yaml"), CONFIG).unwrap();
    let args = ["train", "config.yaml", "--quiet", "--run", "whole"];
    succeed(folder.path(), &args);
    folder
}

fn require_equal(folder: &Path, run: &str) {
    for file in RESULTS {
        let read = |run: &str| std::fs::read(folder.join(run).join(file)).unwrap();
        assert!(read("whole") == read(run), "{file} of {run}");
    }
}

/// Starts a run, or goes on with it, and returns once it has said so many lines; its pipe stays open.
fn run_until(folder: &Path, args: &[&str], lines: usize) -> (Child, usize) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_disentangle"))
        .args(args)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let said = reader.by_ref().lines().take(lines).count();
    child.stderr = Some(reader.into_inner());
    (child, said)
}

/// How often a run is killed.
fn kills() -> usize {
    if std::env::var_os("SLOW_TESTS").is_some() {
        200
    } else {
        12
    }
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_as_if_it_had_not_been() {
    let folder = undisturbed();
    let resume = ["train", "--resume", "--run", "killed"];
    let mut stream = disentangle_seeds::Seeds::new(0).stream("kills", 0);
    let (mut killed, mut round) = (0, 0);
    while killed < kills() {
        let run = format!("killed-{round}");
        let start = ["train", "config.yaml", "--run", &run];
        let resume = [&resume[..3], &[run.as_str()]].concat();
        let mut args = &start[..];
        loop {
            let lines = 1 + stream.below(60) as usize;
            let (mut child, said) = run_until(folder.path(), args, lines);
            child.kill().unwrap();
            if child.wait().unwrap().success() && said < lines {
                break;
            }
            killed += 1;
            // Killed before it had a folder, a run is begun again.
            let begun = folder.path().join(&run).join("config.yaml").is_file();
            args = if begun { &resume } else { &start };
        }
        require_equal(folder.path(), &run);
        round += 1;
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_saves_and_says_how_to_go_on() {
    let folder = undisturbed();
    for signal in ["INT", "TERM"] {
        let args = ["train", "config.yaml", "--run", signal];
        let mut child = Command::new(env!("CARGO_BIN_EXE_disentangle"))
            .args(args)
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        lines.nth(12).unwrap().unwrap();
        let kill = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let last = lines.map(Result::unwrap).last().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
        let expected = format!("go on with `disentangle train --resume --run {signal}`");
        assert!(
            last.starts_with("stopped after step ") && last.ends_with(&expected),
            "{last}"
        );
        succeed(folder.path(), &["train", "--resume", "--run", signal]);
        require_equal(folder.path(), signal);
    }
}

#[test]
fn a_run_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.yaml"), CONFIG).unwrap();
    let endless = ["--set", "train.steps=100000000", "--run", "run"];
    let args = [&["train", "config.yaml"], &endless[..]].concat();
    let (mut child, _) = run_until(folder.path(), &args, 3);
    let (code, message) = fail(folder.path(), &["train", "--resume", "--run", "run"]);
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    assert_eq!(code, 2);
    assert!(message.contains("in use by another process"), "{message}");
}

/// `ulimit -f` stands in for a full disk: writing beyond it fails in the same place.
#[test]
#[cfg(unix)]
fn a_full_disk_stops_the_run_with_one_error_and_loses_nothing() {
    let folder = undisturbed();
    let program = env!("CARGO_BIN_EXE_disentangle");
    let script = format!("ulimit -f 64; trap '' XFSZ; exec {program} train config.yaml --run full");
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.contains("error: cannot write full/events.jsonl"),
        "{said}"
    );
    succeed(folder.path(), &["train", "--resume", "--run", "full"]);
    require_equal(folder.path(), "full");
}

#[test]
fn a_damaged_checkpoint_is_refused_and_a_half_written_one_is_cleared_away() {
    let folder = undisturbed();
    let checkpoints = folder.path().join("whole/checkpoints");
    std::fs::create_dir(checkpoints.join(".step-000000305")).unwrap();
    let longer = [
        "train",
        "--resume",
        "--run",
        "whole",
        "--set",
        "train.steps=301",
    ];
    let output = crate::disentangle(folder.path(), &longer);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("was left half-written"), "{said}");
    assert!(!checkpoints.join(".step-000000305").exists());

    let model = checkpoints.join("step-000000301/model.safetensors");
    let mut bytes = std::fs::read(&model).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&model, bytes).unwrap();
    let (code, message) = fail(folder.path(), &["eval", "whole"]);
    assert_eq!(code, 1);
    assert!(message.contains("SHA-256"), "{message}");
    succeed(folder.path(), &["eval", "whole", "--checkpoint", "300"]);
}

#[test]
fn a_run_goes_on_when_nobody_reads_its_lines() {
    let folder = undisturbed();
    let args = ["train", "config.yaml", "--run", "unread"];
    let (mut child, _) = run_until(folder.path(), &args, 1);
    drop(child.stderr.take());
    assert!(child.wait().unwrap().success());
    require_equal(folder.path(), "unread");
}
