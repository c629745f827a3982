//! The elements of a data set in row-major order, read in slabs of whole rows.
//!
//! A chunk of the published files covers thousands of images times a tiny tile, so single images cannot
//! be read. A slab is as many rows as a chunk is long: every chunk is then decoded once, and memory holds
//! one slab and one chunk.

use std::io::{self, Read};

use crate::error::Error;
use crate::h5::bytes::{UNDEFINED, broken, check_range};
use crate::h5::chunks::{self, Chunk, Grid};
use crate::h5::filters;
use crate::h5::input::Input;
use crate::h5::messages::{Filter, Index, Layout, Space};

/// The most bytes of a slab; longer chunks are decoded more than once.
const MAX_SLAB: u64 = 256 << 20;
/// The most bytes of a chunk, decoded or stored; h5py makes them of at most a megabyte by itself.
const MAX_CHUNK: u64 = 512 << 20;

/// Elements of one data set as bytes, in the file's byte order.
pub(super) struct Elements<'a> {
    file: &'a Input,
    source: Source,
    slab: Vec<u8>,
    /// Bytes of the slab that were handed out.
    used: usize,
    /// Rows, or bytes if nothing is chunked, that were read.
    next: u64,
}

enum Source {
    Memory(Vec<u8>),
    /// The same element, so many times.
    Fill {
        value: Vec<u8>,
        left: u64,
    },
    Place {
        address: u64,
        length: u64,
    },
    Chunks(Chunked),
}

struct Chunked {
    shape: Vec<u64>,
    chunk: Vec<u64>,
    size: u64,
    filters: Vec<Filter>,
    /// What stands where no chunk was written.
    fill: Option<Vec<u8>>,
    list: Vec<Chunk>,
    /// Chunks that share their first axis.
    per_row: u64,
    row_bytes: u64,
    rows_at_once: u64,
}

impl<'a> Elements<'a> {
    /// `shape` and `size`, the bytes of an element, are known to fit into memory's addresses.
    pub(super) fn new(
        file: &'a Input,
        layout: Layout,
        (filters, fill): (Vec<Filter>, Option<Vec<u8>>),
        (space, size): (Space, u64),
    ) -> Result<Self, Error> {
        let shape = &space.shape;
        let length = shape.iter().product::<u64>() * size;
        let source = match layout {
            Layout::Compact(bytes) => Source::Memory(bytes),
            _ if length == 0 => Source::Memory(Vec::new()),
            Layout::Contiguous(UNDEFINED) => match fill {
                Some(value) if value.len() as u64 == size => {
                    let left = length / size;
                    Source::Fill { value, left }
                }
                _ => return Err(broken("its elements were never written")),
            },
            Layout::Contiguous(address) => {
                check_range(file, address, length)?;
                Source::Place { address, length }
            }
            Layout::Chunked(chunk, index) => {
                let how = (index, filters);
                Source::Chunks(Chunked::new(file, (space, size), (chunk, fill), how)?)
            }
        };
        Ok(Self {
            file,
            source,
            slab: Vec::new(),
            used: 0,
            next: 0,
        })
    }

    /// Reads the next slab; an empty one is the end.
    fn advance(&mut self) -> Result<(), Error> {
        const PIECE: u64 = 1 << 20;
        self.used = 0;
        match &mut self.source {
            Source::Memory(bytes) => self.slab = std::mem::take(bytes),
            Source::Fill { value, left } => {
                let n = (PIECE / value.len() as u64).clamp(1, PIECE).min(*left);
                self.slab = value.repeat(n as usize);
                *left -= n;
            }
            Source::Place { address, length } => {
                let piece = PIECE.min(*length - self.next);
                self.slab.resize(piece as usize, 0);
                self.file.read_at(*address + self.next, &mut self.slab)?;
                self.next += piece;
            }
            Source::Chunks(chunked) => {
                // Slabs end where chunks do.
                let to_end = chunked.chunk[0] - self.next % chunked.chunk[0];
                let left = to_end.min(chunked.shape[0] - self.next);
                let rows = chunked.rows_at_once.min(left);
                chunked.read(self.file, self.next, rows, &mut self.slab)?;
                self.next += rows;
            }
        }
        Ok(())
    }
}

impl Read for Elements<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.slab.len() {
            self.advance().map_err(io::Error::other)?;
        }
        let n = buffer.len().min(self.slab.len() - self.used);
        buffer[..n].copy_from_slice(&self.slab[self.used..][..n]);
        self.used += n;
        Ok(n)
    }
}

impl Chunked {
    fn new(
        file: &Input,
        (space, size): (Space, u64),
        (chunk, fill): (Vec<u64>, Option<Vec<u8>>),
        (index, filters): (Index, Vec<Filter>),
    ) -> Result<Self, Error> {
        let length = chunk
            .iter()
            .try_fold(size, |bytes, &length| bytes.checked_mul(length))
            .filter(|&bytes| bytes <= MAX_CHUNK)
            .ok_or_else(|| {
                broken(format!(
                    "chunks of {chunk:?} elements are too large to be read"
                ))
            })?;
        let Space { shape, most } = space;
        let count = |lengths: &[u64]| {
            let pairs = lengths.iter().zip(&chunk);
            pairs
                .map(|(n, chunk)| n.div_ceil(*chunk))
                .collect::<Vec<_>>()
        };
        let (counts, room) = (count(&shape), count(&most));
        if fill.as_ref().is_some_and(|fill| fill.len() as u64 != size) {
            return Err(broken("the fill value is not as long as an element"));
        }
        let row_bytes = shape[1..].iter().product::<u64>() * size;
        if row_bytes > 4 * MAX_SLAB {
            return Err(broken(format!(
                "rows of {row_bytes} bytes are too large to be read"
            )));
        }
        let per_row = counts[1..].iter().product();
        let grid = Grid {
            counts,
            room,
            chunk: &chunk,
            length,
            is_filtered: !filters.is_empty(),
            has_fill: fill.is_some(),
        };
        let list = chunks::list(file, &index, &grid)?;
        if let Some(large) = list.iter().find(|chunk| chunk.length > 2 * MAX_CHUNK) {
            return Err(broken(format!(
                "a chunk of {} bytes is too large to be read",
                large.length
            )));
        }
        Ok(Self {
            rows_at_once: (MAX_SLAB / row_bytes).clamp(1, chunk[0]),
            shape,
            chunk,
            size,
            filters,
            fill,
            list,
            per_row,
            row_bytes,
        })
    }

    /// Reads rows from `first` on, all of one row of chunks.
    fn read(&self, file: &Input, first: u64, rows: u64, slab: &mut Vec<u8>) -> Result<(), Error> {
        let row_of_chunks = first / self.chunk[0];
        let bytes = usize::try_from(rows * self.row_bytes).unwrap_or(usize::MAX);
        slab.clear();
        slab.try_reserve_exact(bytes)
            .map_err(|_| Error::OutOfMemory { bytes })?;
        slab.resize(bytes, 0);
        if bytes == 0 {
            return Ok(());
        }
        let length = self.chunk.iter().product::<u64>() * self.size;
        if let Some(fill) = &self.fill {
            for element in slab.chunks_exact_mut(fill.len()) {
                element.copy_from_slice(fill);
            }
        }
        let from = row_of_chunks * self.per_row;
        let begin = self.list.partition_point(|chunk| chunk.number < from);
        let of_row = |chunk: &&Chunk| chunk.number - from < self.per_row;
        for chunk in self.list[begin..].iter().take_while(of_row) {
            let mut stored = vec![0; chunk.length as usize];
            file.read_at(chunk.address, &mut stored)?;
            let elements = filters::undo(&self.filters, chunk.skipped, stored, length as usize)?;
            self.scatter(&elements, chunk.number - from, (first, rows), slab);
        }
        Ok(())
    }

    /// Copies the elements of chunk `number` of its row of chunks to their places in a slab.
    fn scatter(&self, elements: &[u8], number: u64, (first, rows): (u64, u64), slab: &mut [u8]) {
        let n_axes = self.shape.len();
        // Where the chunk begins along each axis, and how many of its elements are in the slab.
        let mut begin = vec![0; n_axes];
        let mut rest = number;
        for axis in (1..n_axes).rev() {
            let count = self.shape[axis].div_ceil(self.chunk[axis]);
            begin[axis] = rest % count * self.chunk[axis];
            rest /= count;
        }
        let skipped = first % self.chunk[0];
        let mut extent: Vec<u64> = (0..n_axes)
            .map(|axis| self.chunk[axis].min(self.shape[axis] - begin[axis]))
            .collect();
        extent[0] = rows;
        let (to_strides, from_strides) = (
            strides(&self.shape, self.size),
            strides(&self.chunk, self.size),
        );
        let offset: u64 = begin
            .iter()
            .zip(&to_strides)
            .map(|(begin, stride)| begin * stride)
            .sum();
        let copy = Copy {
            extent: &extent,
            from_strides: &from_strides,
            to_strides: &to_strides,
            size: self.size as usize,
        };
        copy.axis(
            0,
            &elements[(skipped * from_strides[0]) as usize..],
            &mut slab[offset as usize..],
        );
    }
}

/// Bytes from one element to the next along each axis, in row-major order.
fn strides(shape: &[u64], size: u64) -> Vec<u64> {
    let mut stride = size;
    let mut strides: Vec<_> = shape
        .iter()
        .rev()
        .map(|&n| {
            let this = stride;
            stride *= n;
            this
        })
        .collect();
    strides.reverse();
    strides
}

struct Copy<'a> {
    extent: &'a [u64],
    from_strides: &'a [u64],
    to_strides: &'a [u64],
    size: usize,
}

impl Copy<'_> {
    fn axis(&self, axis: usize, from: &[u8], to: &mut [u8]) {
        let n = self.extent[axis] as usize;
        if axis + 1 == self.extent.len() {
            let bytes = n * self.size;
            return to[..bytes].copy_from_slice(&from[..bytes]);
        }
        let (from_stride, to_stride) = (
            self.from_strides[axis] as usize,
            self.to_strides[axis] as usize,
        );
        let last = axis + 2 == self.extent.len();
        if last && self.size == 1 && self.extent[axis + 1] == 1 {
            // A channel a chunk, as h5py cuts color images: one byte a run.
            let places = to.iter_mut().step_by(to_stride);
            for (to, from) in places.zip(from.iter().step_by(from_stride)).take(n) {
                *to = *from;
            }
            return;
        }
        for i in 0..n {
            self.axis(axis + 1, &from[i * from_stride..], &mut to[i * to_stride..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::h5::messages;
    use crate::h5::object::Object;
    use crate::h5::{DATASPACE, FILTERS, LAYOUT, list, superblock};
    use crate::random_file::RandomFile;

    /// Reads the images of a fixture, `rows` at once.
    fn images(rows: Option<u64>) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/datasets");
        let file = RandomFile::open(&Path::new(folder).join("3dshapes_small.h5")).unwrap();
        let (file, root) = superblock::root(file).unwrap();
        let object = Object::load(&file, list(&file, root).unwrap().datasets["images"]).unwrap();
        let layout = messages::layout(object.message(LAYOUT).unwrap(), 4).unwrap();
        let filters = messages::filters(object.message(FILTERS).unwrap()).unwrap();
        let space = messages::dataspace(object.message(DATASPACE).unwrap()).unwrap();
        assert_eq!(space.shape, [192, 64, 64, 3]);
        let mut elements = Elements::new(&file, layout, (filters, None), (space, 1)).unwrap();
        if let (Source::Chunks(chunked), Some(rows)) = (&mut elements.source, rows) {
            chunked.rows_at_once = rows;
        }
        let mut bytes = Vec::new();
        elements.read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Chunks are 24 images long.
    #[test]
    fn slabs_shorter_than_a_chunk_give_the_same_elements() {
        let whole = images(None);
        assert_eq!(whole.len(), 192 * 64 * 64 * 3);
        for rows in [1, 7, 23] {
            assert!(images(Some(rows)) == whole, "{rows} rows");
        }
    }
}
