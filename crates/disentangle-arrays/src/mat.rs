//! MATLAB files of version 5 (`save -v6` and `-v7`): real numeric arrays, compressed or not.
//!
//! A header of 128 bytes, then elements, each a tag (type and length) and its bytes padded to eight; arrays
//! are elements of type 14, compressed ones of type 15 around a zlib stream. Elements are in Fortran
//! order and may be stored in a smaller type than their class. "MAT-File Format" (MathWorks), chapter 1.
//! Cells, structures, text, sparse and complex arrays are skipped when listing, and refused when read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::ZlibDecoder;
use ndarray::{ArrayD, IxDyn};

use crate::array::{Array, ArrayView};
use crate::dtype::DType;
use crate::error::{Error, place};
use crate::npy::{NpyHeader, NpyReader, show};
use crate::source::{ArraySource, Format, open_file};

pub(crate) const FORMAT: Format = Format {
    extensions: &["mat"],
    open: |path| Ok(Box::new(MatReader::open(path)?)),
    write: |_: &mut File, _: &[(&str, ArrayView<'_>)]| {
        Err(Error::Unwritable(
            "MATLAB files are only read; use npz".to_owned(),
        ))
    },
};

/// Bytes of the header.
const HEADER: u64 = 128;
/// Types of elements.
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;
/// Arrays of one file, and axes of one array.
const MAX_ARRAYS: usize = 4096;
const MAX_AXES: usize = 32;

/// A MATLAB file whose arrays are read one at a time.
#[derive(Debug)]
pub struct MatReader {
    path: PathBuf,
    file: File,
    big_endian: bool,
    arrays: Vec<Variable>,
}

/// An array's place in the file.
#[derive(Debug, Clone)]
struct Variable {
    name: String,
    start: u64,
    length: u64,
    compressed: bool,
}

/// What stands before an array's elements.
struct Head {
    name: String,
    class: u8,
    is_complex: bool,
    shape: Vec<usize>,
}

impl MatReader {
    /// Opens a file and lists its arrays.
    ///
    /// # Errors
    /// If the file cannot be opened, or is no MATLAB file of version 5.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, length) = open_file(path)?;
        let mut reader = Self {
            path: path.to_owned(),
            file,
            big_endian: false,
            arrays: Vec::new(),
        };
        reader
            .list(length)
            .map_err(|error| error.at_once(place(path, "")))?;
        Ok(reader)
    }

    /// Returns the names of the arrays, in the order of the file.
    pub fn names(&self) -> Vec<String> {
        self.arrays.iter().map(|array| array.name.clone()).collect()
    }

    /// Returns the length of each axis of an array, without reading its elements.
    ///
    /// # Errors
    /// If there is no array of this name, or what stands before its elements is broken.
    pub fn shape(&self, name: &str) -> Result<Vec<usize>, Error> {
        let array = self.find(name)?;
        let head = self.with(array, |reader, input| reader.head(input));
        let head = head.map_err(|error| error.at_once(place(&self.path, name)));
        Ok(head?.shape)
    }

    /// Reads an array; its memory is in Fortran order.
    ///
    /// # Errors
    /// If there is no array of this name, it is not real and numeric, or it is broken.
    pub fn read(&self, name: &str) -> Result<Array, Error> {
        let elements = self.elements(self.find(name)?);
        elements.map_err(|error| error.at_once(place(&self.path, name)))
    }

    fn find(&self, name: &str) -> Result<&Variable, Error> {
        let found = self.arrays.iter().find(|array| array.name == name);
        found.ok_or_else(|| {
            let missing = Error::MissingArray {
                name: name.to_owned(),
                available: self.names().join(", "),
            };
            missing.at(place(&self.path, ""))
        })
    }

    fn list(&mut self, length: u64) -> Result<(), Error> {
        let mut header = Vec::new();
        (&self.file).take(HEADER).read_to_end(&mut header)?;
        if header.len() < HEADER as usize || !header.starts_with(b"MATLAB 5.0 MAT-file") {
            let expected = "a MATLAB file of version 5 (newer ones are HDF5: name them .h5)";
            let found = show(&header);
            return Err(Error::WrongMagic { expected, found });
        }
        self.big_endian = match &header[126..] {
            b"IM" => false,
            b"MI" => true,
            other => {
                return Err(broken(format!(
                    "byte order mark {:?}",
                    other.escape_ascii().to_string()
                )));
            }
        };
        let mut start = HEADER;
        while start + 8 <= length {
            self.file.seek(SeekFrom::Start(start))?;
            let (kind, bytes) = self.tag(&mut &self.file)?;
            let body = start + 8;
            if bytes > length - body {
                return Err(Error::Truncated {
                    what: "an array",
                    expected: bytes,
                    found: length - body,
                });
            }
            if kind == MATRIX || kind == COMPRESSED {
                let compressed = kind == COMPRESSED;
                let mut array = Variable {
                    name: String::new(),
                    start: body,
                    length: bytes,
                    compressed,
                };
                array.name = self.with(&array, |reader, input| Ok(reader.head(input)?.name))?;
                self.arrays.push(array);
            }
            if self.arrays.len() > MAX_ARRAYS {
                return Err(broken("holds too many arrays"));
            }
            // Compressed arrays are not padded.
            let padded = if kind == COMPRESSED {
                bytes
            } else {
                bytes.next_multiple_of(8)
            };
            start = body + padded;
        }
        Ok(())
    }

    /// Lends the bytes of an array, inflated, behind its own tag.
    fn with<T>(
        &self,
        array: &Variable,
        read: impl FnOnce(&Self, &mut dyn Read) -> Result<T, Error>,
    ) -> Result<T, Error> {
        (&self.file).seek(SeekFrom::Start(array.start))?;
        let mut stored = BufReader::new((&self.file).take(array.length));
        if !array.compressed {
            return read(self, &mut stored);
        }
        let mut inflated = ZlibDecoder::new(stored);
        match self.tag(&mut inflated)? {
            (MATRIX, length) => read(self, &mut inflated.take(length)),
            (kind, _) => Err(broken(format!("a compressed element of type {kind}"))),
        }
    }

    fn elements(&self, array: &Variable) -> Result<Array, Error> {
        self.with(array, |reader, input| {
            let head = reader.head(input)?;
            if head.is_complex {
                return Err(broken("complex arrays are not read"));
            }
            let class = class_type(head.class)?;
            let (stored, bytes, padding) = reader.numeric_tag(input)?;
            let header = NpyHeader {
                dtype: stored,
                big_endian: reader.big_endian,
                fortran_order: true,
                shape: head.shape,
            };
            if header.data_bytes() != bytes {
                return Err(Error::Truncated {
                    what: "elements",
                    expected: header.data_bytes(),
                    found: bytes,
                });
            }
            let array =
                NpyReader::with_header(header, Read::take(&mut *input, bytes)).into_array()?;
            // Reading to the end compares the checksum of a compressed array.
            let mut rest = Vec::new();
            input.take(padding + 8).read_to_end(&mut rest)?;
            cast(array, class)
        })
    }

    /// Reads flags, shape and name.
    fn head(&self, input: &mut dyn Read) -> Result<Head, Error> {
        let flags = self.small(input, 64)?;
        let word = self
            .words(&flags)
            .next()
            .ok_or_else(|| broken("an array without flags"))?;
        let axes = self.small(input, 4 * MAX_AXES as u64)?;
        let shape: Vec<_> = self.words(&axes).map(|n| n as usize).collect();
        let name = self.small(input, 1024)?;
        let class = (word & 0xff) as u8;
        let numeric = (6..=15).contains(&class);
        // What is no array has no shape of its own.
        let shape = if numeric { shape } else { Vec::new() };
        let bytes = shape
            .iter()
            .filter(|&&n| n > 0)
            .try_fold(8_usize, |bytes, &n| bytes.checked_mul(n));
        if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
            return Err(Error::TooLarge { shape });
        }
        Ok(Head {
            name: String::from_utf8_lossy(&name).into_owned(),
            class,
            is_complex: word & 0x0800 != 0,
            shape,
        })
    }

    /// Reads a short element with its padding.
    fn small(&self, input: &mut dyn Read, limit: u64) -> Result<Vec<u8>, Error> {
        let (_, length, padding) = self.element_tag(input)?;
        if length > limit {
            return Err(broken(format!(
                "an element of {length} bytes, at most {limit} were expected"
            )));
        }
        let mut bytes = vec![0; (length + padding) as usize];
        input.read_exact(&mut bytes)?;
        bytes.truncate(length as usize);
        Ok(bytes)
    }

    fn numeric_tag(&self, input: &mut dyn Read) -> Result<(DType, u64, u64), Error> {
        let (kind, length, padding) = self.element_tag(input)?;
        let dtype = match kind {
            1 => DType::I8,
            2 => DType::U8,
            3 => DType::I16,
            4 => DType::U16,
            5 => DType::I32,
            6 => DType::U32,
            7 => DType::F32,
            9 => DType::F64,
            12 => DType::I64,
            13 => DType::U64,
            _ => return Err(broken(format!("elements of type {kind} are not read"))),
        };
        Ok((dtype, length, padding))
    }

    /// Reads type, length and padding of an element; a small one has its bytes within the tag.
    fn element_tag(&self, input: &mut dyn Read) -> Result<(u32, u64, u64), Error> {
        let mut first = [0; 4];
        input.read_exact(&mut first)?;
        let word = self.word(first);
        if word >> 16 != 0 {
            let length = u64::from(word >> 16);
            let padding = 4_u64.checked_sub(length);
            let padding =
                padding.ok_or_else(|| broken("a small element of more than four bytes"))?;
            return Ok((word & 0xffff, length, padding));
        }
        input.read_exact(&mut first)?;
        let length = u64::from(self.word(first));
        Ok((word, length, length.next_multiple_of(8) - length))
    }

    fn tag(&self, input: &mut dyn Read) -> Result<(u32, u64), Error> {
        let mut bytes = [0; 8];
        input.read_exact(&mut bytes)?;
        let [kind, length] = [0, 4].map(|at| self.word([0, 1, 2, 3].map(|k| bytes[at + k])));
        Ok((kind, length.into()))
    }

    fn word(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }

    fn words<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = u32> + 'a {
        bytes.as_chunks().0.iter().map(|&bytes| self.word(bytes))
    }
}

impl ArraySource for MatReader {
    fn names(&self) -> Vec<String> {
        self.names()
    }

    fn read(&mut self, name: &str) -> Result<Array, Error> {
        MatReader::read(self, name)
    }
}

fn broken(what: impl Into<String>) -> Error {
    Error::Matlab(what.into())
}

fn class_type(class: u8) -> Result<DType, Error> {
    Ok(match class {
        6 => DType::F64,
        7 => DType::F32,
        8 => DType::I8,
        9 => DType::U8,
        10 => DType::I16,
        11 => DType::U16,
        12 => DType::I32,
        13 => DType::U32,
        14 => DType::I64,
        15 => DType::U64,
        _ => {
            return Err(Error::UnsupportedType {
                descr: format!("class {class}"),
                advice: "save a full, real, numeric array",
            });
        }
    })
}

/// Widens what was stored in a smaller type than its class; MATLAB stores small numbers so.
fn cast(array: Array, class: DType) -> Result<Array, Error> {
    if array.dtype() == class {
        return Ok(array);
    }
    Ok(match class {
        DType::F64 => Array::F64(array.to_f64()),
        DType::F32 => Array::F32(array.to_f32()),
        DType::U8 => Array::U8(narrow(&array, class)?),
        DType::I8 => Array::I8(narrow(&array, class)?),
        DType::U16 => Array::U16(narrow(&array, class)?),
        DType::I16 => Array::I16(narrow(&array, class)?),
        DType::U32 => Array::U32(narrow(&array, class)?),
        DType::I32 => Array::I32(narrow(&array, class)?),
        DType::U64 => Array::U64(narrow(&array, class)?),
        _ => Array::I64(array.to_i64()?),
    })
}

fn narrow<T: TryFrom<i64>>(array: &Array, class: DType) -> Result<ArrayD<T>, Error> {
    let integers = array.to_i64()?;
    let convert = |(position, &value): (usize, &i64)| {
        let unfit = Error::Unconvertible {
            value: value as f64,
            position,
            wanted: class,
        };
        T::try_from(value).map_err(|_| unfit)
    };
    let elements: Result<Vec<_>, Error> = integers.iter().enumerate().map(convert).collect();
    let shape = IxDyn(integers.shape());
    ArrayD::from_shape_vec(shape, elements?).map_err(|_| Error::TooLarge {
        shape: integers.shape().to_vec(),
    })
}
