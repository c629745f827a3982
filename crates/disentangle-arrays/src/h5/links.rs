//! The members of a group: symbol tables of old files, link messages of newer ones.
//!
//! HDF5 File Format Specification 3.0, III.A.1, III.B, III.C, III.D and IV.A.2.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::h5::bytes::{Cursor, UNDEFINED, broken, load};
use crate::h5::input::Input;
use crate::h5::object::Object;

const LINK_INFO: u16 = 0x02;
const LINK: u16 = 0x06;
const SYMBOL_TABLE: u16 = 0x11;

/// Members of all groups together; more are not listed.
const MAX_MEMBERS: usize = 65_536;
/// Bytes of a node of a group's B-tree and of its table of symbols, at the largest customary sizes.
const NODE_HEAD: u64 = 24;

/// Returns the names and the header addresses of a group's members; none for what is no group.
pub(super) fn members(file: &Input, group: &Object) -> Result<Vec<(String, u64)>, Error> {
    let mut found = Vec::new();
    if let Some(message) = group.message(SYMBOL_TABLE) {
        let mut cursor = Cursor::new(message);
        let (tree, heap) = (cursor.u64()?, cursor.u64()?);
        let mut table = SymbolTable {
            file,
            names: heap_data(file, heap)?,
            seen: BTreeSet::new(),
            found: &mut found,
        };
        table.node(tree, 0)?;
    }
    for message in group.all(LINK) {
        found.extend(link(message)?);
    }
    Ok(found)
}

/// Tells whether a group keeps its many links in a fractal heap, which is not read.
pub(super) fn are_in_heap(group: &Object) -> Result<bool, Error> {
    let Some(message) = group.message(LINK_INFO) else {
        return Ok(false);
    };
    let mut cursor = Cursor::new(message);
    cursor.skip(1)?;
    let flags = cursor.u8()?;
    cursor.skip(if flags & 1 != 0 { 8 } else { 0 })?;
    Ok(cursor.u64()? != UNDEFINED)
}

/// Reads a link; only hard ones have an address.
fn link(message: &[u8]) -> Result<Option<(String, u64)>, Error> {
    let mut cursor = Cursor::new(message);
    let (version, flags) = (cursor.u8()?, cursor.u8()?);
    if version != 1 {
        return Err(broken(format!("link version {version} is unknown")));
    }
    let kind = if flags & 0x08 != 0 { cursor.u8()? } else { 0 };
    cursor.skip(if flags & 0x04 != 0 { 8 } else { 0 })?;
    cursor.skip(if flags & 0x10 != 0 { 1 } else { 0 })?;
    let length = cursor.number(1 << (flags & 3))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let name = String::from_utf8_lossy(cursor.take(length)?).into_owned();
    // Soft and external links name a path instead.
    match kind {
        0 => Ok(Some((name, cursor.u64()?))),
        _ => Ok(None),
    }
}

fn heap_data(file: &Input, address: u64) -> Result<Vec<u8>, Error> {
    let bytes = load(file, address, 32)?;
    let mut cursor = Cursor::new(&bytes);
    cursor.signature(b"HEAP")?;
    cursor.skip(4)?;
    let length = cursor.u64()?;
    cursor.skip(8)?;
    load(file, cursor.u64()?, length)
}

struct SymbolTable<'a> {
    file: &'a Input,
    names: Vec<u8>,
    seen: BTreeSet<u64>,
    found: &'a mut Vec<(String, u64)>,
}

impl SymbolTable<'_> {
    fn node(&mut self, address: u64, depth: usize) -> Result<(), Error> {
        if depth > 64 || !self.seen.insert(address) {
            return Err(broken("the tree of a group's members has a cycle"));
        }
        let head = load(self.file, address, NODE_HEAD)?;
        let mut cursor = Cursor::new(&head);
        cursor.signature(b"TREE")?;
        let (kind, level, n_children) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
        if kind != 0 {
            return Err(broken("a group's tree is of another kind"));
        }
        let bytes = load(self.file, address + NODE_HEAD, 16 * u64::from(n_children))?;
        let mut cursor = Cursor::new(&bytes);
        for _ in 0..n_children {
            cursor.skip(8)?;
            let child = cursor.u64()?;
            if level > 0 {
                self.node(child, depth + 1)?;
            } else {
                self.symbols(child)?;
            }
        }
        Ok(())
    }

    fn symbols(&mut self, address: u64) -> Result<(), Error> {
        if !self.seen.insert(address) {
            return Err(broken("the tree of a group's members has a cycle"));
        }
        let head = load(self.file, address, 8)?;
        let mut cursor = Cursor::new(&head);
        cursor.signature(b"SNOD")?;
        cursor.skip(2)?;
        let n_symbols = cursor.u16()?;
        let bytes = load(self.file, address + 8, 40 * u64::from(n_symbols))?;
        let mut cursor = Cursor::new(&bytes);
        for _ in 0..n_symbols {
            let (name, object, cache) = (cursor.u64()?, cursor.u64()?, cursor.u32()?);
            cursor.skip(20)?;
            // A symbolic link has no object.
            if cache != 2 {
                self.found.push((self.name(name)?, object));
            }
            if self.found.len() > MAX_MEMBERS {
                return Err(broken("a group has too many members"));
            }
        }
        Ok(())
    }

    fn name(&self, offset: u64) -> Result<String, Error> {
        let start = usize::try_from(offset).ok();
        let rest = start.and_then(|start| self.names.get(start..));
        let name = rest.and_then(|rest| rest.split(|&byte| byte == 0).next());
        let name = name.ok_or_else(|| broken("a member's name lies outside of its heap"))?;
        Ok(String::from_utf8_lossy(name).into_owned())
    }
}
