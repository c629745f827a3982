//! What can be wrong with an array file.

use std::io;
use std::path::Path;

use crate::DType;

/// Why an array could not be read or written.
///
/// Causes that a caller can tell apart are variants; [`Error::At`] says where one happened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something is wrong in a certain file, or in a certain array of it.
    #[error("{place}: {problem}")]
    At {
        /// The file, with the array's name behind a colon where it has one.
        place: String,
        /// What is wrong there.
        problem: Box<Error>,
    },
    /// The operating system refused.
    #[error("{0}")]
    Io(#[source] io::Error),
    /// The path is a directory.
    #[error("is a directory, an array file was expected")]
    Directory,
    /// No reader knows the extension.
    #[error("unknown array file extension `{found}`, expected one of {known}")]
    UnknownFormat {
        /// The extension of the path.
        found: String,
        /// The extensions that can be read.
        known: String,
    },
    /// The file does not start as its format demands.
    #[error("is not {expected}: it starts with {found}")]
    WrongMagic {
        /// The format that was expected.
        expected: &'static str,
        /// The first bytes.
        found: String,
    },
    /// The file is of a newer version than is known.
    #[error("npy version {major}.{minor} is unknown, expected 1.0, 2.0 or 3.0")]
    UnknownVersion {
        /// First number of the version.
        major: u8,
        /// Second number of the version.
        minor: u8,
    },
    /// The npy header is not the dictionary it should be.
    #[error("broken npy header: {0}")]
    Header(String),
    /// The elements are of a type that is not read.
    #[error(
        "elements of type `{descr}` are not read, expected booleans, integers or floats: {advice}"
    )]
    UnsupportedType {
        /// The type as the file spells it.
        descr: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The claimed array is larger than an address space.
    #[error("shape {shape:?} has more elements than memory can address")]
    TooLarge {
        /// The claimed shape.
        shape: Vec<usize>,
    },
    /// The memory for an array could not be had.
    #[error("{bytes} bytes more could not be allocated")]
    OutOfMemory {
        /// The bytes asked for.
        bytes: usize,
    },
    /// The data ends early.
    #[error("is truncated: {expected} bytes of {what} were promised, {found} are there")]
    Truncated {
        /// The part of the file that ends early.
        what: &'static str,
        /// Promised bytes.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Bytes follow the end of the array.
    #[error("bytes follow the end of the array, which has {expected} bytes of data")]
    TrailingBytes {
        /// The bytes that the header promises.
        expected: u64,
    },
    /// The HDF5 container is broken, or of a kind that is not read.
    #[error("broken or unsupported HDF5: {0}")]
    Hdf5(String),
    /// The MATLAB container is broken, or of a kind that is not read.
    #[error("broken or unsupported MATLAB file: {0}")]
    Matlab(String),
    /// The file is no longer what it was when it was opened.
    #[error("changed while it was open: {0}")]
    Changed(String),
    /// The zip container is broken, or of an unsupported kind.
    #[error("broken or unsupported zip archive: {0}")]
    Zip(#[source] zip::result::ZipError),
    /// The file holds no array of this name.
    #[error("holds no array `{name}`, available: {available}")]
    MissingArray {
        /// The name asked for.
        name: String,
        /// The names that are there, joined.
        available: String,
    },
    /// The file holds several arrays and none was named.
    #[error("holds several arrays, name one behind a colon (`FILE:NAME`): {available}")]
    AmbiguousArray {
        /// The names that are there, joined.
        available: String,
    },
    /// The file holds no array at all.
    #[error("holds no arrays")]
    Empty,
    /// A value does not fit the wanted type.
    #[error("value {value} at flat position {position} is no {wanted}")]
    Unconvertible {
        /// The value, rounded to `f64`.
        value: f64,
        /// Its position in row-major order.
        position: usize,
        /// The wanted type.
        wanted: DType,
    },
    /// A file of column names is broken.
    #[error("broken names of columns: {0}")]
    Names(String),
    /// A table of text is broken.
    #[error("line {line}: {problem}")]
    Text {
        /// The line of the file, from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// The header of a safetensors file is broken.
    #[error("broken safetensors header: {0}")]
    BadSafetensors(String),
    /// The format cannot hold these arrays.
    #[error("cannot write: {0}")]
    Unwritable(String),
}

impl Error {
    /// Says where the error happened.
    pub(crate) fn at(self, place: impl Into<String>) -> Self {
        Self::At {
            place: place.into(),
            problem: Box::new(self),
        }
    }

    /// Says where the error happened, unless it says so already.
    pub(crate) fn at_once(self, place: impl Into<String>) -> Self {
        match self {
            Self::At { .. } => self,
            other => other.at(place),
        }
    }

    /// Returns the error without its places, for telling causes apart.
    pub fn cause(&self) -> &Self {
        match self {
            Self::At { problem, .. } => problem.cause(),
            other => other,
        }
    }
}

/// An error of ours that came through a [`std::io::Read`] is taken out of its wrapping.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(Self::Io)
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        let line = error.position().map_or(0, csv::Position::line);
        let problem = match error.into_kind() {
            csv::ErrorKind::Io(error) => return error.into(),
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("{len} cells, where the first row has {expected_len}"),
            csv::ErrorKind::Utf8 { err, .. } => format!("no UTF-8 text: {err}"),
            other => format!("{other:?}"),
        };
        Self::Text { line, problem }
    }
}

impl From<zip::result::ZipError> for Error {
    fn from(error: zip::result::ZipError) -> Self {
        match error {
            zip::result::ZipError::Io(error) => error.into(),
            other => Self::Zip(other),
        }
    }
}

/// Spells a file, and an array in it, for an error.
pub(crate) fn place(path: &Path, name: &str) -> String {
    match name {
        "" => format!("`{}`", path.display()),
        name => format!("`{}:{name}`", path.display()),
    }
}
