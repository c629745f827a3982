//! A solid in a room: six factors, 480,000 images, drawn when asked for.
//!
//! The factors are those of 3D Shapes (Burgess & Kim 2018), with its names, sizes and order: the hues of
//! floor, wall and object, and the object's scale, shape and orientation. The images are not: this is a
//! scene of our own (`geometry.rs`), and scores on it are not scores on 3D Shapes.
//!
//! Light does not depend on color, so an image is a sum of four weights a pixel times four colors:
//! 480 maps of weights, each made when its first image is asked for, give all images.
//! No two of the images are equal.

mod geometry;
mod paint;

use std::sync::OnceLock;

use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape, check_request};
use crate::datasets::scene::SIDE;
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::FactorSpace;
use crate::places::Places;

use self::paint::Map;

/// Scales, shapes, orientations.
const POSES: [usize; 3] = [8, 4, 15];
const N_HUES: usize = 10;

/// A solid in a room of three hues, generated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Room {}

impl Config for Room {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Dataset> for Room {
    fn build(&self, _: &Places) -> Result<Box<dyn Dataset>, Error> {
        let n_maps = POSES.iter().product();
        Ok(Box::new(Drawn {
            factor_space: Description::of("room")?.factor_space()?,
            maps: (0..n_maps).map(|_| OnceLock::new()).collect(),
        }))
    }
}

struct Drawn {
    factor_space: FactorSpace,
    /// By scale, shape and orientation, the last one fastest.
    maps: Vec<OnceLock<Box<Map>>>,
}

impl Drawn {
    fn map(&self, pose: usize) -> &Map {
        self.maps[pose].get_or_init(|| {
            let [_, n_shapes, n_orientations] = POSES;
            let scale = pose / n_orientations / n_shapes;
            let shape = pose / n_orientations % n_shapes;
            Map::of(&geometry::weights([scale, shape, pose % n_orientations]))
        })
    }
}

impl Dataset for Drawn {
    fn len(&self) -> usize {
        N_HUES.pow(3) * self.maps.len()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: SIDE,
            width: SIDE,
            channels: 3,
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
        let images = out.chunks_exact_mut(self.image_shape().n_bytes());
        for (&index, image) in indices.iter().zip(images) {
            let (hues, pose) = (index / self.maps.len(), index % self.maps.len());
            let [floor, wall, object] = [hues / 100, hues / 10 % 10, hues % 10];
            self.map(pose)
                .paint([floor, wall, object].map(paint::hue), image);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::scene_tests::{count_distinct, pinned};

    fn room() -> Box<dyn Dataset> {
        Room {}.build(&Places { roots: vec![] }).unwrap()
    }

    fn pixel(image: &[u8], row: usize, column: usize) -> [u8; 3] {
        let at = 3 * (row * SIDE + column);
        [image[at], image[at + 1], image[at + 2]]
    }

    /// Every image of one pose, and every pose in one set of hues: the colors enter linearly, and
    /// with different weights at floor, wall and object.
    #[test]
    fn a_structured_sample_has_no_equal_images() {
        let poses = (0..480).map(|pose| 123 * 480 + pose);
        let hues = (0..1000).map(|hues| hues * 480 + 217);
        let indices: Vec<_> = poses.chain(hues).collect();
        // The image with hues 123 and pose 217 is in both.
        assert_eq!(count_distinct(room().as_ref(), &indices), 1479);
    }

    #[test]
    fn no_two_images_are_equal() {
        if std::env::var_os("SLOW_TESTS").is_none() {
            return;
        }
        let room = room();
        let all: Vec<_> = (0..room.len()).collect();
        assert_eq!(count_distinct(room.as_ref(), &all), 480_000);
    }

    #[test]
    fn floor_wall_and_sky_have_their_places_and_hues() {
        let room = room();
        let mut image = vec![0; room.image_shape().n_bytes()];
        // Red floor, cyan wall, the smallest sphere, from the middle.
        let index = room
            .factor_space()
            .unwrap()
            .index(&[0, 5, 2, 0, 2, 7])
            .unwrap();
        room.images(&[index], &mut image).unwrap();
        assert_eq!(pixel(&image, 0, 32), [155, 226, 250]);
        let [red, green, blue] = pixel(&image, 62, 3);
        assert!(red > 180 && green == 0 && blue == 0);
        let [red, green, blue] = pixel(&image, 20, 20);
        assert!(red == 0 && green > 150 && green == blue);
    }

    /// Pinned on the first release: runs compare only if they see the same images.
    #[test]
    fn images_are_pinned() {
        assert_eq!(pinned(room().as_ref()), "2993a6b262b4cf64");
    }
}
