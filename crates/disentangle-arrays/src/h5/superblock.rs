//! The superblock: where the root group is. Versions 0 to 3.
//!
//! HDF5 File Format Specification 3.0, II.A.

use crate::error::Error;
use crate::h5::bytes::{Cursor, broken, load};
use crate::npy::show;
use crate::random_file::RandomFile;

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// Returns the address of the root group's object header.
pub(super) fn root(file: &RandomFile) -> Result<u64, Error> {
    let start = find(file)?;
    let length = (file.length() - start).min(96);
    let bytes = load(file, start, length)?;
    let mut cursor = Cursor::new(&bytes);
    cursor.skip(SIGNATURE.len())?;
    let version = cursor.u8()?;
    let (base, root) = match version {
        0 | 1 => {
            cursor.skip(4)?;
            check_widths(&mut cursor)?;
            // Reserved, group sizes, flags; version 1 has four bytes more.
            cursor.skip(9 + 4 * usize::from(version))?;
            let base = cursor.u64()?;
            // Free space, end of file, driver, and the root entry's name.
            cursor.skip(4 * 8)?;
            (base, cursor.u64()?)
        }
        2 | 3 => {
            check_widths(&mut cursor)?;
            cursor.skip(1)?;
            let base = cursor.u64()?;
            cursor.skip(2 * 8)?;
            (base, cursor.u64()?)
        }
        _ => return Err(broken(format!("superblock version {version} is unknown"))),
    };
    // Addresses count from the base: with another one every address below would be off.
    if base != 0 || start != 0 {
        return Err(broken(format!(
            "begins at byte {start} with base address {base}; only files without a user block are read"
        )));
    }
    Ok(root)
}

/// The superblock may stand at 0, 512, 1024, 2048, …
fn find(file: &RandomFile) -> Result<u64, Error> {
    let mut start = 0;
    let mut first = [0; 8];
    let mut beginning = Vec::new();
    while start + 8 <= file.length() {
        file.read_at(start, &mut first)?;
        if &first == SIGNATURE {
            return Ok(start);
        }
        if start == 0 {
            beginning = first.to_vec();
        }
        start = (2 * start).max(512);
    }
    Err(Error::WrongMagic {
        expected: "an HDF5 file",
        found: show(&beginning),
    })
}

fn check_widths(cursor: &mut Cursor<'_>) -> Result<(), Error> {
    let (offsets, lengths) = (cursor.u8()?, cursor.u8()?);
    if (offsets, lengths) == (8, 8) {
        return Ok(());
    }
    Err(broken(format!(
        "offsets of {offsets} and lengths of {lengths} bytes are not read, only of 8"
    )))
}
