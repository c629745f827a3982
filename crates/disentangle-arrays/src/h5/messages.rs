//! What the messages of a data set say: shape, element type, layout, filters.
//!
//! HDF5 File Format Specification 3.0, IV.A.2.b, d, i and l.

use crate::dtype::DType;
use crate::error::Error;
use crate::h5::bytes::{Cursor, broken};

/// HDF5's own limit of axes.
const MAX_AXES: usize = 32;

/// Where the elements are.
#[derive(Debug)]
pub(super) enum Layout {
    /// In the header itself.
    Compact(Vec<u8>),
    /// In one piece, at this address.
    Contiguous(u64),
    /// In chunks of a shape, found through an index.
    Chunked(Vec<u64>, Index),
}

/// How chunks are found.
#[derive(Debug)]
pub(super) enum Index {
    /// A B-tree of version 1.
    Tree(u64),
    /// One chunk: address, and if it is filtered its bytes and the filters left out.
    Single(u64, Option<(u64, u32)>),
    /// Chunks one behind the other, not filtered.
    Implicit(u64),
    /// A table with an entry for every chunk.
    FixedArray(u64),
}

/// A step between the stored bytes and the elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    Deflate,
    /// Bytes of equal significance stand together; the size of an element.
    Shuffle(usize),
    Fletcher32,
    Lzf,
}

/// The length of each axis, and the largest that it may be given.
pub(super) struct Space {
    pub(super) shape: Vec<u64>,
    /// 2⁶⁴ − 1 where there is no bound.
    pub(super) most: Vec<u64>,
}

/// Reads the length of each axis.
pub(super) fn dataspace(message: &[u8]) -> Result<Space, Error> {
    let mut cursor = Cursor::new(message);
    let (version, n_axes, flags) = (cursor.u8()?, usize::from(cursor.u8()?), cursor.u8()?);
    match version {
        1 => cursor.skip(5)?,
        2 => {
            if cursor.u8()? == 2 {
                return Err(broken("a null dataspace has no elements"));
            }
        }
        _ => return Err(broken(format!("dataspace version {version} is unknown"))),
    }
    if n_axes > MAX_AXES || flags > 3 {
        return Err(broken(format!(
            "a dataspace of {n_axes} axes, flags {flags}"
        )));
    }
    let mut lengths = || {
        (0..n_axes)
            .map(|_| cursor.u64())
            .collect::<Result<Vec<_>, _>>()
    };
    let shape = lengths()?;
    let most = match flags & 1 {
        0 => shape.clone(),
        _ => lengths()?,
    };
    Ok(Space { shape, most })
}

/// Reads the element type and whether its most significant byte comes first.
pub(super) fn datatype(message: &[u8]) -> Result<(DType, bool), Error> {
    let mut cursor = Cursor::new(message);
    let (class, bits) = (cursor.u8()? & 0x0f, cursor.number(3)?);
    let size = cursor.u32()?;
    let (big_endian, signed) = (bits & 1 != 0, bits & 8 != 0);
    let dtype = match (class, size, signed) {
        (0, 1, false) => DType::U8,
        (0, 1, true) => DType::I8,
        (0, 2, false) => DType::U16,
        (0, 2, true) => DType::I16,
        (0, 4, false) => DType::U32,
        (0, 4, true) => DType::I32,
        (0, 8, false) => DType::U64,
        (0, 8, true) => DType::I64,
        (1, 2, _) => DType::F16,
        (1, 4, _) => DType::F32,
        (1, 8, _) => DType::F64,
        (8, 1, _) => return enumeration(cursor.take(cursor.len())?),
        _ => return Err(unsupported(class, size)),
    };
    if class == 0 {
        let (offset, precision) = (cursor.u16()?, cursor.u16()?);
        if offset != 0 || u32::from(precision) != 8 * size {
            return Err(broken(format!(
                "integers of {precision} bits in {size} bytes are not read"
            )));
        }
    }
    Ok((dtype, big_endian))
}

/// Reads an enumeration over bytes; h5py writes booleans as one of `FALSE` and `TRUE`.
fn enumeration(base: &[u8]) -> Result<(DType, bool), Error> {
    let (dtype, big_endian) = datatype(base)?;
    // Names follow an integer's twelve bytes, padded to eight or not.
    let names = base.get(12..).unwrap_or_default();
    let truths: [&[u8]; 2] = [b"FALSE\0\0\0TRUE\0\0\0\0\0\x01", b"FALSE\0TRUE\0\0\x01"];
    let is_bool = truths.iter().any(|truth| names.starts_with(truth));
    Ok((if is_bool { DType::Bool } else { dtype }, big_endian))
}

/// Reads the value of elements that were never written, if the file's author chose one.
pub(super) fn fill(message: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    let mut cursor = Cursor::new(message);
    let is_there = match cursor.u8()? {
        1 | 2 => {
            cursor.skip(2)?;
            cursor.u8()? != 0
        }
        3 => cursor.u8()? & 0x20 != 0,
        version => return Err(broken(format!("fill value version {version} is unknown"))),
    };
    if !is_there {
        return Ok(None);
    }
    let length = cursor.u32()?;
    let value = cursor.take(usize::try_from(length).unwrap_or(usize::MAX))?;
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

fn unsupported(class: u8, size: u32) -> Error {
    const CLASSES: [&str; 12] = [
        "integer",
        "float",
        "time",
        "string",
        "bit field",
        "opaque",
        "compound",
        "reference",
        "enumeration",
        "variable length",
        "array",
        "complex",
    ];
    let class = CLASSES.get(usize::from(class)).unwrap_or(&"unknown");
    Error::UnsupportedType {
        descr: format!("{class} of {size} bytes"),
        advice: "write it as a numeric data set",
    }
}

/// Reads where the elements of an array of `n_axes` are.
pub(super) fn layout(message: &[u8], n_axes: usize) -> Result<Layout, Error> {
    let mut cursor = Cursor::new(message);
    let (version, class) = (cursor.u8()?, cursor.u8()?);
    match (version, class) {
        (3..=5, 0) => {
            let length = cursor.u16()?;
            Ok(Layout::Compact(cursor.take(length.into())?.to_vec()))
        }
        (3..=5, 1) => Ok(Layout::Contiguous(cursor.u64()?)),
        (3, 2) => {
            let n_dims = cursor.u8()?;
            let index = Index::Tree(cursor.u64()?);
            Ok(Layout::Chunked(
                chunk(&mut cursor, n_dims, 4, n_axes)?,
                index,
            ))
        }
        (4 | 5, 2) => {
            let (flags, n_dims, width) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
            let chunk = chunk(&mut cursor, n_dims, width.into(), n_axes)?;
            Ok(Layout::Chunked(chunk, index(&mut cursor, flags)?))
        }
        (3..=5, _) => Err(broken(
            "virtual data sets are not read; use `h5repack -l CONTI IN OUT`",
        )),
        _ => Err(broken(format!("layout version {version} is not read"))),
    }
}

/// Reads a chunk's shape; the last number is the size of an element.
fn chunk(
    cursor: &mut Cursor<'_>,
    n_dims: u8,
    width: usize,
    n_axes: usize,
) -> Result<Vec<u64>, Error> {
    if usize::from(n_dims) != n_axes + 1 || n_axes == 0 {
        return Err(broken(format!(
            "chunks of {n_dims} numbers for {n_axes} axes"
        )));
    }
    let chunk: Vec<_> = (0..n_axes)
        .map(|_| cursor.number(width))
        .collect::<Result<_, _>>()?;
    cursor.number(width)?;
    if chunk.contains(&0) {
        return Err(broken("chunks without elements"));
    }
    Ok(chunk)
}

fn index(cursor: &mut Cursor<'_>, flags: u8) -> Result<Index, Error> {
    match cursor.u8()? {
        1 => {
            let is_filtered = flags & 2 != 0;
            let filtered = is_filtered
                .then(|| Ok::<_, Error>((cursor.u64()?, cursor.u32()?)))
                .transpose()?;
            Ok(Index::Single(cursor.u64()?, filtered))
        }
        2 => Ok(Index::Implicit(cursor.u64()?)),
        3 => {
            cursor.skip(1)?;
            Ok(Index::FixedArray(cursor.u64()?))
        }
        other => Err(broken(format!(
            "the index of a resizable chunked data set (kind {other}) is not read; write the file \
             without `maxshape=(None, …)` or with h5py's default `libver`, or use `h5repack -l CONTI IN OUT`"
        ))),
    }
}

/// Reads the filters, in the order in which they were applied.
pub(super) fn filters(message: &[u8]) -> Result<Vec<Filter>, Error> {
    let mut cursor = Cursor::new(message);
    let (version, n_filters) = (cursor.u8()?, cursor.u8()?);
    if !(1..=2).contains(&version) {
        return Err(broken(format!(
            "filter pipeline version {version} is unknown"
        )));
    }
    cursor.skip(if version == 1 { 6 } else { 0 })?;
    (0..n_filters)
        .map(|_| filter(&mut cursor, version))
        .collect()
}

fn filter(cursor: &mut Cursor<'_>, version: u8) -> Result<Filter, Error> {
    let id = cursor.u16()?;
    let has_name = version == 1 || id >= 256;
    let name_length = if has_name {
        usize::from(cursor.u16()?)
    } else {
        0
    };
    cursor.skip(2)?;
    let n_values = usize::from(cursor.u16()?);
    let padded = if version == 1 {
        name_length.next_multiple_of(8)
    } else {
        name_length
    };
    let name = String::from_utf8_lossy(cursor.take(padded)?);
    let name = name.trim_end_matches('\0').to_owned();
    let values: Vec<_> = (0..n_values)
        .map(|_| cursor.u32())
        .collect::<Result<_, _>>()?;
    cursor.skip(if version == 1 && n_values % 2 == 1 {
        4
    } else {
        0
    })?;
    match id {
        1 => Ok(Filter::Deflate),
        2 => match values.first() {
            Some(&size) if size > 0 => Ok(Filter::Shuffle(size as usize)),
            _ => Err(broken("a shuffle filter without the size of an element")),
        },
        3 => Ok(Filter::Fletcher32),
        32_000 => Ok(Filter::Lzf),
        _ => {
            // The library's own filters have no name in newer files.
            let name = match id {
                4 => "szip",
                5 => "nbit",
                6 => "scaleoffset",
                _ => name.as_str(),
            };
            Err(broken(format!(
                "filter {id} {name:?} is not read, only gzip, shuffle, fletcher32 and lzf; write the file with \
                 `compression=\"gzip\"`, or use `h5repack -f GZIP=4 IN OUT` where it has the filter"
            )))
        }
    }
}
