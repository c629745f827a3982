//! Files that are complete or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// Writes a file, replacing what is there.
///
/// The bytes go to a temporary file beside it, which is then renamed: nobody sees half a file, and a
/// failure leaves the old one.
///
/// # Errors
/// If the folder does not exist or cannot be written, or if the path is a folder.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path)?;
    let written = File::create_new(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to report; there may be no temporary file at all.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Names a file in the same folder that no other process or thread uses.
fn beside(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        let problem = "the path has no file name";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    hidden.push(format!(".{}-{count}.tmp", process::id()));
    Ok(path.with_file_name(hidden))
}
