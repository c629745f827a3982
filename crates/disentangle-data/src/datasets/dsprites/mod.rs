//! dSprites (Matthey et al. 2017), drawn when asked for: no file, no memory.
//!
//! Pixel (row r, column c) is sampled at (c + ½, r + ½). The center of a sprite is
//! `16 + 32·k/31` in x and y, `k = posX, posY`; scale is `0.5 + 0.1·k`, orientation `2πk/39`; vertices
//! are rounded to 1/256 pixel. Outlines and tie rules: `outline.rs`, `raster.rs`.
//! Identical to the published set on every one of 432 genuine pictures checked (370 distinct images);
//! about a hundred of its 3·10⁹ pixels may differ. As there, orientations 0 and 39 are the same angle.
//!
//! Other sizes are drawn, not resampled: the geometry shrinks by `size/64`, pixels are sampled at the
//! same centers (c + ½, r + ½) and vertices are rounded to 1/256 of the smaller pixels.

mod outline;
mod raster;

use std::f64::consts::TAU;

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bits;
use crate::dataset::{Dataset, ImageShape, check_request};
use crate::datasets::checked;
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::places::Places;

use self::outline::Point;

/// Shapes, scales, orientations, and positions along each axis.
const SIZES: [usize; 5] = [3, 6, 40, 32, 32];

/// The side of the published images.
const PUBLISHED_SIZE: usize = 64;

/// dSprites: white squares, ellipses and hearts, generated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dsprites {
    /// Rows and columns of an image, 16 to 64; the published set has 64.
    pub size: usize,
    /// What to do with the color, which has one value.
    pub constant_factors: ConstantFactors,
}

impl Default for Dsprites {
    fn default() -> Self {
        Self {
            size: PUBLISHED_SIZE,
            constant_factors: ConstantFactors::Drop,
        }
    }
}

impl Config for Dsprites {
    fn examples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                size: 32,
                constant_factors: ConstantFactors::Keep,
            },
        ]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(
            (16..=bits::MAX_WIDTH).contains(&self.size),
            "size",
            "must be 16 to 64: smaller sprites lose their shape, larger ones are not drawn",
        );
    }
}

impl Build<dyn Dataset> for Dsprites {
    fn build(&self, _: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        Ok(Box::new(Generated::new(self)?))
    }
}

/// The images, drawn from 720 poses (shape, scale, orientation) at 1024 positions.
struct Generated {
    size: usize,
    factor_space: FactorSpace,
    poses: Vec<Vec<Point>>,
}

impl Generated {
    fn new(config: &Dsprites) -> Result<Self, Error> {
        let description = Description::of("dsprites")?;
        let factor_space = description.factor_space()?;
        Ok(Self {
            size: config.size,
            factor_space: factor_space.with_constants(config.constant_factors),
            poses: poses(),
        })
    }

    /// Draws one image; `polygon` is scratch space.
    fn draw(&self, index: usize, polygon: &mut Vec<[i32; 2]>, rows: &mut [u64]) {
        let [_, _, _, n_x, n_y] = SIZES;
        let (pose, x, y) = (index / n_y / n_x, index / n_y % n_x, index % n_y);
        let center = |k: usize| 16.0 + 32.0 * (k as f64 / 31.0);
        let (center_x, center_y) = (center(x), center(y));
        let steps = raster::STEPS * (self.size as f64 / PUBLISHED_SIZE as f64);
        let snap = |v: f64| (v * steps).round_ties_even() as i32;
        polygon.clear();
        polygon.extend(
            (self.poses[pose].iter()).map(|&(x, y)| [snap(center_x + x), snap(center_y + y)]),
        );
        raster::fill(polygon, rows);
    }
}

impl Dataset for Generated {
    fn len(&self) -> usize {
        SIZES.iter().product()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: self.size,
            width: self.size,
            channels: 1,
        }
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        Some(&self.factor_space)
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.factor_space.factors(index, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        let mut polygon = Vec::new();
        let mut rows = [0; bits::MAX_WIDTH];
        let rows = &mut rows[..self.size];
        let images = out.chunks_exact_mut(self.image_shape().n_bytes());
        for (&index, image) in indices.iter().zip(images) {
            self.draw(index, &mut polygon, rows);
            bits::expand(rows, self.size, image);
        }
        Ok(())
    }
}

/// Returns every outline in every scale and orientation, orientation fastest.
fn poses() -> Vec<Vec<Point>> {
    let [n_shapes, n_scales, n_orientations, ..] = SIZES;
    let mut poses = Vec::with_capacity(n_shapes * n_scales * n_orientations);
    for shape in 0..n_shapes {
        let outline = outline::outline(shape);
        for scale in 0..n_scales {
            let scale = 0.5 + 0.1 * scale as f64;
            for orientation in 0..n_orientations {
                let angle = TAU * orientation as f64 / (n_orientations - 1) as f64;
                poses.push(outline::posed(&outline, scale, angle));
            }
        }
    }
    poses
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn generated(size: usize) -> Generated {
        Generated::new(&Dsprites {
            size,
            ..Default::default()
        })
        .unwrap()
    }

    fn hex(digest: impl AsRef<[u8]>) -> String {
        let bytes = digest.as_ref().iter();
        bytes.map(|byte| format!("{byte:02x}")).collect()
    }

    /// One image as the published file has it: a byte of 0 or 1 a pixel.
    fn image(dataset: &Generated, index: usize) -> Vec<u8> {
        let mut image = vec![0; dataset.image_shape().n_bytes()];
        dataset.images(&[index], &mut image).unwrap();
        image.iter().map(|&pixel| pixel / 255).collect()
    }

    /// Hashes of the 370 distinct images among 432 genuine pictures: `fixtures/README.md`.
    #[test]
    fn every_genuine_image_is_reproduced() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/dsprites_genuine_hashes.json"
        );
        let facts: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let images = facts["images"].as_array().unwrap();
        assert_eq!(images.len(), 370);
        let dataset = generated(64);
        for fact in images {
            let index = fact[0].as_u64().unwrap() as usize;
            let image = image(&dataset, index);
            let lit: u64 = image.iter().map(|&pixel| u64::from(pixel)).sum();
            assert_eq!(
                lit,
                fact[2].as_u64().unwrap(),
                "lit pixels of image {index}"
            );
            let digest = hex(Sha256::digest(&image));
            assert_eq!(digest, fact[1].as_str().unwrap(), "image {index}");
        }
    }

    /// Totals of an independent float64 renderer over the whole set; the published mean pixel
    /// 0.042494423521889584 implies 128,328,862 lit pixels, two fewer.
    #[test]
    fn the_whole_set_has_its_golden_totals_and_hash() {
        let dataset = generated(64);
        let mut digest = Sha256::new();
        let mut lit = [0_u64; 3];
        let mut range = (u32::MAX, 0);
        let (mut polygon, mut rows) = (Vec::new(), [0; 64]);
        for index in 0..dataset.len() {
            dataset.draw(index, &mut polygon, &mut rows);
            let count: u32 = rows.iter().map(|row| row.count_ones()).sum();
            lit[index / (dataset.len() / 3)] += u64::from(count);
            range = (range.0.min(count), range.1.max(count));
            for row in rows {
                digest.update(row.to_le_bytes());
            }
        }
        assert_eq!(lit, [53_612_886, 42_070_950, 32_645_028]);
        assert_eq!(lit.iter().sum::<u64>(), 128_328_864);
        assert_eq!(range, (50, 400));
        assert_eq!(
            hex(digest.finalize()),
            "faaf9cf5fa6256819224cb831e7fe802f7e166a63fda58f12c5f1c6eec3f5ea0"
        );
    }

    #[test]
    fn half_size_has_a_quarter_of_the_lit_pixels() {
        let (full, half) = (generated(64), generated(32));
        let lit = |dataset| -> f64 {
            let indices = (0..full.len()).step_by(997);
            indices
                .flat_map(|index| image(dataset, index))
                .map(f64::from)
                .sum()
        };
        // Each of 740 images is off by a few of some 40 pixels, to either side.
        let ratio = lit(&half) / lit(&full);
        assert!((ratio - 0.25).abs() < 0.0025, "{ratio}");
    }

    #[test]
    fn the_square_at_half_size_is_where_it_should_be() {
        // Scale 1, not rotated, posX = posY = 0: center 8, half side 4.8 pixels of the small image.
        let image = image(&generated(32), 5 * 40 * 32 * 32);
        for (position, &pixel) in image.iter().enumerate() {
            let inside = |i: usize| (i as f64 + 0.5 - 8.0).abs() < 4.8;
            let expected = inside(position / 32) && inside(position % 32);
            assert_eq!(pixel == 1, expected, "pixel {position}");
        }
    }

    #[test]
    fn color_is_left_out_unless_kept() {
        let names = |constant_factors| {
            let config = Dsprites {
                constant_factors,
                ..Default::default()
            };
            let space = Generated::new(&config).unwrap().factor_space;
            assert_eq!(space.sizes().iter().product::<usize>(), 737_280);
            space.names().join(" ")
        };
        assert_eq!(
            names(ConstantFactors::Drop),
            "shape scale orientation posX posY"
        );
        assert_eq!(
            names(ConstantFactors::Keep),
            "color shape scale orientation posX posY"
        );
    }

    #[test]
    fn impossible_sizes_are_refused_with_the_field() {
        for size in [0, 15, 65, usize::MAX] {
            let config = Dsprites {
                size,
                ..Default::default()
            };
            let places = Places { roots: vec![] };
            let message = config.build(&places).err().unwrap().to_string();
            assert!(message.contains("`size`: must be 16 to 64"), "{message}");
        }
    }
}
