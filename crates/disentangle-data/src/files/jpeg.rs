//! Whether a JPEG file is whole: decoders fill what is missing with gray and say nothing.
//!
//! ITU-T T.81, B.1.1: segments begin with `0xFF` and a marker, and those before the first scan tell their length. In a
//! scan `0xFF` is followed by a zero or is a marker, so that the end marker, once a scan has begun, is one.

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// Tells whether the end marker follows the first scan of a JPEG file.
///
/// What stands before the scan is skipped by its length, since a small picture within it has an end of its own.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xff, marker, after @ ..] = rest {
        rest = match (*marker, after) {
            // Any number of fill bytes may precede a marker.
            (0xff, _) => &rest[1..],
            (START_OF_SCAN, scan) => return scan.windows(2).any(|pair| pair == END_OF_IMAGE),
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                after.get(length..).unwrap_or_default()
            }
            _ => return false,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_picture_is_whole() {
        let mut whole = Vec::new();
        let picture = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8]));
        let mut cursor = std::io::Cursor::new(&mut whole);
        picture
            .write_to(&mut cursor, image::ImageFormat::Jpeg)
            .unwrap();
        assert!(is_whole(&whole));
        for length in 0..whole.len() {
            assert!(!is_whole(&whole[..length]), "{length}");
        }
        // A picture within the first segment, as cameras write them, has its own end.
        let mut segment = vec![0xff, 0xe1];
        segment.extend((whole.len() as u16 + 2).to_be_bytes());
        segment.extend(&whole);
        let with_small = [&whole[..2], &segment, &whole[2..]].concat();
        assert!(is_whole(&with_small));
        assert!(!is_whole(&with_small[..with_small.len() - 2]));
        let filled = [&whole[..2], &[0xff, 0xff], &whole[2..], b"behind the end"].concat();
        assert!(is_whole(&filled));
    }
}
