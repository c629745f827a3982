//! The superblock: where the root group is. Versions 0 to 3.
//!
//! HDF5 File Format Specification 3.0, II.A.

use crate::error::Error;
use crate::h5::bytes::{Cursor, broken, load};
use crate::h5::input::Input;
use crate::npy::show;
use crate::random_file::RandomFile;

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// Returns the file from its superblock on, and the address of the root group's object header.
pub(super) fn root(file: RandomFile) -> Result<(Input, u64), Error> {
    let start = find(&file)?;
    let input = Input::new(file, start);
    let length = input.length().min(96);
    let bytes = load(&input, 0, length)?;
    let mut cursor = Cursor::new(&bytes);
    cursor.skip(SIGNATURE.len())?;
    let version = cursor.u8()?;
    match version {
        0 | 1 => {
            cursor.skip(4)?;
            check_widths(&mut cursor)?;
            // Reserved, group sizes, flags; version 1 has four bytes more.
            cursor.skip(9 + 4 * usize::from(version))?;
            // The base is where the superblock was found, as for the HDF5 library, which does without this number too.
            // Free space, end of file, driver, and the root entry's name follow.
            cursor.skip(5 * 8)?;
        }
        2 | 3 => {
            check_widths(&mut cursor)?;
            // Flags, base, extension and end of file.
            cursor.skip(1 + 3 * 8)?;
        }
        _ => return Err(broken(format!("superblock version {version} is unknown"))),
    }
    let root = cursor.u64()?;
    Ok((input, root))
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
        "addresses of {offsets} bytes and lengths of {lengths} are not read, only of 8; copy the data sets \
         into a file that h5py makes with its defaults"
    )))
}
