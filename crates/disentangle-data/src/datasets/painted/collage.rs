//! Inverted sprites on pieces of a picture.
//!
//! A piece at a uniform place is mixed half and half with a uniform color, `b = (piece + u)/2`; under the
//! sprite it is inverted, `b + (1 − 2b)·sprite`.

use disentangle_seeds::Stream;

use super::{Gray, Paint};
use crate::dataset::ImageShape;
use crate::error::Error;

/// The picture that pieces are taken from, and what names its random numbers.
pub(super) struct Collage {
    purpose: &'static str,
    /// Row by row.
    pixels: Vec<[u8; 3]>,
    width: usize,
}

impl Collage {
    /// Takes a picture, row by row.
    pub(super) fn new(purpose: &'static str, pixels: Vec<[u8; 3]>, width: usize) -> Self {
        Self {
            purpose,
            pixels,
            width,
        }
    }
}

impl Paint for Collage {
    fn purpose(&self) -> &'static str {
        self.purpose
    }

    fn check(&self, image: ImageShape) -> Result<(), Error> {
        let (height, width) = (self.pixels.len() / self.width, self.width);
        if height >= image.height && width >= image.width {
            return Ok(());
        }
        let (rows, columns) = (image.height, image.width);
        Err(Error::Config(format!(
            "the picture behind the sprites has {height} x {width} pixels, too few for images of \
             {rows} x {columns}"
        )))
    }

    fn paint(&self, gray: Gray<'_>, stream: &mut Stream, out: &mut [[u8; 3]]) {
        let (height, width) = (gray.pixels.len() / gray.width, gray.width);
        let mut place =
            |whole: usize, part: usize| stream.below((whole - part) as u64 + 1) as usize;
        let top = place(self.pixels.len() / self.width, height);
        let left = place(self.width, width);
        let tint: [u16; 3] = std::array::from_fn(|_| stream.below(256) as u16);
        let rows = out
            .chunks_exact_mut(width)
            .zip(gray.pixels.chunks_exact(width));
        for (row, (out, sprite)) in rows.enumerate() {
            let piece = &self.pixels[(top + row) * self.width + left..][..width];
            for ((out, piece), &sprite) in out.iter_mut().zip(piece).zip(sprite) {
                *out = std::array::from_fn(|k| {
                    let behind = (u16::from(piece[k]) + tint[k]) / 2;
                    inverted(behind, u16::from(sprite))
                });
            }
        }
    }
}

/// Mixes a value and its inverse by the sprite's shade, rounding to the nearest.
fn inverted(behind: u16, sprite: u16) -> u8 {
    let sum =
        u32::from(behind) * u32::from(255 - sprite) + u32::from(255 - behind) * u32::from(sprite);
    ((sum + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;

    #[test]
    fn sprites_invert_what_is_behind_them() {
        for behind in 0..=255 {
            assert_eq!(u16::from(inverted(behind, 0)), behind);
            assert_eq!(u16::from(inverted(behind, 255)), 255 - behind);
        }
        assert_eq!(inverted(200, 128), 127);
    }

    #[test]
    fn pieces_come_from_all_over_the_picture_and_share_a_tint() {
        // The red of a pixel is its column, the green its row.
        let pixels = (0..5 * 6)
            .map(|at| [2 * (at % 6), 2 * (at / 6), 0])
            .collect();
        let collage = Collage::new("paint/test", pixels, 6);
        let gray = Gray {
            pixels: &[0; 4],
            width: 2,
        };
        let mut seen = std::collections::BTreeSet::new();
        for index in 0..500 {
            let mut stream = Seeds::new(0).stream("test", index);
            let mut out = [[0; 3]; 4];
            collage.paint(gray, &mut stream, &mut out);
            let [a, b, c, d] = out.map(|pixel| pixel.map(i32::from));
            assert_eq!((b[0] - a[0], b[1], b[2]), (1, a[1], a[2]));
            assert_eq!((d[0] - c[0], c[1] - a[1], c[2]), (1, 1, a[2]));
            // The same numbers again: what is left of the piece is its place.
            let mut stream = Seeds::new(0).stream("test", index);
            let place = (stream.below(4) as i32, stream.below(5) as i32);
            let tint = [stream.below(256) as i32, stream.below(256) as i32];
            assert_eq!(a[0], (2 * place.1 + tint[0]) / 2);
            assert_eq!(a[1], (2 * place.0 + tint[1]) / 2);
            seen.insert(place);
        }
        assert_eq!(seen.len(), 20);
    }
}
