//! Pieces of an HDF5 file, and numbers in them.

use crate::error::Error;
use crate::h5::input::Input;

/// An address that says that there is nothing.
pub(super) const UNDEFINED: u64 = u64::MAX;

/// The most bytes that one piece of metadata may take; real ones take kilobytes.
const MAX_METADATA: u64 = 64 << 20;

/// Reads a piece of metadata.
pub(super) fn load(file: &Input, address: u64, length: u64) -> Result<Vec<u8>, Error> {
    if length > MAX_METADATA {
        return Err(broken(format!("metadata claims {length} bytes")));
    }
    check_range(file, address, length)?;
    let mut bytes = vec![0; length as usize];
    file.read_at(address, &mut bytes)?;
    Ok(bytes)
}

/// Checks that a range lies within the file.
pub(super) fn check_range(file: &Input, address: u64, length: u64) -> Result<(), Error> {
    let end = address.checked_add(length);
    if end.is_some_and(|end| end <= file.length()) {
        return Ok(());
    }
    Err(Error::Truncated {
        what: "HDF5 data",
        expected: address.saturating_add(length),
        found: file.length(),
    })
}

/// Says what is broken.
pub(super) fn broken(what: impl Into<String>) -> Error {
    Error::Hdf5(what.into())
}

/// Takes numbers off the front of a piece.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.rest.split_at_checked(length) else {
            return Err(broken(format!(
                "a structure ends early: {length} bytes wanted, {} left",
                self.rest.len()
            )));
        };
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, length: usize) -> Result<(), Error> {
        self.take(length).map(drop)
    }

    /// Takes a little-endian number of up to eight bytes.
    pub(super) fn number(&mut self, length: usize) -> Result<u64, Error> {
        if length > 8 {
            return Err(broken(format!("a number of {length} bytes")));
        }
        let mut bytes = [0; 8];
        bytes[..length].copy_from_slice(self.take(length)?);
        Ok(u64::from_le_bytes(bytes))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, Error> {
        Ok(self.number(2)? as u16)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        Ok(self.number(4)? as u32)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Error> {
        self.number(8)
    }

    /// Takes the four letters that begin a structure.
    pub(super) fn signature(&mut self, expected: &[u8; 4]) -> Result<(), Error> {
        let found = self.take(4)?;
        if found == expected {
            return Ok(());
        }
        Err(broken(format!(
            "a structure begins with \"{}\", expected \"{}\"",
            found.escape_ascii(),
            expected.escape_ascii()
        )))
    }
}
