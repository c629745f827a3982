//! The program from outside: a whole run, and one clear error with its exit code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod data_images;
mod interruptions;
mod measuring;
mod studies;

use std::path::Path;
use std::process::{Command, Output};

const PRESETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/presets");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/datasets");
const SMALL: [&str; 6] = [
    "--set",
    "data={kind: subset, of: {kind: dsprites, size: 16}, fixed: {orientation: 0, scale: 5}, every: {posX: 4, posY: 4}}",
    "--set",
    "train.steps=20",
    "--set",
    "eval.preset=fast",
];

fn disentangle(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_disentangle"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn preset(name: &str) -> String {
    format!("{PRESETS}/{name}.yaml")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeed(folder: &Path, args: &[&str]) -> String {
    let output = disentangle(folder, args);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The exit code and the message.
fn fail(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = disentangle(folder, args);
    let message = stderr(&output);
    assert!(message.starts_with("error: "), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    (output.status.code().unwrap(), message)
}

#[test]
fn a_run_trains_measures_encodes_draws_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let config = preset("quickstart");
    let args = [&["train", config.as_str(), "--run", "run"], &SMALL[..]].concat();
    succeed(folder.path(), &args);
    let run = folder.path().join("run");
    let meta = std::fs::read_to_string(run.join("meta.json")).unwrap();
    assert!(meta.contains("\"device\": \"cpu\""), "{meta}");
    let written = std::fs::read_to_string(run.join("metrics.json")).unwrap();
    let scores: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(scores["input"]["rows"], 3 * 8 * 8);
    assert!(scores["metrics"]["mig"]["score"].is_number());
    assert!(scores["metrics"]["factor_vae"]["score"].is_number());

    let table = succeed(folder.path(), &["eval", "run", "--metrics", "mig"]);
    assert!(table.contains("mig") && !table.contains("factor_vae"));
    // What was measured before is kept, to the byte.
    assert_eq!(
        std::fs::read_to_string(run.join("metrics.json")).unwrap(),
        written
    );
    succeed(folder.path(), &["encode", "run", "--out", "codes.npz"]);
    let codes = disentangle_arrays::read(&folder.path().join("codes.npz"), Some("codes")).unwrap();
    assert_eq!(codes.shape(), [192, 6]);
    let scores = ["metrics", "--codes", "codes.npz", "--metrics", "mig"];
    let scores: serde_json::Value = serde_json::from_str(&succeed(folder.path(), &scores)).unwrap();
    assert!(scores["metrics"]["mig"]["score"].is_number());
    let (code, message) = fail(
        folder.path(),
        &["metrics", "--codes", "codes.npz", "--metrics", "migg"],
    );
    assert!(
        code == 2 && message.contains("unknown metric `migg`"),
        "{message}"
    );
    succeed(
        folder.path(),
        &[
            "traverse",
            "run",
            "--index",
            "0",
            "--range=-3,3",
            "--steps",
            "5",
        ],
    );
    assert!(run.join("images/traversals-of-0.png").is_file());
    succeed(
        folder.path(),
        &["traverse", "run", "--range", "own", "--gif"],
    );
    let gif = std::fs::read(run.join("images/traversals.gif")).unwrap();
    assert!(gif.starts_with(b"GIF89a"));
    std::fs::remove_file(run.join("report.html")).unwrap();
    let path = succeed(folder.path(), &["report", "run"]);
    let page = std::fs::read_to_string(folder.path().join(path.trim())).unwrap();
    assert!(page.contains("<section id=\"scores\"") && page.contains("<section id=\"latents\""));
    // A run whose weights are gone still has its scores.
    std::fs::rename(run.join("checkpoints"), run.join("moved")).unwrap();
    let path = succeed(folder.path(), &["report", "run", "run"]);
    std::fs::rename(run.join("moved"), run.join("checkpoints")).unwrap();
    let page = std::fs::read_to_string(folder.path().join(path.trim())).unwrap();
    assert!(page.contains("There are no pictures: ") && page.contains("2 runs side by side"));
    succeed(
        folder.path(),
        &[
            "train",
            "--run",
            "run",
            "--resume",
            "--set",
            "train.steps=25",
        ],
    );
    assert!(run.join("checkpoints/step-000000025").is_dir());

    let (code, message) = fail(folder.path(), &args);
    assert_eq!(code, 2);
    assert!(
        message.contains("exists already: resume it with `--resume`"),
        "{message}"
    );
}

#[test]
fn the_official_file_trains_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = preset("dsprites_official");
    let path = format!("data.path={FIXTURES}/dsprites_small_py2meta.npz");
    let short = ["--set", "train.steps=2", "--set", "train.batch_size=8"];
    let args = [
        &["train", config.as_str(), "--set", path.as_str()],
        &short[..],
    ]
    .concat();
    succeed(folder.path(), &args);

    let path = format!("data.path={FIXTURES}/mpi3d_small_zip64.npz");
    let args = [
        "train",
        config.as_str(),
        "--run",
        "other",
        "--set",
        path.as_str(),
    ];
    let (code, message) = fail(folder.path(), &args);
    assert_eq!(code, 1);
    assert!(message.contains("mpi3d_small_zip64.npz"), "{message}");
    let args = [
        "train",
        config.as_str(),
        "--run",
        "other",
        "--set",
        "data.path=missing.npz",
    ];
    let (code, message) = fail(folder.path(), &args);
    assert_eq!(code, 1);
    assert!(message.contains("missing.npz"), "{message}");
    assert!(!folder.path().join("other").exists());
}

#[test]
fn the_presets_for_celeba_train_on_its_published_layout() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("data={{kind: celeba, path: {FIXTURES}/celeba}}");
    for name in ["celeba_ae", "celeba_vae"] {
        let config = preset(name);
        let settings = [
            "train.steps=2",
            "train.batch_size=4",
            "eval.at_end=false",
            "images={reconstructions: 1, traversal_steps: 2}",
            data.as_str(),
        ];
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let args: Vec<_> = ["train", &config].into_iter().chain(settings).collect();
        succeed(folder.path(), &args);
        let weights = "checkpoints/step-000000002/model.safetensors";
        assert!(
            folder
                .path()
                .join("runs")
                .join(name)
                .join(weights)
                .is_file()
        );
    }
}

#[test]
fn the_number_of_threads_changes_no_weight() {
    let folder = tempfile::tempdir().unwrap();
    let config = preset("dsprites_official");
    let path = format!("data.path={FIXTURES}/dsprites_small_py2meta.npz");
    let weights = ["1", "2", "3"].map(|threads| {
        let settings = ["train.steps=3", "train.batch_size=8", path.as_str()];
        let settings = settings.iter().flat_map(|setting| ["--set", setting]);
        let run = ["train", &config, "--run", threads, "--threads", threads];
        let args: Vec<_> = run.into_iter().chain(settings).collect();
        succeed(folder.path(), &args);
        let checkpoint = "checkpoints/step-000000003/model.safetensors";
        std::fs::read(folder.path().join(threads).join(checkpoint)).unwrap()
    });
    assert_eq!(weights[0], weights[1]);
    assert_eq!(weights[0], weights[2]);
}

#[test]
fn bad_configs_and_usage_exit_with_2_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = preset("quickstart");
    for (set, expected) in [
        ("objective.terms.kl.betta=4", "unknown field `betta`"),
        ("train.steps=many", "invalid type"),
        (
            "model.encoder={kind: padless_conv64}",
            "padless_conv64 cannot work on images of 1x32x32",
        ),
        ("model.latents=0", "must be at least 1"),
    ] {
        let args = ["train", config.as_str(), "--set", set];
        let (code, message) = fail(folder.path(), &args);
        assert_eq!(code, 2, "{message}");
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(fail(folder.path(), &["train", "missing.yaml"]).0, 2);
    assert_eq!(fail(folder.path(), &["train"]).0, 2);
    assert_eq!(fail(folder.path(), &["eval", "no-run"]).0, 1);
    assert_eq!(fail(folder.path(), &["frain"]).0, 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_preset_without_its_folder_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "quickstart",
        "quikstart.yaml",
        "configs/presets/quickstrat.yaml",
    ] {
        for command in [&["train"][..], &["config", "check"]] {
            let (code, message) = fail(folder.path(), &[command, &[name]].concat());
            assert_eq!(code, 2);
            let hint = format!(
                "there is no file {name}; did you mean `quickstart`? The presets are files in configs/presets/"
            );
            assert!(message.contains(&hint), "{message}");
        }
    }
}

#[test]
fn every_shell_gets_completions_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = succeed(folder.path(), &["completions", shell]);
        for word in ["train", "collect", "discretize-factors"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let mut commands = vec![vec![]];
    while let Some(command) = commands.pop() {
        let help = succeed(folder.path(), &[&command[..], &["--help"]].concat());
        let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
        let listed = listed.lines().take_while(|line| !line.is_empty());
        let below: Vec<&str> = listed
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert!(
            !below.is_empty() || help.contains("Example"),
            "{command:?}: {help}"
        );
        for name in below.into_iter().filter(|name| *name != "help") {
            let mut longer = command.clone();
            longer.push(String::leak(name.to_owned()) as &str);
            commands.push(longer);
        }
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    use std::process::Stdio;
    let mut program = Command::new(env!("CARGO_BIN_EXE_disentangle"))
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(program.stdout.take());
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[test]
fn lists_schema_and_configs_go_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let terms = succeed(folder.path(), &["list", "terms"]);
    for term in ["bernoulli", "capacity", "label_adversary"] {
        assert!(terms.lines().any(|line| line == term), "{terms}");
    }
    let presets = succeed(folder.path(), &["list", "presets"]);
    let about = "celeba_ae: The ancestor's autoencoder for CelebA";
    assert!(presets.lines().any(|line| line == about), "{presets}");
    let everything = succeed(folder.path(), &["list"]);
    for what in ["conditionings: labels", "presets: celeba_ae"] {
        assert!(everything.contains(what), "{everything}");
    }
    let schema = succeed(folder.path(), &["schema"]);
    assert!(serde_json::from_str::<serde_json::Value>(&schema).is_ok());
    let shown = succeed(folder.path(), &["config", "show", &preset("quickstart")]);
    std::fs::write(folder.path().join("shown.yaml"), &shown).unwrap();
    succeed(folder.path(), &["config", "check", "shown.yaml"]);
    assert_eq!(
        succeed(folder.path(), &["config", "show", "shown.yaml"]),
        shown
    );
}
