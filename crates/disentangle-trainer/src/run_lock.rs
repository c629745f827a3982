//! One process at a time writes into a run.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::Error;

/// Holds the run until it is dropped; the system lets go when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct RunLock {
    _file: Option<File>,
}

impl RunLock {
    pub(crate) fn of(root: &Path) -> Result<Self, Error> {
        let path = root.join(".lock");
        let file = File::create(&path).map_err(Error::file("cannot make", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(root.to_owned())),
            Err(TryLockError::Error(e)) if e.kind() == std::io::ErrorKind::Unsupported => {
                tracing::warn!(
                    "this file system has no locks; let no other process write into {}",
                    root.display()
                );
                Ok(Self { _file: None })
            }
            Err(TryLockError::Error(e)) => Err(Error::file("cannot lock", &path)(e)),
        }
    }
}
