//! The npy format: a magic, a header, and the elements.
//!
//! NumPy's `numpy/lib/_format_impl.py` is the definition. Pickled objects are never loaded.

mod descr;
mod header;
mod literal;
mod reader;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

pub use header::NpyHeader;
pub(crate) use header::show;
pub use reader::NpyReader;

use crate::array::{Array, ArrayView};
use crate::error::{Error, place};
use crate::source::{ArraySource, Format};

pub(crate) const FORMAT: Format = Format {
    extensions: &["npy"],
    open: |path| {
        Ok(Box::new(NpyFile {
            array: Some(NpyReader::open(path)?),
            path: path.into(),
        }))
    },
    write: write_file,
};

/// The one array of an npy file; opened again for a second reading.
struct NpyFile {
    path: std::path::PathBuf,
    array: Option<NpyReader<File>>,
}

impl ArraySource for NpyFile {
    fn names(&self) -> Vec<String> {
        vec![String::new()]
    }

    fn read(&mut self, name: &str) -> Result<Array, Error> {
        let at = |error: Error| error.at(place(&self.path, ""));
        if !name.is_empty() {
            return Err(at(Error::MissingArray {
                name: name.to_owned(),
                available: "one array without a name".to_owned(),
            }));
        }
        let array = match self.array.take() {
            Some(array) => array,
            None => NpyReader::open(&self.path)?,
        };
        array.into_array().map_err(at)
    }
}

fn write_file(file: &mut File, arrays: &[(&str, ArrayView<'_>)]) -> Result<(), Error> {
    let [(_, array)] = arrays else {
        return Err(Error::Unwritable(format!(
            "an npy file holds one array, not {}; use npz",
            arrays.len()
        )));
    };
    let mut out = BufWriter::new(file);
    write(&mut out, array)?;
    Ok(out.flush()?)
}

/// Writes an array in C order, little-endian.
pub(crate) fn write(out: &mut dyn Write, array: &ArrayView<'_>) -> Result<(), Error> {
    out.write_all(&NpyHeader::of(array).to_bytes()?)?;
    array.bytes(&mut |piece| Ok(out.write_all(piece)?))
}

/// Opens a file as one npy array, and checks its length against the header.
impl NpyReader<File> {
    /// Opens a file.
    ///
    /// # Errors
    /// If the file cannot be opened, its header is broken, or its length is not what the header says.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, length) = crate::source::open_file(path)?;
        Self::with_length(file, length).map_err(|error| error.at(place(path, "")))
    }
}
