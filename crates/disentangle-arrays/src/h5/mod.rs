//! HDF5 files, as far as images and labels need them: read only, in bounded memory, without C.
//!
//! Read are superblocks 0 to 3, also behind a user block, groups of both kinds (but no fractal heaps), integers and floats,
//! contiguous, compact and chunked data sets (B-trees of version 1; single chunks, implicit indexes and fixed arrays), and
//! the filters gzip, shuffle, Fletcher32 and LZF. Whatever else a file uses is an error that says so and what to do: the list
//! is in `docs/decisions/0002-hdf5.md`. Checksums of metadata are not compared; whatever they say is checked against
//! the file's length.
//! HDF5 File Format Specification 3.0; layout version 5 of HDF5 2.0 differs from 4 by the width of a chunk's length.

mod bytes;
mod chunks;
mod filters;
mod input;
mod links;
mod messages;
mod object;
mod stream;
mod superblock;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use self::bytes::{UNDEFINED, broken};
use self::input::Input;
use self::messages::Layout;
use self::object::Object;
use self::stream::Elements;
use crate::array::{Array, ArrayView};
use crate::error::{Error, place};
use crate::npy::{NpyHeader, NpyReader};
use crate::random_file::RandomFile;
use crate::source::{ArraySource, Format};

pub(crate) const FORMAT: Format = Format {
    extensions: &["h5", "hdf5", "he5"],
    open: |path| Ok(Box::new(H5Reader::open(path)?)),
    write: |_: &mut std::fs::File, _: &[(&str, ArrayView<'_>)]| {
        Err(Error::Unwritable("HDF5 is only read; use npz".to_owned()))
    },
};

const DATASPACE: u16 = 0x01;
const DATATYPE: u16 = 0x03;
const LAYOUT: u16 = 0x08;
const FILTERS: u16 = 0x0b;
const FILL: u16 = 0x05;
const EXTERNAL: u16 = 0x07;

/// Groups within groups that are followed.
const MAX_DEPTH: usize = 32;
/// Data sets and groups that are listed.
const MAX_OBJECTS: usize = 65_536;
/// Deflate makes at most 1032 bytes of one.
const MAX_RATIO: u64 = 1032;

/// An HDF5 file whose data sets are read one at a time; their names are paths such as `latents/classes`.
#[derive(Debug)]
pub struct H5Reader {
    file: Input,
    listed: Listed,
}

/// What the groups of a file hold.
#[derive(Debug, Default)]
struct Listed {
    /// Header addresses by path.
    datasets: BTreeMap<String, u64>,
    /// Groups whose members cannot be listed.
    closed: BTreeSet<String>,
}

impl H5Reader {
    /// Opens a file and lists its data sets.
    ///
    /// # Errors
    /// If the file cannot be opened, is no HDF5 file, or its groups are broken.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = RandomFile::open(path)?;
        let open = || {
            let (file, root) = superblock::root(file)?;
            let listed = list(&file, root)?;
            if listed.closed.contains("") {
                return Err(in_heap(""));
            }
            Ok(Self { file, listed })
        };
        open().map_err(|error: Error| error.at_once(place(path, "")))
    }

    /// Returns the paths of all data sets, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.listed.datasets.keys().cloned().collect()
    }

    /// Returns what a data set's header says, in the terms of npy.
    ///
    /// # Errors
    /// If there is no such data set, or its header is broken or of a kind that is not read.
    pub fn header(&self, name: &str) -> Result<NpyHeader, Error> {
        Ok(self.dataset(name)?.1)
    }

    /// Returns where the elements of a data set stand in one piece, if they do.
    ///
    /// # Errors
    /// Those of [`header`](Self::header), and if the place lies outside of the file.
    pub fn place(&self, name: &str) -> Result<Option<u64>, Error> {
        let (object, header) = self.dataset(name)?;
        let find = || match self.layout(&object, &header)? {
            Layout::Contiguous(address) if address != UNDEFINED => {
                bytes::check_range(&self.file, address, header.data_bytes())?;
                Ok(Some(self.file.place(address)))
            }
            _ => Ok(None),
        };
        find().map_err(|error: Error| error.at_once(place(self.file.path(), name)))
    }

    /// Returns a data set as a stream of its elements' bytes in row-major order.
    ///
    /// # Errors
    /// If there is no such data set, or it is broken or of a kind that is not read.
    pub fn stream(&self, name: &str) -> Result<NpyReader<impl Read + '_>, Error> {
        let (object, header) = self.dataset(name)?;
        let open = || {
            let filters = object.message(FILTERS).map(messages::filters).transpose()?;
            let fill = object.message(FILL).map(messages::fill).transpose()?;
            let space = object.own_or_shared(&self.file, DATASPACE)?;
            let space = messages::dataspace(&space.unwrap_or_default())?;
            let layout = self.layout(&object, &header)?;
            let size = header.dtype.size() as u64;
            Elements::new(
                &self.file,
                layout,
                (filters.unwrap_or_default(), fill.flatten()),
                (space, size),
            )
        };
        let elements = open().map_err(|error| error.at_once(place(self.file.path(), name)))?;
        Ok(NpyReader::with_header(header, elements))
    }

    /// Reads a data set.
    ///
    /// # Errors
    /// Those of [`stream`](Self::stream), and if its chunks are broken.
    pub fn read(&self, name: &str) -> Result<Array, Error> {
        let read = self.stream(name)?.into_array();
        read.map_err(|error| error.at_once(place(self.file.path(), name)))
    }

    fn layout(&self, object: &Object, header: &NpyHeader) -> Result<Layout, Error> {
        let message = object
            .message(LAYOUT)
            .ok_or_else(|| broken("the data set has no layout"))?;
        messages::layout(message, header.shape.len())
    }

    fn dataset(&self, name: &str) -> Result<(Object, NpyHeader), Error> {
        let path = name.trim_matches('/');
        let Some(&address) = self.listed.datasets.get(path) else {
            let is_above = |group: &&String| {
                path.strip_prefix(group.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            };
            if let Some(group) = self.listed.closed.iter().find(is_above) {
                return Err(in_heap(group).at(place(self.file.path(), name)));
            }
            let missing = Error::MissingArray {
                name: name.to_owned(),
                available: self.names().join(", "),
            };
            return Err(missing.at(place(self.file.path(), "")));
        };
        let load = || {
            let object = Object::load(&self.file, address)?;
            let header = describe(&object, &self.file)?;
            Ok((object, header))
        };
        load().map_err(|error: Error| error.at_once(place(self.file.path(), name)))
    }
}

impl ArraySource for H5Reader {
    fn names(&self) -> Vec<String> {
        self.names()
    }

    fn read(&mut self, name: &str) -> Result<Array, Error> {
        H5Reader::read(self, name)
    }
}

/// Reads shape and element type, and refuses claims that no file of this length can keep.
fn describe(object: &Object, file: &Input) -> Result<NpyHeader, Error> {
    let message = |kind, what| {
        let message = object.own_or_shared(file, kind)?;
        message.ok_or_else(|| broken(format!("the data set has no {what}")))
    };
    let file_length = file.length();
    if object.message(EXTERNAL).is_some() {
        return Err(broken(
            "its elements are in another file, which is not read; copy them into a data set, with h5py \
             `f[\"copy\"] = f[\"name\"][()]`",
        ));
    }
    let (dtype, big_endian) = messages::datatype(&message(DATATYPE, "element type")?)?;
    let axes = messages::dataspace(&message(DATASPACE, "shape")?)?.shape;
    let shape: Vec<_> = axes
        .iter()
        .map(|&n| usize::try_from(n).unwrap_or(usize::MAX))
        .collect();
    // An empty axis hides the others, but they must be addressable too.
    let bytes = (axes.iter().filter(|&&n| n > 0))
        .try_fold(dtype.size() as u64, |bytes, &n| bytes.checked_mul(n))
        .filter(|&bytes| isize::try_from(bytes).is_ok());
    let Some(bytes) = bytes else {
        return Err(Error::TooLarge { shape });
    };
    if bytes / MAX_RATIO > file_length && !axes.contains(&0) {
        return Err(Error::Truncated {
            what: "elements",
            expected: bytes,
            found: file_length,
        });
    }
    Ok(NpyHeader {
        dtype,
        big_endian,
        fortran_order: false,
        shape,
    })
}

fn in_heap(group: &str) -> Error {
    broken(format!(
        "the group `/{group}` keeps its many members in a fractal heap, which is not read; write the file with h5py's \
         default `libver`, or use `h5repack --compact=1000 IN OUT`"
    ))
}

/// Lists the data sets of all groups.
fn list(file: &Input, root: u64) -> Result<Listed, Error> {
    let mut listed = Listed::default();
    let mut seen = BTreeSet::new();
    let mut pending = vec![(String::new(), root, 0)];
    while let Some((path, address, depth)) = pending.pop() {
        // A group may be linked twice, even below itself.
        if !seen.insert(address) || depth > MAX_DEPTH {
            continue;
        }
        if seen.len() > MAX_OBJECTS {
            return Err(broken("there are too many objects"));
        }
        let object = Object::load(file, address)?;
        if object.message(LAYOUT).is_some() {
            listed.datasets.insert(path, address);
            continue;
        }
        if links::are_in_heap(&object)? {
            listed.closed.insert(path);
            continue;
        }
        for (name, address) in links::members(file, &object)? {
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            pending.push((path, address, depth + 1));
        }
    }
    Ok(listed)
}
