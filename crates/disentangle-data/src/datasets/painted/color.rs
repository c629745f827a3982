//! Sprites in a color of their own on black.
//!
//! Each channel of the color is uniform in `[½, 1]`, one color an image.

use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Gray, Paint, Painted};
use crate::dataset::Dataset;
use crate::datasets::DatasetConfig;
use crate::error::Error;
use crate::places::Places;

/// dSprites whose sprites have a random color.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ColorDsprites {
    /// The gray images to paint.
    pub of: Box<DatasetConfig>,
    /// What is painted is a function of this seed and the index.
    pub seed: u64,
}

impl Config for ColorDsprites {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
    }
}

impl Build<dyn Dataset> for ColorDsprites {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        Painted::build(&self.of, places, self.seed, Color)
    }
}

struct Color;

impl Paint for Color {
    fn purpose(&self) -> &'static str {
        "paint/color"
    }

    fn paint(&self, gray: Gray<'_>, stream: &mut Stream, out: &mut [[u8; 3]]) {
        let color: [f64; 3] = std::array::from_fn(|_| 0.5 + 0.5 * stream.uniform());
        // A sprite has few shades of gray: most often two.
        let shades: [[u8; 3]; 256] = std::array::from_fn(|shade| {
            color.map(|channel| (channel * shade as f64).round() as u8)
        });
        for (pixel, &gray) in out.iter_mut().zip(gray.pixels) {
            *pixel = shades[usize::from(gray)];
        }
    }
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;

    #[test]
    fn lit_pixels_have_one_bright_color_and_dark_ones_none() {
        for index in 0..100 {
            let gray = Gray {
                pixels: &[0, 255, 0, 255],
                width: 2,
            };
            let mut out = [[7; 3]; 4];
            Color.paint(gray, &mut Seeds::new(0).stream("test", index), &mut out);
            assert_eq!((out[0], out[2]), ([0; 3], [0; 3]));
            assert_eq!(out[1], out[3]);
            assert!(out[1].iter().all(|&channel| channel >= 127));
        }
    }
}
