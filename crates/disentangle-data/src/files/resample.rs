//! Shrinking as Pillow does it, to the bit: the field's loaders shrink with `Image.thumbnail` and `Resize`.
//!
//! Each output pixel is a weighted mean of the input pixels under a filter that is widened by the scale,
//! so shrinking does not alias. Rows first, then columns; weights are rounded to 22 bits and sums to
//! bytes in between. Pillow, `src/libImaging/Resample.c`; equal to version 13.0.0 when shrinking. Where one axis
//! grows, that version may take columns first, which rounds differently.

/// The filter's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// A triangle, one pixel to each side.
    Bilinear,
    /// `sinc(x)·sinc(x/3)`, three pixels to each side.
    Lanczos,
}

/// Bits behind the point of a weight: 32, less 8 of a pixel, less 2 for sums beyond the ends.
const PRECISION: u32 = 22;

/// An image that is lent: rows, columns, channels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Picture<'a> {
    pub(crate) pixels: &'a [u8],
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
}

/// Resizes to `[height, width, C]`.
pub(crate) fn resize(
    picture: Picture<'_>,
    (height, width): (usize, usize),
    filter: Filter,
) -> Vec<u8> {
    let Picture { channels, .. } = picture;
    // Along columns: each row on its own.
    let wide = match width == picture.width {
        true => picture.pixels.to_vec(),
        false => along(
            picture.pixels,
            (picture.height, picture.width, channels),
            width,
            filter,
        ),
    };
    // Along rows: all columns and channels at once.
    match height == picture.height {
        true => wide,
        false => along(&wide, (1, picture.height, width * channels), height, filter),
    }
}

/// Resizes the middle axis of `[outer, n, inner]`.
fn along(
    pixels: &[u8],
    (outer, n, inner): (usize, usize, usize),
    to: usize,
    filter: Filter,
) -> Vec<u8> {
    let weights = weights(n, to, filter);
    let mut out = Vec::with_capacity(outer * to * inner);
    let mut sums = vec![0_i32; inner];
    for block in pixels.chunks_exact(n * inner).take(outer) {
        for (first, weights) in &weights {
            sums.fill(1 << (PRECISION - 1));
            let lines = block[first * inner..].chunks_exact(inner);
            for (line, &weight) in lines.zip(weights) {
                for (sum, &pixel) in sums.iter_mut().zip(line) {
                    *sum += i32::from(pixel) * weight;
                }
            }
            out.extend(
                sums.iter()
                    .map(|&sum| (sum >> PRECISION).clamp(0, 255) as u8),
            );
        }
    }
    out
}

/// Returns for every output pixel the first input pixel and the weights from it on.
fn weights(n: usize, to: usize, filter: Filter) -> Vec<(usize, Vec<i32>)> {
    let scale = n as f64 / to as f64;
    let widening = scale.max(1.0);
    let support = filter.support() * widening;
    let of = |position: usize| {
        let center = (position as f64 + 0.5) * scale;
        let first = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(n);
        let weight = |i: usize| filter.at(((i as f64) - center + 0.5) / widening);
        let weights: Vec<f64> = (first..end).map(weight).collect();
        let sum: f64 = weights.iter().sum();
        let rounded = |weight: &f64| (weight / sum * f64::from(1 << PRECISION)).round() as i32;
        (first, weights.iter().map(rounded).collect())
    };
    (0..to).map(of).collect()
}

impl Filter {
    fn support(self) -> f64 {
        match self {
            Self::Bilinear => 1.0,
            Self::Lanczos => 3.0,
        }
    }

    fn at(self, x: f64) -> f64 {
        match self {
            Self::Bilinear => (1.0 - x.abs()).max(0.0),
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            Self::Lanczos => 0.0,
        }
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * std::f64::consts::PI;
    x.sin() / x
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::checksum::hex;

    /// Bytes of the generator `x ← 1664525·x + 1013904223 mod 2³²`, the upper eight bits of each.
    fn noise(n: usize, seed: u32) -> Vec<u8> {
        let step = |x: &u32| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let states = std::iter::successors(step(&seed), step);
        states.take(n).map(|x| (x >> 24) as u8).collect()
    }

    /// SHA-256 of `Image.fromarray(noise).resize((width, height), filter)`, Pillow 13.0.0.
    #[test]
    fn pixels_are_those_of_pillow() {
        let pixels = noise(96 * 80 * 3, 1);
        let picture = Picture {
            pixels: &pixels,
            height: 96,
            width: 80,
            channels: 3,
        };
        for (target, filter, expected) in [
            (
                (64, 64),
                Filter::Lanczos,
                "ccb60f2d2ff2f7fbb4d51449f7cbac3ff3831dee87c21d1bcdcba0a7cc0d8935",
            ),
            (
                (64, 64),
                Filter::Bilinear,
                "c7935e94078fb015fb1f7a784fea2f60984f11ccdb208a7c533c39fb5555306c",
            ),
            (
                (37, 50),
                Filter::Lanczos,
                "1306f0564625d0222c643a68cd201e0c15a2d3d7a5aa35f264c9dc150eac829c",
            ),
            (
                (37, 50),
                Filter::Bilinear,
                "609dcfe4b558ed7f2eb933a0af808eaef7a10b8d7afe07af4befd505a0983b40",
            ),
        ] {
            let resized = resize(picture, target, filter);
            assert_eq!(
                hex(Sha256::digest(resized)),
                expected,
                "{target:?} {filter:?}"
            );
        }
    }

    /// SHA-256 of `Image.thumbnail((64, 64), LANCZOS)` of a gray picture, Pillow 13.0.0.
    #[test]
    fn gray_pixels_are_those_of_thumbnail() {
        let pixels = noise(96 * 96, 7);
        let picture = Picture {
            pixels: &pixels,
            height: 96,
            width: 96,
            channels: 1,
        };
        let resized = resize(picture, (64, 64), Filter::Lanczos);
        let expected = "f6eadfcf6bedf475c6ea8d91a0f61589fa3570120ba8559e6c0a7f7794338287";
        assert_eq!(hex(Sha256::digest(resized)), expected);
    }
}
