//! Writes arrays as columns of one table.

use std::fs::File;
use std::io::{BufWriter, Write};

use crate::array::ArrayView;
use crate::error::Error;

/// Writes arrays of the same rows beside each other, under a header: a matrix `z` as `z_0`, `z_1`, …, a
/// vector under its own name. Numbers are spelled so that reading gives the same number again.
pub(super) fn write(
    file: &mut File,
    arrays: &[(&str, ArrayView<'_>)],
    separator: u8,
) -> Result<(), Error> {
    let rows = check(arrays)?;
    let mut table = csv::WriterBuilder::new()
        .delimiter(separator)
        .from_writer(BufWriter::new(file));
    let mut cells = Vec::new();
    for (name, array) in arrays {
        match array.shape() {
            [_] => cells.push((*name).to_owned()),
            shape => cells.extend((0..shape[1]).map(|column| format!("{name}_{column}"))),
        }
    }
    table.write_record(&cells)?;
    for row in 0..rows {
        cells.clear();
        for (_, array) in arrays {
            array.row_text(row, &mut cells);
        }
        table.write_record(&cells)?;
    }
    Ok(table
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?
        .flush()?)
}

fn check(arrays: &[(&str, ArrayView<'_>)]) -> Result<usize, Error> {
    let refuse = |why: String| Err(Error::Unwritable(why));
    let Some((_, first)) = arrays.first() else {
        return refuse("a table needs an array".to_owned());
    };
    let rows = first.shape().first().copied().unwrap_or_default();
    for (position, (name, array)) in arrays.iter().enumerate() {
        let shape = array.shape();
        let is_table = match shape {
            [_] => true,
            [_, columns] => *columns > 0,
            _ => false,
        };
        if !is_table || name.is_empty() {
            return refuse(format!(
                "a table holds named arrays of one or two axes with columns, `{name}` has shape {shape:?}; use npz"
            ));
        }
        if shape[0] != rows {
            return refuse(format!(
                "the arrays of a table have equal numbers of rows, `{name}` has {}, not {rows}",
                shape[0]
            ));
        }
        if arrays[..position].iter().any(|(other, _)| other == name) {
            return refuse(format!("two arrays are called `{name}`"));
        }
    }
    Ok(rows)
}
