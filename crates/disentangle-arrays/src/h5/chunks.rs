//! The list of a data set's chunks, from the indexes that h5py writes for data sets of fixed size.
//!
//! HDF5 File Format Specification 3.0, III.A.1 (B-trees of version 1) and VII.C (fixed arrays). A chunk
//! that was never written is an error, unless the file says what stands there: half a file must not look like a
//! dark one.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::h5::bytes::{Cursor, UNDEFINED, broken, check_range, load};
use crate::h5::input::Input;
use crate::h5::messages::Index;

/// The stored bytes of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chunk {
    /// Its place in row-major order of the grid of chunks.
    pub(super) number: u64,
    pub(super) address: u64,
    pub(super) length: u64,
    /// Bit i: filter i was not applied.
    pub(super) skipped: u32,
}

/// Chunks along each axis, and what one takes when no filter is applied.
pub(super) struct Grid<'a> {
    pub(super) counts: Vec<u64>,
    /// Chunks along each axis that an index has places for: of the largest shape that the data set may be given.
    pub(super) room: Vec<u64>,
    pub(super) chunk: &'a [u64],
    pub(super) length: u64,
    pub(super) is_filtered: bool,
    /// Chunks may be missing.
    pub(super) has_fill: bool,
}

impl Grid<'_> {
    fn n_chunks(&self) -> Result<u64, Error> {
        product(&self.counts)
    }

    /// Turns a place in an index into one among the chunks; none if it is kept for a larger shape.
    fn number(&self, place: u64) -> Option<u64> {
        let (mut number, mut stride, mut rest) = (0_u64, 1_u64, place);
        for (&count, &room) in self.counts.iter().zip(&self.room).rev() {
            let along = rest % room;
            if along >= count {
                return None;
            }
            number += along * stride;
            (rest, stride) = (rest / room, stride * count);
        }
        (rest == 0).then_some(number)
    }

    /// Turns a place among the chunks into one in an index.
    fn place(&self, number: u64) -> u64 {
        let (mut place, mut stride, mut rest) = (0_u64, 1_u64, number);
        for (&count, &room) in self.counts.iter().zip(&self.room).rev() {
            place = place.saturating_add((rest % count).saturating_mul(stride));
            (rest, stride) = (rest / count, stride.saturating_mul(room));
        }
        place
    }
}

fn product(counts: &[u64]) -> Result<u64, Error> {
    let product = counts
        .iter()
        .try_fold(1_u64, |n, &count| n.checked_mul(count));
    product.ok_or_else(|| broken("more chunks than can be counted"))
}

/// Returns every chunk that was written, in order.
pub(super) fn list(file: &Input, index: &Index, grid: &Grid<'_>) -> Result<Vec<Chunk>, Error> {
    if grid
        .room
        .iter()
        .zip(&grid.counts)
        .any(|(room, count)| room < count)
    {
        return Err(broken(
            "the shape is larger than the largest it may be given",
        ));
    }
    let mut chunks = match *index {
        // Made when the first chunk is written.
        Index::Tree(UNDEFINED)
        | Index::Single(UNDEFINED, _)
        | Index::Implicit(UNDEFINED)
        | Index::FixedArray(UNDEFINED) => Vec::new(),
        Index::Tree(address) => {
            let mut tree = Tree {
                file,
                grid,
                seen: BTreeSet::new(),
                chunks: Vec::new(),
            };
            tree.node(address, 0)?;
            tree.chunks
        }
        Index::Single(address, filtered) => {
            let (length, skipped) = filtered.unwrap_or((grid.length, 0));
            vec![Chunk {
                number: 0,
                address,
                length,
                skipped,
            }]
        }
        Index::Implicit(address) => implicit(file, address, grid)?,
        Index::FixedArray(address) => fixed_array(file, address, grid)?,
    };
    chunks.sort_unstable();
    let n_chunks = grid.n_chunks()?;
    let in_order = chunks.is_sorted_by(|a, b| a.number < b.number)
        && chunks.last().is_none_or(|chunk| chunk.number < n_chunks);
    if !in_order {
        return Err(broken("the list of chunks names one twice or outside"));
    }
    if chunks.len() as u64 != n_chunks && !grid.has_fill {
        return Err(broken(format!(
            "{} of {n_chunks} chunks are there; the others were never written",
            chunks.len()
        )));
    }
    for chunk in &chunks {
        check_range(file, chunk.address, chunk.length)?;
    }
    Ok(chunks)
}

fn implicit(file: &Input, address: u64, grid: &Grid<'_>) -> Result<Vec<Chunk>, Error> {
    let n_chunks = grid.n_chunks()?;
    let bytes = n_chunks.saturating_mul(grid.length);
    check_range(file, address, bytes)?;
    let chunk = |number| Chunk {
        number,
        address: address.saturating_add(grid.place(number).saturating_mul(grid.length)),
        length: grid.length,
        skipped: 0,
    };
    Ok((0..n_chunks).map(chunk).collect())
}

struct Tree<'a> {
    file: &'a Input,
    grid: &'a Grid<'a>,
    seen: BTreeSet<u64>,
    chunks: Vec<Chunk>,
}

impl Tree<'_> {
    fn node(&mut self, address: u64, depth: usize) -> Result<(), Error> {
        if address == UNDEFINED {
            return Ok(());
        }
        // Without cycles and shared nodes there are no more chunks than the file has room for.
        if depth > 64 || !self.seen.insert(address) {
            return Err(broken("the tree of chunks has a cycle"));
        }
        let head = load(self.file, address, 24)?;
        let mut cursor = Cursor::new(&head);
        cursor.signature(b"TREE")?;
        let (kind, level, n_children) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
        if kind != 1 {
            return Err(broken("the tree of chunks is of another kind"));
        }
        let key = 8 + 8 * (self.grid.chunk.len() as u64 + 1);
        let bytes = load(self.file, address + 24, u64::from(n_children) * (key + 8))?;
        let mut cursor = Cursor::new(&bytes);
        for _ in 0..n_children {
            let (length, skipped) = (cursor.u32()?, cursor.u32()?);
            let number = self.number(&mut cursor)?;
            let child = cursor.u64()?;
            if level > 0 {
                self.node(child, depth + 1)?;
            } else {
                self.chunks.push(Chunk {
                    number,
                    address: child,
                    length: length.into(),
                    skipped,
                });
            }
        }
        Ok(())
    }

    /// Turns a chunk's first element into its place in the grid.
    fn number(&self, cursor: &mut Cursor<'_>) -> Result<u64, Error> {
        let mut number = 0_u64;
        for (&count, &length) in self.grid.counts.iter().zip(self.grid.chunk) {
            let place = cursor.u64()? / length;
            number = number.wrapping_mul(count).wrapping_add(place.min(count));
        }
        cursor.skip(8)?;
        Ok(number)
    }
}

fn fixed_array(file: &Input, address: u64, grid: &Grid<'_>) -> Result<Vec<Chunk>, Error> {
    let head = load(file, address, 28)?;
    let mut cursor = Cursor::new(&head);
    cursor.signature(b"FAHD")?;
    cursor.skip(1)?;
    let (client, width, page_bits) = (cursor.u8()?, u64::from(cursor.u8()?), cursor.u8()?);
    let (n_entries, block) = (cursor.u64()?, cursor.u64()?);
    let filtered = client == 1;
    let least = if filtered { 13 } else { 8 };
    if n_entries != product(&grid.room)?
        || filtered != grid.is_filtered
        || !(least..=20).contains(&width)
    {
        return Err(broken("the table of chunks does not fit its data set"));
    }
    if block == UNDEFINED {
        return Ok(Vec::new());
    }
    let per_page = 1_u64
        .checked_shl(page_bits.into())
        .unwrap_or(u64::MAX)
        .max(1);
    let n_pages = n_entries.div_ceil(per_page);
    if load(file, block, 4)? != b"FADB" {
        return Err(broken("the table of chunks has no entries"));
    }
    // Signature, version, client and the header's address.
    let mut at = block.saturating_add(14);
    // In pages, a bit for each tells whether it was written, and a checksum follows all bits.
    let is_paged = n_entries > per_page;
    let mut written = Vec::new();
    if is_paged {
        written = load(file, at, n_pages.div_ceil(8))?;
        at = at.saturating_add(written.len() as u64 + 4);
    }
    let mut chunks = Vec::new();
    for page in 0..n_pages {
        let n = per_page.min(n_entries - page * per_page);
        let length = n.saturating_mul(width);
        if !is_paged || written[(page / 8) as usize] & (0x80 >> (page % 8)) != 0 {
            let bytes = load(file, at, length)?;
            for (entry, place) in bytes.chunks_exact(width as usize).zip(page * per_page..) {
                if let Some(number) = grid.number(place) {
                    chunks.extend(entry_of(entry, number, grid)?);
                }
            }
        }
        at = at.saturating_add(length).saturating_add(4);
    }
    Ok(chunks)
}

/// Reads an address, and if chunks are filtered their bytes and the filters left out.
fn entry_of(entry: &[u8], number: u64, grid: &Grid<'_>) -> Result<Option<Chunk>, Error> {
    let mut cursor = Cursor::new(entry);
    let address = cursor.u64()?;
    let (length, skipped) = if grid.is_filtered {
        (cursor.number(cursor.len() - 4)?, cursor.u32()?)
    } else {
        (grid.length, 0)
    };
    Ok((address != UNDEFINED).then_some(Chunk {
        number,
        address,
        length,
        skipped,
    }))
}
