//! The names of an array's columns, for formats that have no place for them: a file of text beside it.
//!
//! `codes.npz` has its names in `codes.names.json`: an object with a list for each array that has names, as in
//! `{"factors": ["shape", "scale"]}`. An `npy` file holds one array, so its file of names has one list.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::atomic;
use crate::column::Column;
use crate::error::{Error, place};

/// Writes the names of the columns of arrays beside the file that holds them.
///
/// # Errors
/// If the file cannot be written.
pub fn write_names(path: &Path, arrays: &[(&str, &[String])]) -> Result<(), Error> {
    let names: BTreeMap<_, _> = arrays.iter().copied().collect();
    let beside = beside(path);
    let text = serde_json::to_string(&names).map_err(|error| Error::Unwritable(error.to_string()));
    atomic::write(&beside, |file| Ok(writeln!(file, "{}", text?)?))
        .map_err(|error| error.at(place(&beside, "")))
}

/// Reads the names of an array's columns; nothing if there are none beside the file.
pub(crate) fn read(path: &Path, array: &str, columns: usize) -> Result<Vec<Column>, Error> {
    let beside = beside(path);
    let text = match std::fs::read_to_string(&beside) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| Error::from(error).at(place(&beside, "")))?,
    };
    let refuse = |problem: String| Error::Names(problem).at(place(&beside, ""));
    let mut lists: BTreeMap<String, Vec<String>> =
        serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))?;
    let list = match lists.remove(array) {
        None if array.is_empty() && lists.len() == 1 => lists.into_values().next(),
        list => list,
    };
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    if list.len() != columns {
        let found = list.len();
        return Err(refuse(format!(
            "{found} names for the {columns} columns in {}: correct or remove this file",
            path.display()
        )));
    }
    let named = |name| Column {
        name: Some(name),
        classes: Vec::new(),
    };
    Ok(list.into_iter().map(named).collect())
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("names.json")
}
