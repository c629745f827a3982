//! The frames of an event file (TFRecord).
//!
//! `length: u64, masked crc of the length: u32, data, masked crc of the data: u32`, little-endian. The
//! checksum is CRC-32C (Castagnoli, RFC 3720), masked as `rotate(crc, 15) + 0xa282ead8`, so that a
//! checksum of data that holds checksums does not degenerate.

/// Returns the bytes of a message with its frame.
pub(super) fn framed(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut bytes = Vec::with_capacity(message.len() + 16);
    bytes.extend(length);
    bytes.extend(masked(&length).to_le_bytes());
    bytes.extend(message);
    bytes.extend(masked(message).to_le_bytes());
    bytes
}

fn masked(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            // The polynomial 0x1EDC6F41 with its bits reversed.
            crc = (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

fn crc32c(bytes: &[u8]) -> u32 {
    let next = |crc: u32, byte: &u8| (crc >> 8) ^ TABLE[((crc ^ u32::from(*byte)) & 255) as usize];
    !bytes.iter().fold(!0, next)
}

/// Takes frames apart again, or returns nothing if one is broken.
#[cfg(test)]
pub(super) fn read(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?) as usize;
        let data = bytes.get(12..12 + length)?;
        if framed(data) != *bytes.get(..length + 16)? {
            return None;
        }
        records.push(data.to_vec());
        bytes = &bytes[length + 16..];
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3720, appendix B.4.
    #[test]
    fn checksums_of_the_standard() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let rising: Vec<u8> = (0..32).collect();
        assert_eq!(crc32c(&rising), 0x46dd_794e);
    }

    #[test]
    fn frames_come_apart_again() {
        let bytes = [framed(b"one"), framed(b"")].concat();
        assert_eq!(read(&bytes).unwrap(), [b"one".to_vec(), Vec::new()]);
        assert!(read(&bytes[..bytes.len() - 1]).is_none());
    }
}
