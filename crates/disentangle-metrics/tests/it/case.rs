//! Loads golden cases; origin in `fixtures/golden/metrics/README.md`.

use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, read};
use disentangle_metrics::Table;
use ndarray::{Array1, Array2, Ix1, Ix2};
use serde_json::Value;

pub(crate) const CASES: [&str; 6] = [
    "c01_identity",
    "c02_noisy",
    "c04_mlp",
    "c05_redundant",
    "c06_noise",
    "c11_constant_factor",
];

/// The arrays of a case and the original's values for them.
pub(crate) struct Case {
    pub(crate) codes: Array2<f32>,
    pub(crate) factors: Array2<u32>,
    pub(crate) expected: Value,
    path: PathBuf,
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/golden/metrics");

/// The original's values for a case.
pub(crate) fn expected(name: &str) -> Value {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    expected[name].clone()
}

impl Case {
    pub(crate) fn load(name: &str) -> Self {
        let path = Path::new(FOLDER).join(name).with_extension("npz");
        let table = Table::from_arrays(
            &read(&path, Some("codes")).unwrap(),
            &read(&path, Some("factors")).unwrap(),
        )
        .unwrap();
        Self {
            codes: table.codes().to_owned(),
            factors: table.factors().to_owned(),
            expected: expected(name),
            path,
        }
    }

    pub(crate) fn table(&self) -> Table {
        Table::new(self.codes.clone(), self.factors.clone()).unwrap()
    }

    /// The table with the case's test rows.
    pub(crate) fn with_test(&self) -> Table {
        let test = Table::from_arrays(&self.array("codes_test"), &self.array("factors_test"));
        self.table().with_test(test.unwrap()).unwrap()
    }

    pub(crate) fn array(&self, name: &str) -> Array {
        read(&self.path, Some(name)).unwrap()
    }

    pub(crate) fn matrix(&self, name: &str) -> Array2<f64> {
        self.array(name)
            .to_f64()
            .into_dimensionality::<Ix2>()
            .unwrap()
    }

    pub(crate) fn indices(&self, name: &str) -> Array1<usize> {
        let integers = self.array(name).to_i64().unwrap();
        integers
            .mapv(|i| i as usize)
            .into_dimensionality::<Ix1>()
            .unwrap()
    }
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_f64().unwrap())
        .collect()
}

pub(crate) fn indices(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|x| x as usize).collect()
}

/// The entries of a matrix, row by row.
pub(crate) fn flat(matrix: &Value) -> Vec<f64> {
    matrix
        .as_array()
        .unwrap()
        .iter()
        .flat_map(numbers)
        .collect()
}

/// Asserts that all entries differ by at most `tolerance`.
pub(crate) fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (found - expected).abs() <= tolerance,
            "{what}: {found} but {expected} expected"
        );
    }
}
