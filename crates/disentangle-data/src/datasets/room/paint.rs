//! From weights and colors to bytes: `⌊(Σ weight·color)/255 + ½⌋`, all in 16 bits.

use super::geometry::Weights;
use crate::datasets::scene::SIDE;

/// The color behind the walls.
const SKY: [u8; 3] = [155, 226, 250];

/// Bytes that are computed together: whole pixels, and whole vectors of any machine.
const BLOCK: usize = 48;
const N_BLOCKS: usize = SIDE * SIDE * 3 / BLOCK;

/// Weights of four materials in 1/255, repeated for each channel: 48 kB.
pub(super) struct Map {
    blocks: [[[u8; BLOCK]; 4]; N_BLOCKS],
}

impl Map {
    pub(super) fn of(weights: &Weights) -> Box<Self> {
        let mut map = Box::new(Self {
            blocks: [[[0; BLOCK]; 4]; N_BLOCKS],
        });
        for (pixel, weights) in weights.iter().enumerate() {
            for (material, byte) in in_bytes(weights).into_iter().enumerate() {
                let at = 3 * pixel % BLOCK;
                map.blocks[3 * pixel / BLOCK][material][at..at + 3].fill(byte);
            }
        }
        map
    }

    /// Writes an image `[H, W, 3]` with these colors of floor, wall and object.
    pub(super) fn paint(&self, [floor, wall, object]: [[u8; 3]; 3], out: &mut [u8]) {
        let colors = [floor, wall, object, SKY];
        let colors: [[u16; BLOCK]; 4] =
            colors.map(|color| std::array::from_fn(|i| u16::from(color[i % 3])));
        let (blocks, _) = out.as_chunks_mut::<BLOCK>();
        for (out, weights) in blocks.iter_mut().zip(&self.blocks) {
            for i in 0..BLOCK {
                let sum = (0..4).fold(0, |sum, k| sum + u16::from(weights[k][i]) * colors[k][i]);
                // Exact division by 255 with rounding, for sums up to 255².
                let half = sum + 128;
                out[i] = ((half + (half >> 8)) >> 8) as u8;
            }
        }
    }
}

/// Rounds weights so that their sum stays at most 255: a sum of colors then fits 16 bits.
fn in_bytes(weights: &[f32; 4]) -> [u8; 4] {
    let mut bytes = weights.map(|weight| (255.0 * weight).round() as u8);
    let sum: u32 = bytes.iter().map(|&byte| u32::from(byte)).sum();
    if let (Some(largest), excess @ 1..) = (bytes.iter_mut().max(), sum.saturating_sub(255)) {
        *largest -= excess as u8;
    }
    bytes
}

/// Returns color k of ten around the wheel of hues, fully saturated: HSV (k/10, 1, 1).
pub(super) fn hue(k: usize) -> [u8; 3] {
    [5.0, 3.0, 1.0].map(|offset| {
        let along = (offset + k as f64 * 0.6) % 6.0;
        (255.0 * (1.0 - along.min(4.0 - along).clamp(0.0, 1.0))).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Python 3.11, `[round(255*c) for c in colorsys.hsv_to_rgb(k/10, 1, 1)]`; ties at 0.6 and 0.4.
    #[test]
    fn hues_are_those_of_hsv() {
        assert_eq!(hue(0), [255, 0, 0]);
        assert_eq!(hue(1), [255, 153, 0]);
        assert_eq!(hue(5), [0, 255, 255]);
        assert_eq!(hue(7), [51, 0, 255]);
        assert_eq!(hue(9), [255, 0, 153]);
    }

    #[test]
    fn weights_never_sum_to_more_than_a_whole() {
        assert_eq!(in_bytes(&[0.25, 0.25, 0.25, 0.25]), [64, 64, 64, 63]);
        assert_eq!(in_bytes(&[0.0, 0.0, 0.0, 1.0]), [0, 0, 0, 255]);
    }

    #[test]
    fn painting_rounds_to_the_nearest() {
        let mut weights = vec![[0.0; 4]; SIDE * SIDE];
        weights[1] = [0.5, 0.25, 0.0, 0.0];
        weights[4095] = [0.0, 0.0, 0.9, 0.0];
        let mut image = vec![7; 3 * SIDE * SIDE];
        let colors = [[255, 100, 1], [10, 255, 0], [0, 1, 255]];
        Map::of(&weights).paint(colors, &mut image);
        // 128·255 + 64·10, 128·100 + 64·255 and 128·1, over 255.
        assert_eq!(image[..6], [0, 0, 0, 131, 114, 1]);
        assert_eq!(image[12285..], [0, 1, 230]);
    }
}
