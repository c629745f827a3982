//! Object headers: the list of messages that describes a group or a data set. Versions 1 and 2.
//!
//! HDF5 File Format Specification 3.0, IV.A.1.

use crate::error::Error;
use crate::h5::bytes::{Cursor, broken, load};
use crate::h5::input::Input;

/// Blocks and messages of one header; real ones have a handful.
const MAX_BLOCKS: usize = 1024;
const MAX_MESSAGES: usize = 65_536;

/// One message.
pub(super) struct Message {
    pub(super) kind: u16,
    pub(super) bytes: Vec<u8>,
}

/// An object's messages.
pub(super) struct Object {
    messages: Vec<Message>,
    /// Messages that only say in which other object they are.
    shared: Vec<Message>,
}

impl Object {
    pub(super) fn load(file: &Input, address: u64) -> Result<Self, Error> {
        let start = load(file, address, 4)?;
        let mut blocks = Blocks {
            file,
            messages: Vec::new(),
            shared: Vec::new(),
            pending: Vec::new(),
        };
        if start == b"OHDR" {
            blocks.version_2(address)?;
        } else if start[0] == 1 {
            blocks.version_1(address)?;
        } else {
            return Err(broken(format!("no object header at byte {address}")));
        }
        Ok(Self {
            messages: blocks.messages,
            shared: blocks.shared,
        })
    }

    /// Returns the first message of a kind, its own or that of the object that it names, such as a named type.
    pub(super) fn own_or_shared(&self, file: &Input, kind: u16) -> Result<Option<Vec<u8>>, Error> {
        if let Some(own) = self.message(kind) {
            return Ok(Some(own.to_vec()));
        }
        let Some(shared) = self.shared.iter().find(|message| message.kind == kind) else {
            return Ok(None);
        };
        let mut cursor = Cursor::new(&shared.bytes);
        let (version, place) = (cursor.u8()?, cursor.u8()?);
        cursor.skip(if version == 1 { 6 } else { 0 })?;
        // From version 3 on, 1 is a heap that the whole file shares.
        if version > 3 || (version == 3 && place == 1) {
            return Err(broken(
                "its header is kept in a table of shared messages, which is not read; use `h5repack`",
            ));
        }
        let object = Self::load(file, cursor.u64()?)?;
        Ok(object.message(kind).map(<[u8]>::to_vec))
    }

    /// Returns the first message of a kind.
    pub(super) fn message(&self, kind: u16) -> Option<&[u8]> {
        self.all(kind).next()
    }

    /// Returns all messages of a kind.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = &[u8]> {
        let of_kind = self
            .messages
            .iter()
            .filter(move |message| message.kind == kind);
        of_kind.map(|message| message.bytes.as_slice())
    }
}

const CONTINUATION: u16 = 0x10;
/// Message flag: the message is kept elsewhere and only pointed at.
const SHARED: u8 = 2;

struct Blocks<'a> {
    file: &'a Input,
    messages: Vec<Message>,
    shared: Vec<Message>,
    /// Address and length of blocks that messages pointed at.
    pending: Vec<(u64, u64)>,
}

impl Blocks<'_> {
    fn version_1(&mut self, address: u64) -> Result<(), Error> {
        let prefix = load(self.file, address, 16)?;
        let mut cursor = Cursor::new(&prefix[8..]);
        let length = u64::from(cursor.u32()?);
        self.pending.push((address + 16, length));
        let mut n_blocks = 0;
        while let Some((address, length)) = self.pending.pop() {
            count(&mut n_blocks)?;
            let bytes = load(self.file, address, length)?;
            let mut cursor = Cursor::new(&bytes);
            while cursor.len() >= 8 {
                let (kind, length, flags) = (cursor.u16()?, cursor.u16()?, cursor.u8()?);
                cursor.skip(3)?;
                self.add(kind, flags, cursor.take(length.into())?)?;
            }
        }
        Ok(())
    }

    fn version_2(&mut self, address: u64) -> Result<(), Error> {
        let prefix_length = self.file.length().saturating_sub(address).min(64);
        let prefix = load(self.file, address, prefix_length)?;
        let mut cursor = Cursor::new(&prefix);
        cursor.signature(b"OHDR")?;
        let (version, flags) = (cursor.u8()?, cursor.u8()?);
        if version != 2 {
            return Err(broken(format!(
                "object header version {version} is unknown"
            )));
        }
        // Four times; the limits of compact attributes.
        cursor.skip(if flags & 0x20 != 0 { 16 } else { 0 })?;
        cursor.skip(if flags & 0x10 != 0 { 4 } else { 0 })?;
        let length = cursor.number(1 << (flags & 3))?;
        let used = (prefix.len() - cursor.len()) as u64;
        let first = load(self.file, address + used, length)?;
        let has_order = flags & 0x04 != 0;
        self.messages_2(&first, has_order)?;
        let mut n_blocks = 0;
        while let Some((address, length)) = self.pending.pop() {
            count(&mut n_blocks)?;
            let bytes = load(self.file, address, length)?;
            let mut cursor = Cursor::new(&bytes);
            cursor.signature(b"OCHK")?;
            // The last four bytes are a checksum.
            let messages = cursor.take(cursor.len().saturating_sub(4))?;
            self.messages_2(messages, has_order)?;
        }
        Ok(())
    }

    fn messages_2(&mut self, bytes: &[u8], has_order: bool) -> Result<(), Error> {
        let head = 4 + if has_order { 2 } else { 0 };
        let mut cursor = Cursor::new(bytes);
        // What is shorter than a message's head is a gap.
        while cursor.len() >= head {
            let (kind, length, flags) = (cursor.u8()?, cursor.u16()?, cursor.u8()?);
            cursor.skip(head - 4)?;
            self.add(kind.into(), flags, cursor.take(length.into())?)?;
        }
        Ok(())
    }

    fn add(&mut self, kind: u16, flags: u8, bytes: &[u8]) -> Result<(), Error> {
        if self.messages.len() + self.shared.len() == MAX_MESSAGES {
            return Err(broken("an object header has no end"));
        }
        if kind == CONTINUATION {
            let mut cursor = Cursor::new(bytes);
            self.pending.push((cursor.u64()?, cursor.u64()?));
            return Ok(());
        }
        let messages = match flags & SHARED {
            0 => &mut self.messages,
            _ => &mut self.shared,
        };
        messages.push(Message {
            kind,
            bytes: bytes.to_vec(),
        });
        Ok(())
    }
}

fn count(n_blocks: &mut usize) -> Result<(), Error> {
    *n_blocks += 1;
    if *n_blocks > MAX_BLOCKS {
        return Err(broken("an object header has no end"));
    }
    Ok(())
}
