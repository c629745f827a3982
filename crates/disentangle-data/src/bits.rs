//! Binary images, one bit a pixel: a `u64` a row, bit c the pixel of column c.

/// The most columns that a row can have.
pub(crate) const MAX_WIDTH: usize = 64;

/// The bytes of eight pixels, by the bits of these pixels.
static EXPANDED: [[u8; 8]; 256] = expanded();

const fn expanded() -> [[u8; 8]; 256] {
    let mut table = [[0; 8]; 256];
    let mut entry = 0;
    while entry < 2048 {
        let (bits, pixel) = (entry / 8, entry % 8);
        table[bits][pixel] = if bits >> pixel & 1 == 1 { 255 } else { 0 };
        entry += 1;
    }
    table
}

/// Writes an image `[H, W]` of bytes, 255 where a bit is set; `out` holds `rows.len()·width` bytes.
pub(crate) fn expand(rows: &[u64], width: usize, out: &mut [u8]) {
    out.fill(0);
    // Most rows of a sprite image are dark.
    let lit = rows.iter().zip(out.chunks_exact_mut(width));
    for (row, out) in lit.filter(|(row, _)| **row != 0) {
        let bytes = row.to_le_bytes();
        let (whole, rest) = out.as_chunks_mut::<8>();
        for (eight, byte) in whole.iter_mut().zip(bytes) {
            *eight = EXPANDED[byte as usize];
        }
        if !rest.is_empty() {
            let last = EXPANDED[bytes[width / 8] as usize];
            rest.copy_from_slice(&last[..rest.len()]);
        }
    }
}

/// Packs 64 pixels of 0 or 1 a row; `None` if a byte is neither.
pub(crate) fn pack(pixels: &[u8; MAX_WIDTH]) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Multiplying moves bit 8i to bit 56 + i: the sum has one term a bit, so nothing carries.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = pixels.as_chunks::<8>();
    let mut row = [0; 8];
    for (byte, eight) in row.iter_mut().zip(eights) {
        let eight = u64::from_le_bytes(*eight);
        if eight & !ONES != 0 {
            return None;
        }
        *byte = (eight.wrapping_mul(GATHER) >> 56) as u8;
    }
    Some(u64::from_le_bytes(row))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packing_undoes_expanding(row in any::<u64>()) {
            let mut pixels = [7; 64];
            expand(&[row], 64, &mut pixels);
            for (column, pixel) in pixels.iter_mut().enumerate() {
                prop_assert_eq!(*pixel, if row >> column & 1 == 1 { 255 } else { 0 });
                *pixel /= 255;
            }
            prop_assert_eq!(pack(&pixels), Some(row));
        }
    }

    #[test]
    fn odd_widths_are_expanded_whole() {
        let mut out = [7; 22];
        expand(&[0b101_0000_0001, 0], 11, &mut out);
        let lit: Vec<_> = (0..22).filter(|&i| out[i] == 255).collect();
        assert_eq!(lit, [0, 8, 10]);
        assert!(out.iter().all(|&pixel| pixel != 7));
    }

    #[test]
    fn other_pixels_than_0_and_1_are_refused() {
        let mut pixels = [1; 64];
        pixels[37] = 2;
        assert_eq!(pack(&pixels), None);
    }
}
