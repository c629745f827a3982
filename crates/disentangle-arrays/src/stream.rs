//! One array of a file, without holding all of it: as a stream, or in place.

use std::io::Read;
use std::path::Path;

use crate::error::{Error, place};
use crate::h5::H5Reader;
use crate::npy::{NpyHeader, NpyReader};
use crate::npz::NpzReader;
use crate::random_file::RandomFile;
use crate::source;

/// An array whose elements stand in a file as they are: not compressed, in one piece.
#[derive(Debug)]
pub struct Raw {
    /// The file.
    pub file: RandomFile,
    /// Where the first element is.
    pub offset: u64,
    /// Shape, element type, byte order and axis order.
    pub header: NpyHeader,
}

/// Hands an array to `read`: its header, and its elements' bytes in the file's byte and axis order.
///
/// Files of npy, npz and HDF5 are streamed; of the others the array is read first, and its bytes then are
/// little-endian and in row-major order, as its header says.
///
/// # Errors
/// If the file or the array cannot be opened; errors while reading are those of `read`.
pub fn stream<T, E: From<Error>>(
    path: &Path,
    name: &str,
    read: impl FnOnce(&NpyHeader, &mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    match extension(path).as_str() {
        "npy" => feed(NpyReader::open(path)?, read),
        "npz" => feed(NpzReader::open(path)?.stream(name)?, read),
        "h5" | "hdf5" | "he5" => feed(H5Reader::open(path)?.stream(name)?, read),
        _ => {
            let array = source::read(path, Some(name))?;
            let view = array.view();
            let mut bytes = Vec::new();
            view.bytes(&mut |piece| {
                bytes.extend_from_slice(piece);
                Ok(())
            })?;
            read(&NpyHeader::of(&view), &mut bytes.as_slice())
        }
    }
}

/// Finds the elements of an array in its file; `None` if they are compressed or in pieces.
///
/// # Errors
/// If the file or the array cannot be opened.
pub fn raw(path: &Path, name: &str) -> Result<Option<Raw>, Error> {
    let found = match extension(path).as_str() {
        "npy" => npy(path).map_err(|error| error.at_once(place(path, "")))?,
        "npz" => NpzReader::open(path)?.place(name)?,
        "h5" | "hdf5" | "he5" => {
            let file = H5Reader::open(path)?;
            let header = file.header(name)?;
            file.place(name)?.map(|offset| (offset, header))
        }
        _ => None,
    };
    let Some((offset, header)) = found else {
        return Ok(None);
    };
    let file = RandomFile::open(path)?;
    let expected = header.data_bytes();
    let there = file.length().saturating_sub(offset);
    if there < expected {
        return Err(Error::Truncated {
            what: "elements",
            expected,
            found: there,
        }
        .at(place(path, name)));
    }
    Ok(Some(Raw {
        file,
        offset,
        header,
    }))
}

fn feed<R: Read, T, E>(
    mut array: NpyReader<R>,
    read: impl FnOnce(&NpyHeader, &mut dyn Read) -> Result<T, E>,
) -> Result<T, E> {
    let header = array.header().clone();
    read(&header, &mut array)
}

/// The length of the file is compared with the header, so that only the elements stand behind it.
fn npy(path: &Path) -> Result<Option<(u64, NpyHeader)>, Error> {
    let array = NpyReader::open(path)?;
    let length = RandomFile::open(path)?.length();
    let header = array.header().clone();
    Ok(Some((length - header.data_bytes().min(length), header)))
}

fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_ascii_lowercase()
}
