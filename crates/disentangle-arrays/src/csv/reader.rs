//! The second pass over a table: the values of some of its columns.

use std::collections::BTreeMap;
use std::fs::File;

use csv::StringRecord;
use ndarray::Array2;

use super::layout::{Layout, number};
use crate::array::Array;
use crate::error::Error;

/// Reads columns as `[rows, columns]`: integers as `i64` if all values are, else `f64`.
pub(super) fn read(
    file: File,
    separator: u8,
    layout: &Layout,
    columns: &[usize],
) -> Result<Array, Error> {
    let class_of: Vec<_> = columns
        .iter()
        .map(|&column| classes(layout, column))
        .collect();
    let mut values = Vec::new();
    let mut table = super::rows(file, separator);
    let mut record = StringRecord::new();
    let mut skip = layout.header;
    while table.read_record(&mut record)? {
        if std::mem::take(&mut skip) {
            continue;
        }
        for (&column, class_of) in columns.iter().zip(&class_of) {
            let cell = record.get(column).unwrap_or_default();
            let value = match class_of {
                Some(class_of) => class_of.get(cell).copied(),
                None => number(cell),
            };
            // Only a file that changes between the two passes can get here.
            values.push(value.ok_or_else(|| changed(&record))?);
        }
    }
    let rows = values.len() / columns.len().max(1);
    if rows != layout.rows {
        return Err(changed(&record));
    }
    let values =
        Array2::from_shape_vec((rows, columns.len()), values).map_err(|_| changed(&record))?;
    let array = Array::from(values);
    // A float beyond 2⁵³ is an integer by accident.
    let exact = |value: &f64| value.abs() <= 9_007_199_254_740_992.0;
    match &array {
        Array::F64(values) if values.iter().all(exact) => {
            Ok(array.to_i64().map(Array::I64).unwrap_or(array))
        }
        _ => Ok(array),
    }
}

fn classes(layout: &Layout, column: usize) -> Option<BTreeMap<String, f64>> {
    let column = layout.columns[column].describe();
    let numbered = |(class, word): (usize, String)| (word, class as f64);
    column.is_text().then(|| {
        column
            .classes
            .into_iter()
            .enumerate()
            .map(numbered)
            .collect()
    })
}

fn changed(record: &StringRecord) -> Error {
    Error::Text {
        line: record.position().map_or(0, csv::Position::line),
        problem: "the file changed while it was read".to_owned(),
    }
}
