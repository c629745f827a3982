//! A file that is read at any place, and that is noticed to change.
//!
//! Positioned reads take the place of a memory map: they are one copy into the caller's buffer too, and a
//! file that shrinks while it is open is an error here, where a map would end the process (SIGBUS).
//! What cannot be noticed: bytes that change without the file's length or its time of modification.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, place};
use crate::source::open_file;

/// An open file with positioned reads; it can be shared between threads.
#[derive(Debug)]
pub struct RandomFile {
    file: File,
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl RandomFile {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be opened, or is a directory.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (file, length) = open_file(path)?;
        // A system without times of modification still has lengths.
        let modified = file
            .metadata()
            .ok()
            .and_then(|metadata| metadata.modified().ok());
        Ok(Self {
            file,
            path: path.to_owned(),
            length,
            modified,
        })
    }

    /// Returns the path by which it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the length at opening, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Checks that the file still has the length and the time of modification that it was opened with.
    ///
    /// # Errors
    /// If it has changed, or cannot be looked at.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let changed = |what: String| Err(Error::Changed(what).at(place(&self.path, "")));
        let metadata = self
            .file
            .metadata()
            .map_err(|error| Error::from(error).at(place(&self.path, "")))?;
        if metadata.len() != self.length {
            return changed(format!("from {} to {} bytes", self.length, metadata.len()));
        }
        match (self.modified, metadata.modified().ok()) {
            (Some(then), Some(now)) if then != now => {
                changed("its time of modification".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Fills `buffer` from a place in the file.
    ///
    /// # Errors
    /// If the file ends before, or cannot be read.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
        self.fill(offset, buffer).map_err(|error| {
            let error = match error.kind() {
                io::ErrorKind::UnexpectedEof => Error::Truncated {
                    what: "the file",
                    expected: offset.saturating_add(buffer.len() as u64),
                    found: self.length,
                },
                _ => error.into(),
            };
            error.at(place(&self.path, ""))
        })
    }

    #[cfg(unix)]
    fn fill(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn fill(&self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        use std::os::windows::fs::FileExt;
        while !buffer.is_empty() {
            match self.file.seek_read(buffer, offset)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => {
                    buffer = &mut buffer[read..];
                    offset += read as u64;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrinks_is_an_error_and_no_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        std::fs::write(&path, [7; 100]).unwrap();
        let file = RandomFile::open(&path).unwrap();
        let mut two = [0; 2];
        file.read_at(98, &mut two).unwrap();
        assert_eq!(two, [7, 7]);
        file.check_unchanged().unwrap();

        std::fs::write(&path, [7; 50]).unwrap();
        let error = file.read_at(98, &mut two).unwrap_err();
        assert!(matches!(error.cause(), Error::Truncated { .. }), "{error}");
        let error = file.check_unchanged().unwrap_err();
        assert!(matches!(error.cause(), Error::Changed(_)), "{error}");
        assert!(
            error.to_string().contains("from 100 to 50 bytes"),
            "{error}"
        );
    }

    #[test]
    fn a_place_beyond_any_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bin");
        std::fs::write(&path, [7; 4]).unwrap();
        let file = RandomFile::open(&path).unwrap();
        assert!(file.read_at(u64::MAX - 1, &mut [0; 4]).is_err());
    }
}
