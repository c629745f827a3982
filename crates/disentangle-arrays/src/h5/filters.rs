//! Undoes the filters of a chunk: deflate, shuffle, Fletcher's checksum, LZF.

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::error::Error;
use crate::h5::bytes::broken;
use crate::h5::messages::Filter;

/// Returns a chunk's elements, exactly `length` bytes; bit i of `skipped` leaves filter i out.
pub(super) fn undo(
    filters: &[Filter],
    skipped: u32,
    stored: Vec<u8>,
    length: usize,
) -> Result<Vec<u8>, Error> {
    let mut bytes = stored;
    for (position, filter) in filters.iter().enumerate().rev() {
        if skipped.checked_shr(position as u32).unwrap_or(0) & 1 == 1 {
            continue;
        }
        // A checksum that was applied before a compression is behind the elements.
        let trailers = filters[..position].iter();
        let trailers = trailers
            .filter(|&filter| *filter == Filter::Fletcher32)
            .count();
        let limit = length + 4 * trailers;
        bytes = match filter {
            Filter::Deflate => inflate(&bytes, limit)?,
            Filter::Lzf => lzf(&bytes, limit)?,
            Filter::Shuffle(size) => unshuffle(&bytes, *size),
            Filter::Fletcher32 => checked(bytes)?,
        };
    }
    if bytes.len() == length {
        return Ok(bytes);
    }
    Err(Error::Truncated {
        what: "a chunk",
        expected: length as u64,
        found: bytes.len() as u64,
    })
}

fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    // One byte more than there may be tells a bomb from a chunk.
    let mut decoder = ZlibDecoder::new(bytes).take(limit as u64 + 1);
    decoder
        .read_to_end(&mut out)
        .map_err(|error| broken(format!("a gzip chunk cannot be inflated: {error}")))?;
    if out.len() > limit {
        return Err(Error::TrailingBytes {
            expected: limit as u64,
        });
    }
    Ok(out)
}

/// The format of liblzf, as h5py's filter 32000 writes it.
fn lzf(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let end = || broken("an lzf chunk ends early");
    let mut out: Vec<u8> = Vec::new();
    let mut input = bytes;
    while let Some((&control, rest)) = input.split_first() {
        let control = usize::from(control);
        if control < 32 {
            let (literals, rest) = rest.split_at_checked(control + 1).ok_or_else(end)?;
            out.extend_from_slice(literals);
            input = rest;
        } else {
            let mut length = control >> 5;
            let mut rest = rest;
            let mut next = || {
                let (&byte, after) = rest.split_first().ok_or_else(end)?;
                rest = after;
                Ok::<_, Error>(usize::from(byte))
            };
            if length == 7 {
                length += next()?;
            }
            let low = next()?;
            input = rest;
            let distance = ((control & 31) << 8 | low) + 1;
            let Some(start) = out.len().checked_sub(distance) else {
                return Err(broken("an lzf chunk refers to bytes before its beginning"));
            };
            // The copied range may overlap what it appends to.
            for position in start..start + length + 2 {
                out.push(out[position]);
            }
        }
        if out.len() > limit {
            return Err(Error::TrailingBytes {
                expected: limit as u64,
            });
        }
    }
    Ok(out)
}

/// Byte k of element i is at `k·n + i`; what does not fill an element stays behind.
fn unshuffle(bytes: &[u8], size: usize) -> Vec<u8> {
    let n = bytes.len() / size;
    let mut out = bytes.to_vec();
    for k in 0..size.min(bytes.len()) {
        for (i, &byte) in bytes[k * n..(k + 1) * n].iter().enumerate() {
            out[i * size + k] = byte;
        }
    }
    out
}

fn checked(mut bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let Some(length) = bytes.len().checked_sub(4) else {
        return Err(broken("a chunk is shorter than its checksum"));
    };
    let stored = [0, 1, 2, 3].map(|k| bytes[length + k]);
    bytes.truncate(length);
    let sum = fletcher32(&bytes);
    // HDF5 before 1.6.3 wrote each half with its bytes exchanged.
    let old = [sum[1], sum[0], sum[3], sum[2]];
    if stored == sum || stored == old {
        return Ok(bytes);
    }
    Err(broken("a chunk does not have its Fletcher32 checksum"))
}

/// Two sums modulo 65,535 over big-endian words of 16 bits, the second one in the upper half.
fn fletcher32(bytes: &[u8]) -> [u8; 4] {
    let (mut first, mut second) = (0_u64, 0_u64);
    // After 4096 words the sums stay far below 2⁶⁴.
    for block in bytes.chunks(8192) {
        for word in block.chunks(2) {
            let low = word.get(1).copied().unwrap_or(0);
            first += u64::from(u16::from_be_bytes([word[0], low]));
            second += first;
        }
        (first, second) = (first % 65_535, second % 65_535);
    }
    ((second as u32) << 16 | first as u32).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_is_undone() {
        assert_eq!(unshuffle(&[1, 3, 5, 2, 4, 6, 9], 2), [1, 2, 3, 4, 5, 6, 9]);
        assert_eq!(unshuffle(&[1, 2], 8), [1, 2]);
    }

    #[test]
    fn lzf_copies_overlap() {
        // Two literals, then nine bytes from two before, then three from three before.
        let bytes = [1, b'a', b'b', 7 << 5, 0, 1, 1 << 5, 2];
        assert_eq!(lzf(&bytes, 99).unwrap(), b"abababababaaba");
    }

    #[test]
    fn broken_lzf_is_an_error() {
        for bytes in [&[5, 1, 2][..], &[7 << 5], &[7 << 5, 1], &[1 << 5, 0]] {
            assert!(lzf(bytes, 99).is_err(), "{bytes:?}");
        }
        assert!(matches!(
            lzf(&[0, 7, 7 << 5, 250, 0], 99),
            Err(Error::TrailingBytes { .. })
        ));
    }

    #[test]
    fn a_bomb_is_inflated_no_further_than_its_chunk() {
        let mut bomb = Vec::new();
        let mut encoder = flate2::read::ZlibEncoder::new(
            std::io::repeat(0).take(1 << 24),
            flate2::Compression::best(),
        );
        encoder.read_to_end(&mut bomb).unwrap();
        let error = undo(&[Filter::Deflate], 0, bomb, 100).unwrap_err();
        assert!(
            matches!(error, Error::TrailingBytes { expected: 100 }),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_checksum_is_noticed() {
        let mut bytes = b"some elements".to_vec();
        bytes.extend(fletcher32(b"some elements"));
        let filters = [Filter::Fletcher32];
        assert_eq!(
            undo(&filters, 0, bytes.clone(), 13).unwrap(),
            b"some elements"
        );
        bytes[3] ^= 1;
        assert!(undo(&filters, 0, bytes.clone(), 13).is_err());
        // A filter that was left out is not undone.
        assert_eq!(undo(&filters, 1, bytes.clone(), 17).unwrap(), bytes);
    }
}
