//! The binary from outside: inputs of every format, layouts, exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use disentangle_arrays::write;
use ndarray::{Array2, Axis, s};
use serde_json::Value;

use super::case::Case;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/golden/metrics");

fn run(folder: &Path, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_disentangle-metrics"))
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap()
}

fn stdout(folder: &Path, line: &str) -> String {
    let output = run(folder, line);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(folder: &Path, line: &str) -> Value {
    serde_json::from_str(&stdout(folder, line)).unwrap()
}

/// The exit code and the message.
pub(crate) fn fail(folder: &Path, line: &str) -> (i32, String) {
    let output = run(folder, line);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.starts_with("error: "), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    (output.status.code().unwrap(), message)
}

pub(crate) fn c02() -> String {
    format!("--codes {CASES}/c02_noisy.npz")
}

pub(crate) fn save(
    folder: &Path,
    name: &str,
    codes: &Array2<f32>,
    factors: &Array2<u32>,
) -> PathBuf {
    let path = folder.join(name);
    write(
        &path,
        &[("codes", codes.into()), ("factors", factors.into())],
    )
    .unwrap();
    path
}

#[test]
fn every_format_gives_the_same_scores() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::load("c02_noisy");
    let expected = json(folder.path(), &format!("{} --metrics mig,mcc", c02()));
    assert!(
        (expected["metrics"]["mig"]["score"].as_f64().unwrap() - 0.8980148826253348).abs() < 1e-9
    );
    for name in ["a.npz", "a.csv", "a.tsv", "a.safetensors"] {
        save(folder.path(), name, &case.codes, &case.factors);
        let found = json(folder.path(), &format!("--codes {name} --metrics mig,mcc"));
        assert_eq!(found["metrics"], expected["metrics"], "{name}");
    }
    for (name, array) in [
        ("codes.npy", (&case.codes).into()),
        ("factors.npy", (&case.factors).into()),
    ] {
        write(&folder.path().join(name), &[("", array)]).unwrap();
    }
    let found = json(
        folder.path(),
        "--codes codes.npy --factors factors.npy --metrics mig,mcc",
    );
    assert_eq!(found["metrics"], expected["metrics"]);
}

#[test]
fn a_csv_keeps_its_names_and_words_are_classes() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "z0,z1,color,size\n".to_owned();
    for row in 0..60 {
        let color = ["red", "green", "blue"][row % 3];
        text += &format!("{},{},{color},{}\n", row % 3, row % 4 * 2, row % 4);
    }
    std::fs::write(folder.path().join("t.csv"), &text).unwrap();
    let line = "--codes t.csv:z0,z1 --factors t.csv:color,size --metrics mig";
    let found = json(folder.path(), line);
    assert_eq!(
        found["input"]["factor_names"],
        serde_json::json!(["color", "size"])
    );
    assert_eq!(found["input"]["factor_sizes"], serde_json::json!([3, 4]));
    assert!(found["metrics"]["mig"]["score"].as_f64().unwrap() > 0.999);
    let (code, message) = fail(folder.path(), "--codes t.csv:z0,color --factors t.csv:size");
    assert_eq!(code, 2);
    assert!(message.contains("column `color` holds words"), "{message}");
}

#[test]
fn words_of_test_rows_are_the_same_classes() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |words: &[&str]| {
        let row = |i: usize| format!("{},{}\n", i % words.len(), words[i % words.len()]);
        "z,color\n".to_owned() + &(0..40).map(row).collect::<String>()
    };
    std::fs::write(folder.path().join("a.csv"), rows(&["a", "c"])).unwrap();
    std::fs::write(folder.path().join("b.csv"), rows(&["b", "c"])).unwrap();
    let line = "--codes a.csv:z --factors a.csv:color --codes-test b.csv:z --factors-test b.csv:color --metrics snc";
    let found = json(folder.path(), line);
    // `b` is no class that was learned, `c` is read from the same code.
    assert_eq!(found["metrics"]["snc"]["score"], 0.5);
    assert_eq!(found["input"]["factor_sizes"], serde_json::json!([3]));
}

#[test]
fn the_layouts_are_json_table_csv_and_flat_keys() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{} --metrics mig", c02());
    assert!(
        stdout(folder.path(), &format!("{line} --format table")).starts_with("protocol dlib v1")
    );
    assert!(stdout(folder.path(), &format!("{line} --format csv")).contains("\nmig,score,,,0.898"));
    let flat = json(folder.path(), &format!("{line} --format dlib"));
    assert!(flat["evaluation_results.discrete_mig"].is_number());
    let table = stdout(folder.path(), &format!("{line} --out scores.json"));
    assert!(table.starts_with("protocol dlib v1"), "{table}");
    let written = std::fs::read_to_string(folder.path().join("scores.json")).unwrap();
    assert_eq!(
        written,
        stdout(folder.path(), &format!("{line} --format json"))
    );
    let quiet = stdout(
        folder.path(),
        &format!("{line} --out scores.csv --quiet --no-progress"),
    );
    assert_eq!(quiet, "");
    assert!(
        std::fs::read_to_string(folder.path().join("scores.csv"))
            .unwrap()
            .starts_with("metric,key")
    );
}

#[test]
fn options_change_the_protocol_and_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!(
        "{} --metrics mig,rmig --set bins=10 --set rmig.limit=2.5 --strict --seed 4 --threads 1",
        c02()
    );
    let found = json(folder.path(), &line);
    let protocol = &found["protocol"];
    assert_eq!(protocol["bins"], 10);
    assert_eq!(protocol["rmig"]["limit"], 2.5);
    assert_eq!(protocol["strict"], true);
    assert_eq!(protocol["seed"], 4);
}

#[test]
fn an_interval_surrounds_its_score() {
    let folder = tempfile::tempdir().unwrap();
    let found = json(
        folder.path(),
        &format!("{} --metrics mig --bootstrap 20", c02()),
    );
    let mig = &found["metrics"]["mig"];
    let score = mig["score"].as_f64().unwrap();
    let interval: [f64; 2] = serde_json::from_value(mig["interval"].clone()).unwrap();
    assert!(
        interval[0] < interval[1] && interval[1] - interval[0] < 0.05,
        "{interval:?}"
    );
    assert!((score - interval[0]).abs() < 0.05, "{score} {interval:?}");
    assert_eq!(found["protocol"]["bootstrap"], 20);
}

#[test]
fn continuous_factors_are_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::load("c02_noisy");
    let factors = Array2::from_shape_fn((5000, 2), |(i, k)| case.codes[[i, k]] * 2.0 + 1.0);
    let path = folder.path().join("a.npz");
    write(
        &path,
        &[
            ("codes", (&case.codes).into()),
            ("factors", (&factors).into()),
        ],
    )
    .unwrap();
    let found = json(folder.path(), "--codes a.npz --metrics mig,mcc");
    let error = found["metrics"]["mig"]["error"].as_str().unwrap();
    assert!(
        error.contains("`factor_0` is continuous") && error.contains("--discretize-factors"),
        "{error}"
    );
    assert!(found["metrics"]["mcc"]["score"].as_f64().unwrap() > 0.999_99);
    assert_eq!(
        found["input"]["continuous_factors"],
        serde_json::json!(["factor_0", "factor_1"])
    );
    let found = json(
        folder.path(),
        "--codes a.npz --metrics mig --discretize-factors 10",
    );
    assert!(found["metrics"]["mig"]["score"].as_f64().unwrap() > 0.8);
    assert_eq!(found["input"]["factor_sizes"], serde_json::json!([10, 10]));
}

#[test]
fn codes_alone_are_scored_by_what_needs_no_factors() {
    let folder = tempfile::tempdir().unwrap();
    let codes = Case::load("c02_noisy").codes;
    write(&folder.path().join("a.npy"), &[("", (&codes).into())]).unwrap();
    let found = json(
        folder.path(),
        "--codes a.npy --metrics mig,factorized_support",
    );
    assert_eq!(
        found["metrics"]["mig"]["error"],
        "needs factors, and the table has none"
    );
    assert!(found["metrics"]["factorized_support"]["score"].is_number());
}

#[test]
fn test_arrays_are_tested_on() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::load("c02_noisy");
    let half = |range: std::ops::Range<usize>, name: &str| {
        let codes = case.codes.slice(s![range.clone(), ..]).to_owned();
        let factors = case.factors.slice(s![range, ..]).to_owned();
        save(folder.path(), name, &codes, &factors);
    };
    half(0..4500, "train.npz");
    half(4500..5000, "test.npz");
    let line = "--codes train.npz --factors train.npz --codes-test test.npz --factors-test test.npz --metrics snc";
    let apart = json(folder.path(), line);
    let whole = json(folder.path(), &format!("{} --metrics snc", c02()));
    assert_eq!(
        apart["metrics"]["snc"]["score"],
        whole["metrics"]["snc"]["score"]
    );
    assert_eq!(case.codes.len_of(Axis(0)), 5000);
}

#[test]
fn bad_usage_is_exit_code_two() {
    let folder = tempfile::tempdir().unwrap();
    for (options, expected) in [
        ("--metrics migg", "unknown metric `migg`"),
        ("--preset slow", "unknown preset `slow`"),
        ("--set bins=0", "must lie between 1 and 4096"),
        ("--set mig.bins=3", "unknown field `bins`"),
        ("--metrics mig,mig", "listed twice"),
        ("--bootstrap 1", "one resampling has no spread"),
        ("--codes-test a.npy", "--factors-test"),
        ("--threads 0", "invalid value '0'"),
        ("--nonsense", "unexpected argument"),
    ] {
        let (code, message) = fail(folder.path(), &format!("{} {options}", c02()));
        assert!(
            code == 2 && message.contains(expected),
            "{options}: {code} {message}"
        );
    }
}

#[test]
fn what_cannot_be_read_or_scored_is_exit_code_one() {
    let folder = tempfile::tempdir().unwrap();
    let case = Case::load("c02_noisy");
    save(folder.path(), "a.npz", &case.codes, &case.factors);
    save(
        folder.path(),
        "short.npz",
        &case.codes.slice(s![..9, ..]).to_owned(),
        &case.factors.slice(s![..9, ..]).to_owned(),
    );
    for (line, expected) in [
        ("--codes none.npz", "none.npz"),
        (
            "--codes a.npz --factors short.npz",
            "5000 rows of codes but 9 rows of factors",
        ),
        (
            "--codes a.npz:z",
            "holds no array `z`, available: codes, factors",
        ),
        ("--codes a.pkl", "unknown array file extension `pkl`"),
        (
            "--codes a.npz --out none/scores.json --metrics mig",
            "none/scores.json",
        ),
    ] {
        let (code, message) = fail(folder.path(), line);
        assert!(
            code == 1 && message.contains(expected),
            "{line}: {code} {message}"
        );
    }
}

#[test]
fn without_any_score_the_exit_code_is_one_and_the_reasons_are_there() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("a.npy"),
        &[("", (&Array2::<f32>::zeros((9, 2))).into())],
    )
    .unwrap();
    let output = run(folder.path(), "--codes a.npy --metrics mig");
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["metrics"]["mig"]["score"], Value::Null);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("no metric could be computed: mig: needs factors"),
        "{message}"
    );
}

#[test]
fn the_help_shows_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = stdout(folder.path(), "--help");
    assert!(
        help.contains("metrics --codes codes.npy --factors factors.npy"),
        "{help}"
    );
}

#[test]
fn matrices_are_drawn_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("{} --metrics mig,unsupervised --heat-maps maps", c02());
    json(folder.path(), &line);
    json(folder.path(), &format!("{line} --heat-map-format svg"));
    let maps = folder.path().join("maps");
    let mut names: Vec<_> = std::fs::read_dir(&maps)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    let expected = [
        "mig-mutual_information",
        "unsupervised-code_mutual_information",
    ];
    let expected = expected.map(|name| [format!("{name}.png"), format!("{name}.svg")]);
    assert_eq!(names, expected.concat());
    let png = std::fs::read(maps.join("mig-mutual_information.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let svg = |name: &str| std::fs::read_to_string(maps.join(name)).unwrap();
    // Rows are codes, columns factors, or codes where factors are not needed.
    assert!(svg("mig-mutual_information.svg").contains("factor_3"));
    assert!(!svg("unsupervised-code_mutual_information.svg").contains("factor_"));
    let (code, message) = fail(folder.path(), &format!("{} --heat-map-format svg", c02()));
    assert_eq!(code, 2, "{message}");
}
