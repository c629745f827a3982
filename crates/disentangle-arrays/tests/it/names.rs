//! Names of columns beside files that have no place for them.

use std::path::Path;

use disentangle_arrays::{ArrayView, Locator, write, write_names};
use ndarray::{Array2, array};

fn save(path: &Path) -> Array2<u32> {
    let factors = array![[0u32, 1], [2, 3]];
    let codes = array![[0.5f32], [1.0]];
    let arrays: &[(&str, ArrayView<'_>)] = match path.extension().unwrap() == "npy" {
        true => &[("", (&factors).into())],
        false => &[("codes", (&codes).into()), ("factors", (&factors).into())],
    };
    write(path, arrays).unwrap();
    factors
}

fn names(path: &Path, name: Option<&str>) -> Result<Vec<String>, String> {
    let locator = Locator {
        path: path.to_owned(),
        name: name.map(str::to_owned),
    };
    let (_, columns) = locator.read_table(&[]).map_err(|error| error.to_string())?;
    Ok(columns
        .into_iter()
        .map(|column| column.name.unwrap())
        .collect())
}

#[test]
fn names_come_back_with_their_array() {
    let folder = tempfile::tempdir().unwrap();
    let written = ["shape".to_owned(), "scale".to_owned()];
    for (file, name) in [
        ("both.npz", Some("factors")),
        ("both.safetensors", Some("factors")),
        ("factors.npy", None),
    ] {
        let path = folder.path().join(file);
        save(&path);
        let _ = std::fs::remove_file(path.with_extension("names.json"));
        assert_eq!(names(&path, name), Ok(Vec::new()));
        write_names(&path, &[("factors", &written)]).unwrap();
        assert_eq!(names(&path, name).unwrap(), written);
    }
    let codes = names(&folder.path().join("both.npz"), Some("codes"));
    assert_eq!(codes, Ok(Vec::new()));
}

#[test]
fn names_of_other_columns_are_refused_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("factors.npy");
    save(&path);
    write_names(&path, &[("factors", &["shape".to_owned()])]).unwrap();
    let message = names(&path, None).unwrap_err();
    assert!(message.contains("factors.names.json"), "{message}");
    assert!(message.contains("1 names for the 2 columns"), "{message}");
    std::fs::write(path.with_extension("names.json"), "[1]").unwrap();
    let message = names(&path, None).unwrap_err();
    assert!(message.contains("broken names of columns"), "{message}");
}
