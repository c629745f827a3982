//! Safetensors files: as the official crate writes them, and as liars do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, Error, open, read, write};
use ndarray::{Array2, array};

use super::allocation::peak_of;

const SMALL: usize = 1 << 20;

fn file(folder: &Path, header: &str, data: &[u8]) -> PathBuf {
    let path = folder.join("a.safetensors");
    let length = (header.len() as u64).to_le_bytes();
    fs::write(&path, [&length, header.as_bytes(), data].concat()).unwrap();
    path
}

fn refuse(header: &str, data: &[u8]) -> Error {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), header, data);
    let (result, peak) = peak_of(|| read(&path, None));
    assert!(peak < SMALL, "{peak} bytes");
    result.unwrap_err()
}

#[test]
fn arrays_are_read_by_name_and_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let codes = Array2::from_shape_fn((300, 3), |(i, j)| i as f32 - j as f32 / 3.0);
    let (factors, flags) = (array![[1u32], [2]], array![true, false]);
    let arrays = [
        ("codes", (&codes).into()),
        ("factors", (&factors).into()),
        ("flags", (&flags).into()),
    ];
    write(&path, &arrays).unwrap();
    let mut source = open(&path).unwrap();
    assert_eq!(source.names(), ["codes", "factors", "flags"]);
    assert_eq!(source.read("flags").unwrap(), flags.into());
    assert_eq!(source.read("codes").unwrap(), codes.into());
    assert_eq!(source.read("factors").unwrap(), factors.into());
    let message = read(&path, Some("z")).unwrap_err().to_string();
    assert!(
        message.contains("no array `z`, available: codes, factors, flags"),
        "{message}"
    );
}

#[test]
fn files_of_the_official_crate_are_read_and_it_reads_ours() {
    use safetensors::tensor::TensorView;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let halves = [0x00u8, 0x3c, 0x00, 0xc0];
    let view = TensorView::new(safetensors::Dtype::F16, vec![2, 1], &halves).unwrap();
    let metadata = [("format".to_owned(), "pt".to_owned())]
        .into_iter()
        .collect();
    let bytes = safetensors::serialize(BTreeMap::from([("h", view)]), Some(metadata)).unwrap();
    fs::write(&path, bytes).unwrap();
    assert_eq!(
        read(&path, None).unwrap(),
        Array::from(array![[1.0f32], [-2.0]])
    );

    write(&path, &[("x", (&array![[1i64, -2]]).into())]).unwrap();
    let bytes = fs::read(&path).unwrap();
    let ours = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(ours.tensor("x").unwrap().shape(), [1, 2]);
}

#[test]
fn lies_are_one_error_and_cost_nothing() {
    let array = |offsets: &str, shape: &str| {
        format!(r#"{{"a":{{"dtype":"U8","shape":{shape},"data_offsets":{offsets}}}}}"#)
    };
    let huge = array("[0,1125899906842624]", "[1125899906842624]");
    let error = refuse(&huge, &[0; 10]);
    assert!(matches!(error.cause(), Error::Truncated { .. }), "{error}");
    let error = refuse(&array("[0,2]", "[2]"), &[0; 3]);
    assert!(
        matches!(error.cause(), Error::TrailingBytes { expected: 2 }),
        "{error}"
    );
    for header in [
        array("[0,2]", "[3]"),
        array("[1,3]", "[2]"),
        array("[2,0]", "[2]"),
        array("[0,0]", "[4294967296,4294967296,4294967296]"),
        "{}}".to_owned(),
        "[".repeat(100_000),
    ] {
        let error = refuse(&header, &[0; 3]);
        assert!(matches!(error.cause(), Error::BadSafetensors(_)), "{error}");
    }
}

#[test]
fn a_header_longer_than_the_file_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    for (length, expected) in [(u64::MAX, "claimed"), (90_000_000, "the header")] {
        fs::write(&path, [length.to_le_bytes(), *b"12345678"].concat()).unwrap();
        let (result, peak) = peak_of(|| read(&path, None));
        let message = result.unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(peak < SMALL, "{peak} bytes");
    }
    fs::write(&path, b"123").unwrap();
    assert!(read(&path, None).is_err());
}

#[test]
fn what_is_not_read_is_named() {
    let header = r#"{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#;
    let message = refuse(header, &[0; 2]).to_string();
    assert!(
        message.contains("BF16") && message.contains("save it as F32"),
        "{message}"
    );
}
