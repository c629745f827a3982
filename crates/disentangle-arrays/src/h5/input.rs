//! A file whose addresses count from its superblock, before which a block of the user's own may stand.

use std::path::Path;

use crate::error::Error;
use crate::random_file::RandomFile;

/// An HDF5 file, read at its addresses.
#[derive(Debug)]
pub(super) struct Input {
    file: RandomFile,
    base: u64,
}

impl Input {
    /// `base` is where the superblock stands, within the file.
    pub(super) fn new(file: RandomFile, base: u64) -> Self {
        Self { file, base }
    }

    /// Returns the number of addresses.
    pub(super) fn length(&self) -> u64 {
        self.file.length().saturating_sub(self.base)
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Returns where an address is in the file.
    pub(super) fn place(&self, address: u64) -> u64 {
        self.base.saturating_add(address)
    }

    pub(super) fn read_at(&self, address: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.file.read_at(self.place(address), buffer)
    }
}
