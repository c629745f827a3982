//! What `eval`, `encode` and `metrics` make of one run.

use std::path::Path;

use super::{SMALL, disentangle, preset, stderr, succeed};

/// Trains for 20 steps, with a checkpoint at the tenth and two scores at the end.
fn train(folder: &Path) {
    let config = preset("quickstart");
    let own = [
        "--set",
        "eval.metrics=[sap, mig]",
        "--set",
        "checkpoint={every: 10, keep: 9}",
    ];
    let run = ["train", config.as_str(), "--run", "run"];
    succeed(folder, &[&run[..], &SMALL[..], &own[..]].concat());
}

fn text(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("run/metrics.json")).unwrap()
}

fn scores(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&text(folder)).unwrap()
}

/// Measures again; returns what standard error says, without the time.
fn eval(folder: &Path, args: &[&str]) -> (String, String) {
    let output = disentangle(folder, &[&["eval", "run", "--no-progress"], args].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        stderr(&output),
    )
}

#[test]
fn scores_of_a_run_add_up_unless_codes_or_protocol_differ() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train(folder);
    let trained = text(folder);
    let (_, told) = eval(folder, &["--metrics", "sap"]);
    assert!(
        told.contains("keeps its scores of 1 other metrics"),
        "{told}"
    );
    assert_eq!(text(folder), trained);
    eval(folder, &["--metrics", "irs"]);
    let kinds = |scores: &serde_json::Value| {
        let metrics = scores["metrics"].as_object().unwrap();
        metrics.keys().cloned().collect::<Vec<_>>().join(",")
    };
    assert_eq!(kinds(&scores(folder)), "irs,mig,sap");

    let (table, told) = eval(folder, &["--metrics", "mig", "--bootstrap", "4"]);
    assert!(table.contains("interval"), "{table}");
    assert!(
        told.contains("replaced: the older scores are by another protocol (bootstrap 0, not 4)"),
        "{told}"
    );
    let found = scores(folder);
    assert_eq!(kinds(&found), "mig");
    assert!(found["metrics"]["mig"]["interval"][1].is_number());
    succeed(folder, &["report", "run"]);
    let page = std::fs::read_to_string(folder.join("run/report.html")).unwrap();
    let low = found["metrics"]["mig"]["interval"][0].as_f64().unwrap();
    assert!(
        page.contains(&format!("{low:.3}")),
        "no interval in the report"
    );

    let again = ["--metrics", "sap", "--bootstrap", "4", "--checkpoint", "10"];
    let (_, told) = eval(folder, &again);
    assert!(
        told.contains("replaced: the older scores are of other codes or factors"),
        "{told}"
    );
    assert_eq!(kinds(&scores(folder)), "sap");
}

#[test]
fn encoded_tables_have_names_and_are_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    train(folder);
    let read = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&succeed(folder, &[&["metrics"], args].concat())).unwrap()
    };
    succeed(folder, &["encode", "run", "--out", "table.csv"]);
    let header = std::fs::read_to_string(folder.join("table.csv")).unwrap();
    let header = header.lines().next().unwrap().to_owned();
    assert_eq!(header, "z_0,z_1,z_2,z_3,z_4,z_5,shape,posX,posY");
    let of_text = read(&[
        "--codes",
        "table.csv:z",
        "--factors",
        "table.csv:shape,posX",
        "--metrics",
        "sap",
    ]);
    assert_eq!(
        of_text["input"]["factor_names"],
        serde_json::json!(["shape", "posX"])
    );
    let warnings = of_text["warnings"].to_string();
    assert!(
        warnings.contains("test only 1 of 3 values of factor `shape`: they look sorted"),
        "{warnings}"
    );

    succeed(folder, &["encode", "run", "--out", "codes.npz"]);
    let whole = read(&["--codes", "table.csv", "--metrics", "mig"]);
    assert_eq!(read(&["--codes", "codes.npz", "--metrics", "mig"]), whole);
    let files = [
        "--codes",
        "run/encodings/codes.npy",
        "--factors",
        "run/encodings/factors.npy",
    ];
    assert_eq!(read(&[&files[..], &["--metrics", "mig"]].concat()), whole);
}
