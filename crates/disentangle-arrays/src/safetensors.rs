//! The safetensors format: the length of a JSON header, the header, and the elements.
//!
//! <https://github.com/huggingface/safetensors>; the header is parsed and checked by its crate, the
//! elements are streamed, so that one array of a large file costs the memory of one array.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ::safetensors::Dtype;
use ::safetensors::tensor::{Metadata, TensorInfo};

use crate::array::{Array, ArrayView};
use crate::dtype::DType;
use crate::error::{Error, place};
use crate::npy::{NpyHeader, NpyReader};
use crate::source::{ArraySource, Format, open_file};

pub(crate) const FORMAT: Format = Format {
    extensions: &["safetensors"],
    open: |path| Ok(Box::new(SafetensorsFile::open(path)?)),
    write: write_file,
};

/// Bytes of the header's length.
const LENGTH: u64 = 8;
/// The official reader's limit of a header.
const MAX_HEADER: u64 = 100_000_000;

/// An open file whose header was checked against the file's length.
struct SafetensorsFile {
    file: BufReader<File>,
    path: PathBuf,
    header: Metadata,
    /// Where the elements begin.
    data: u64,
}

impl SafetensorsFile {
    fn open(path: &Path) -> Result<Self, Error> {
        let (file, length) = open_file(path)?;
        Self::parse(BufReader::new(file), length, path).map_err(|error| error.at(place(path, "")))
    }

    fn parse(mut file: BufReader<File>, length: u64, path: &Path) -> Result<Self, Error> {
        let mut size = [0; LENGTH as usize];
        if length < LENGTH {
            return Err(truncated("the header's length", LENGTH, length));
        }
        file.read_exact(&mut size)?;
        let size = u64::from_le_bytes(size);
        // What is there is looked at before anything is allocated.
        if size > MAX_HEADER {
            return Err(Error::BadSafetensors(format!(
                "a header of {size} bytes is claimed, at most {MAX_HEADER} are allowed"
            )));
        }
        if size > length - LENGTH {
            return Err(truncated("the header", size, length - LENGTH));
        }
        let mut text = vec![0; size as usize];
        file.read_exact(&mut text)?;
        let header: Metadata = serde_json::from_slice(&text)
            .map_err(|error| Error::BadSafetensors(error.to_string()))?;
        let (data, claimed) = (LENGTH + size, header.data_len() as u64);
        match length - data {
            found if found < claimed => return Err(truncated("elements", claimed, found)),
            found if found > claimed => return Err(Error::TrailingBytes { expected: claimed }),
            _ => {}
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            header,
            data,
        })
    }

    fn array(&mut self, info: &TensorInfo) -> Result<Array, Error> {
        let header = NpyHeader {
            dtype: dtype_of(info.dtype)?,
            big_endian: false,
            fortran_order: false,
            shape: info.shape.clone(),
        };
        let (start, end) = info.data_offsets;
        self.file.seek(SeekFrom::Start(self.data + start as u64))?;
        let elements = (&mut self.file).take((end - start) as u64);
        NpyReader::with_header(header, elements).into_array()
    }
}

impl ArraySource for SafetensorsFile {
    fn names(&self) -> Vec<String> {
        self.header.offset_keys()
    }

    fn read(&mut self, name: &str) -> Result<Array, Error> {
        let Some(info) = self.header.info(name).cloned() else {
            return Err(Error::MissingArray {
                name: name.to_owned(),
                available: self.names().join(", "),
            }
            .at(place(&self.path, "")));
        };
        let at = place(&self.path, name);
        self.array(&info).map_err(|error| error.at(at))
    }
}

fn write_file(file: &mut File, arrays: &[(&str, ArrayView<'_>)]) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    let mut tensors = Vec::new();
    let mut end = 0;
    for (name, array) in arrays {
        if !names.insert(name) {
            return Err(Error::Unwritable(format!("two arrays are called `{name}`")));
        }
        let start = end;
        end += array.shape().iter().product::<usize>() * array.dtype().size();
        let info = TensorInfo {
            dtype: name_of(array.dtype()),
            shape: array.shape().to_vec(),
            data_offsets: (start, end),
        };
        tensors.push(((*name).to_owned(), info));
    }
    let unwritable = |error: &dyn std::error::Error| Error::Unwritable(error.to_string());
    let header = Metadata::new(None, tensors).map_err(|error| unwritable(&error))?;
    let mut header = serde_json::to_vec(&header).map_err(|error| unwritable(&error))?;
    // Spaces let the elements begin at a multiple of eight.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut out = BufWriter::new(file);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for (_, array) in arrays {
        array.bytes(&mut |piece| Ok(out.write_all(piece)?))?;
    }
    Ok(out.flush()?)
}

fn truncated(what: &'static str, expected: u64, found: u64) -> Error {
    Error::Truncated {
        what,
        expected,
        found,
    }
}

fn dtype_of(dtype: Dtype) -> Result<DType, Error> {
    Ok(match dtype {
        Dtype::BOOL => DType::Bool,
        Dtype::U8 => DType::U8,
        Dtype::I8 => DType::I8,
        Dtype::U16 => DType::U16,
        Dtype::I16 => DType::I16,
        Dtype::U32 => DType::U32,
        Dtype::I32 => DType::I32,
        Dtype::U64 => DType::U64,
        Dtype::I64 => DType::I64,
        Dtype::F16 => DType::F16,
        Dtype::F32 => DType::F32,
        Dtype::F64 => DType::F64,
        other => {
            return Err(Error::UnsupportedType {
                descr: format!("{other:?}"),
                advice: "save it as F32",
            });
        }
    })
}

fn name_of(dtype: DType) -> Dtype {
    match dtype {
        DType::Bool => Dtype::BOOL,
        DType::U8 => Dtype::U8,
        DType::I8 => Dtype::I8,
        DType::U16 => Dtype::U16,
        DType::I16 => Dtype::I16,
        DType::U32 => Dtype::U32,
        DType::I32 => Dtype::I32,
        DType::U64 => Dtype::U64,
        DType::I64 => Dtype::I64,
        DType::F16 => Dtype::F16,
        DType::F32 => Dtype::F32,
        DType::F64 => Dtype::F64,
    }
}
