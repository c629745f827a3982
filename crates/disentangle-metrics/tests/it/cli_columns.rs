//! The binary from outside: which columns are what, and what they are called.

use std::path::Path;

use disentangle_arrays::write;
use ndarray::{Array2, s};

use super::case::Case;
use super::cli::{c02, fail, json, save};

/// Codes and factors as `disentangle encode` writes them into a table of text.
fn table_of_text(folder: &Path) -> String {
    let case = Case::load("c02_noisy");
    let (codes, factors) = (
        case.codes.slice(s![..200, ..2]),
        case.factors.slice(s![..200, ..]),
    );
    let codes = codes.to_owned();
    let [shape, scale] = [0, 1].map(|k| factors.column(k).to_owned());
    let arrays = [
        ("z", (&codes).into()),
        ("shape", (&shape).into()),
        ("scale", (&scale).into()),
    ];
    write(&folder.join("table.csv"), &arrays).unwrap();
    "table.csv".to_owned()
}

#[test]
fn columns_of_codes_and_the_others_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let table = table_of_text(folder.path());
    let named = format!("--codes {table}:z --factors {table}:shape,scale --metrics mig");
    let expected = json(folder.path(), &named);
    assert_eq!(
        expected["input"]["factor_names"],
        serde_json::json!(["shape", "scale"])
    );
    assert_eq!(expected["input"]["codes"], 2);
    assert_eq!(
        json(folder.path(), &format!("--codes {table} --metrics mig")),
        expected
    );
    let one = format!("--codes {table} --factors {table}:scale --metrics mig");
    assert_eq!(json(folder.path(), &one)["input"]["codes"], 2);
}

#[test]
fn names_beside_a_file_are_used_in_warnings_and_reasons() {
    let folder = tempfile::tempdir().unwrap();
    // The first factor is constant where rows train.
    let factors = Array2::from_shape_fn((40, 2), |(row, k)| match k {
        0 => u32::from(row >= 36),
        _ => row as u32 % 4,
    });
    let path = save(
        folder.path(),
        "both.npz",
        &factors.mapv(|class| class as f32),
        &factors,
    );
    let names = ["shape", "scale"].map(str::to_owned);
    disentangle_arrays::write_names(&path, &[("factors", &names)]).unwrap();
    let scores = json(folder.path(), "--codes both.npz --metrics dci,mig");
    let reason = scores["metrics"]["dci"]["error"].as_str().unwrap();
    assert!(
        reason.contains("factor `shape` has a single class"),
        "{reason}"
    );
    let warnings = scores["warnings"].to_string();
    assert!(
        warnings.contains("`shape`") && !warnings.contains("factor_0"),
        "{warnings}"
    );
}

#[test]
fn a_misspelt_metric_is_recognized() {
    let folder = tempfile::tempdir().unwrap();
    let (code, message) = fail(folder.path(), &format!("{} --metrics mgi", c02()));
    assert_eq!(code, 2);
    assert!(
        message.trim_end().ends_with("did you mean `mig`?"),
        "{message}"
    );
}

#[test]
fn a_random_tenth_tests_if_asked() {
    let folder = tempfile::tempdir().unwrap();
    let scores = json(
        folder.path(),
        &format!("{} --metrics snc --set split=shuffle", c02()),
    );
    assert_eq!(scores["protocol"]["split"], "shuffle");
    let (code, message) = fail(folder.path(), &format!("{} --set split=random", c02()));
    assert_eq!(code, 2);
    assert!(
        message.contains("expected `head` or `shuffle`"),
        "{message}"
    );
}
