//! The npz format: a zip archive of npy files, stored or deflated, small or ZIP64.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::array::{Array, ArrayView};
use crate::error::{Error, place};
use crate::npy::{self, NpyHeader, NpyReader};
use crate::source::{ArraySource, Format, open_file};

pub(crate) const FORMAT: Format = Format {
    extensions: &["npz"],
    open: |path| Ok(Box::new(NpzReader::open(path)?)),
    write: write_file,
};

/// An npz file whose arrays are read one at a time, in bounded memory.
pub struct NpzReader<R = BufReader<File>> {
    archive: ZipArchive<R>,
    path: std::path::PathBuf,
}

impl NpzReader {
    /// Opens a file and reads the list of its members.
    ///
    /// # Errors
    /// If the file cannot be opened or is no zip archive.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, _) = open_file(path)?;
        Self::with_path(BufReader::new(file), path)
    }
}

impl<R: Read + Seek> NpzReader<R> {
    /// Reads the list of members from anything seekable.
    ///
    /// # Errors
    /// If the input is no zip archive.
    pub fn new(input: R) -> Result<Self, Error> {
        Self::with_path(input, Path::new("npz"))
    }

    /// Returns the arrays' names, in the order of the archive, without their `.npy`.
    pub fn names(&self) -> Vec<String> {
        self.archive
            .file_names_raw()
            .map(|name| {
                let name = String::from_utf8_lossy(name);
                name.strip_suffix(".npy").unwrap_or(&name).to_owned()
            })
            .collect()
    }

    /// Returns what the header of an array says, without reading its elements.
    ///
    /// # Errors
    /// If there is no array of this name, or its header is broken.
    pub fn header(&mut self, name: &str) -> Result<NpyHeader, Error> {
        Ok(self.stream(name)?.header().clone())
    }

    /// Returns an array as a stream of its elements' bytes.
    ///
    /// # Errors
    /// If there is no array of this name, or its header is broken.
    pub fn stream(&mut self, name: &str) -> Result<NpyReader<impl Read + '_>, Error> {
        let at = place(&self.path, name);
        let Some(index) = self.index(name) else {
            return Err(Error::MissingArray {
                name: name.to_owned(),
                available: self.names().join(", "),
            }
            .at(place(&self.path, "")));
        };
        open_member(&mut self.archive, index).map_err(|error| error.at(at))
    }

    /// Reads an array.
    ///
    /// # Errors
    /// If there is no array of this name, or its bytes are broken.
    pub fn read(&mut self, name: &str) -> Result<Array, Error> {
        let at = place(&self.path, name);
        self.stream(name)?
            .into_array()
            .map_err(|error| error.at(at))
    }

    /// Returns where the elements of an array stand as they are, if it is stored and not deflated.
    ///
    /// # Errors
    /// If there is no array of this name, or its header is broken.
    pub fn place(&mut self, name: &str) -> Result<Option<(u64, NpyHeader)>, Error> {
        let header = self.header(name)?;
        let at = place(&self.path, name);
        let Some(index) = self.index(name) else {
            return Ok(None);
        };
        let mut find = || {
            let member = self.archive.by_index(index)?;
            let is_stored = member.compression() == CompressionMethod::Stored;
            let (Some(start), true) = (member.data_start(), is_stored) else {
                return Ok(None);
            };
            // The header is what stands before the elements, which fill the rest of the member.
            let size = member.size();
            match size.checked_sub(header.data_bytes()) {
                Some(before) if size == member.compressed_size() => Ok(Some(start + before)),
                _ => Err(Error::Truncated {
                    what: "elements",
                    expected: header.data_bytes(),
                    found: size,
                }),
            }
        };
        let found = find().map_err(|error: Error| error.at(at))?;
        Ok(found.map(|offset| (offset, header)))
    }

    fn with_path(input: R, path: &Path) -> Result<Self, Error> {
        let archive =
            ZipArchive::new(input).map_err(|error| Error::from(error).at(place(path, "")))?;
        Ok(Self {
            archive,
            path: path.to_owned(),
        })
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.archive
            .index_for_name(&format!("{name}.npy"))
            .or_else(|| self.archive.index_for_name(name))
            // What is no text is known by the name under which it is listed.
            .or_else(|| self.names().iter().position(|listed| listed == name))
    }
}

fn open_member<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
) -> Result<NpyReader<impl Read + '_>, Error> {
    let member = archive.by_index(index)?;
    let size = member.size();
    let reader = NpyReader::new(member)?;
    // The archive's own claim is looked at first: a disagreement is cheaper found before inflating.
    let expected = reader.header().data_bytes();
    if size < expected {
        return Err(Error::Truncated {
            what: "elements",
            expected,
            found: size,
        });
    }
    Ok(reader)
}

impl<R: Read + Seek> ArraySource for NpzReader<R> {
    fn names(&self) -> Vec<String> {
        self.names()
    }

    fn read(&mut self, name: &str) -> Result<Array, Error> {
        self.read(name)
    }
}

fn write_file(file: &mut File, arrays: &[(&str, ArrayView<'_>)]) -> Result<(), Error> {
    let mut archive = ZipWriter::new(BufWriter::new(file));
    for (name, array) in arrays {
        // The time is fixed, so that equal arrays make equal files; members beyond 4 GiB need ZIP64.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .large_file(true);
        archive.start_file(format!("{name}.npy"), options)?;
        npy::write(&mut archive, array)?;
    }
    Ok(archive.finish()?.flush()?)
}
