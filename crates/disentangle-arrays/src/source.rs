//! Files that hold named arrays, by extension.
//!
//! A format is one file with a [`Format`] constant, and two lines here: its `use` and its entry in
//! [`FORMATS`].

use std::fs::File;
use std::path::Path;

use crate::array::{Array, ArrayView};
use crate::atomic;
use crate::column::Column;
use crate::error::{Error, place};
use crate::{csv, h5, mat, npy, npz, safetensors};

/// A file that holds arrays under names.
///
/// An `npy` file holds one array, and its name is empty; so does a `csv` file, whose columns have names.
pub trait ArraySource {
    /// Returns the names, in the order of the file.
    fn names(&self) -> Vec<String>;

    /// Reads one array; memory grows with the bytes that arrive, not with what a header claims.
    ///
    /// # Errors
    /// If there is no array of this name, or the file is broken.
    fn read(&mut self, name: &str) -> Result<Array, Error>;

    /// Returns what the file says of the columns of an array; nothing where the format names none.
    ///
    /// # Errors
    /// If there is no array of this name.
    fn columns(&self, name: &str) -> Result<Vec<Column>, Error> {
        let _ = name;
        Ok(Vec::new())
    }
}

/// What a file format can do.
pub(crate) struct Format {
    /// Lower-case extensions, without the dot.
    pub(crate) extensions: &'static [&'static str],
    /// Opens a file for reading.
    pub(crate) open: fn(&Path) -> Result<Box<dyn ArraySource>, Error>,
    /// Writes arrays to an empty file.
    pub(crate) write: Writer,
}

type Writer = fn(&mut File, &[(&str, ArrayView<'_>)]) -> Result<(), Error>;

const FORMATS: &[Format] = &[
    npy::FORMAT,
    npz::FORMAT,
    h5::FORMAT,
    mat::FORMAT,
    csv::CSV,
    csv::TSV,
    safetensors::FORMAT,
];

/// Opens an array file; the extension decides the format.
///
/// # Errors
/// If the extension is unknown, or the file cannot be opened or is broken.
pub fn open(path: &Path) -> Result<Box<dyn ArraySource>, Error> {
    (format_of(path)?.open)(path)
}

/// Reads an array file; `name` may be left out where the file holds a single array.
///
/// # Errors
/// If the file cannot be read or is broken, or there is no array of the name.
pub fn read(path: &Path, name: Option<&str>) -> Result<Array, Error> {
    crate::Locator {
        path: path.to_owned(),
        name: name.map(str::to_owned),
    }
    .read(&[])
}

/// Writes arrays to a file, whole or not at all: a temporary file beside it is synced and renamed.
///
/// Equal arrays make equal bytes. The extension decides the format; an `npy` file takes one array,
/// whose name is dropped; the arrays of an `npz` file are deflated; those of a `csv` or `tsv` file stand
/// beside each other as columns `name_0`, `name_1`, ….
///
/// # Errors
/// If the format cannot hold the arrays, or the file cannot be written.
pub fn write(path: &Path, arrays: &[(&str, ArrayView<'_>)]) -> Result<(), Error> {
    let format = format_of(path)?;
    atomic::write(path, |file| (format.write)(file, arrays))
        .map_err(|error| error.at(place(path, "")))
}

/// Tells whether some format has the extension of `path`.
pub(crate) fn is_known(path: &Path) -> bool {
    format_of(path).is_ok()
}

/// Opens a file for reading, with its length; a directory is refused here, since reading one fails late.
pub(crate) fn open_file(path: &Path) -> Result<(File, u64), Error> {
    let open = || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(Error::Directory);
        }
        Ok((file, metadata.len()))
    };
    open().map_err(|error| error.at(place(path, "")))
}

fn format_of(path: &Path) -> Result<&'static Format, Error> {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    FORMATS
        .iter()
        .find(|format| format.extensions.contains(&extension.as_str()))
        .ok_or_else(|| {
            let known: Vec<_> = FORMATS
                .iter()
                .flat_map(|format| format.extensions)
                .copied()
                .collect();
            Error::UnknownFormat {
                found: extension,
                known: known.join(", "),
            }
            .at(place(path, ""))
        })
}
