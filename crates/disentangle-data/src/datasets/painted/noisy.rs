//! White sprites on noise.
//!
//! A channel of a pixel is `min(sprite + u, 1)`, every `u` uniform in `[0, 1]`.

use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Gray, Paint, Painted};
use crate::dataset::Dataset;
use crate::datasets::DatasetConfig;
use crate::error::Error;
use crate::places::Places;

/// dSprites with uniform noise behind the sprites.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NoisyDsprites {
    /// The gray images to paint.
    pub of: Box<DatasetConfig>,
    /// What is painted is a function of this seed and the index.
    pub seed: u64,
}

impl Config for NoisyDsprites {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
    }
}

impl Build<dyn Dataset> for NoisyDsprites {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        Painted::build(&self.of, places, self.seed, Noise)
    }
}

struct Noise;

impl Paint for Noise {
    fn purpose(&self) -> &'static str {
        "paint/noise"
    }

    fn paint(&self, gray: Gray<'_>, stream: &mut Stream, out: &mut [[u8; 3]]) {
        for eight in out.as_flattened_mut().chunks_mut(8) {
            let noise = stream.next_u64().to_le_bytes();
            eight.copy_from_slice(&noise[..eight.len()]);
        }
        for (pixel, &gray) in out.iter_mut().zip(gray.pixels) {
            *pixel = pixel.map(|noise| noise.saturating_add(gray));
        }
    }
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;

    #[test]
    fn lit_pixels_are_white_and_dark_ones_uniform() {
        let pixels: Vec<_> = (0..10_000).map(|k| if k < 100 { 255 } else { 0 }).collect();
        let gray = Gray {
            pixels: &pixels,
            width: 100,
        };
        let mut out = vec![[7; 3]; 10_000];
        Noise.paint(gray, &mut Seeds::new(0).stream("test", 0), &mut out);
        assert!(out[..100].iter().all(|&pixel| pixel == [255; 3]));
        let noise = out[100..].as_flattened();
        let mean = noise.iter().map(|&byte| f64::from(byte)).sum::<f64>() / noise.len() as f64;
        // Five standard errors of a uniform byte: 5·73.9/√29700 ≈ 2.1.
        assert!((mean - 127.5).abs() < 2.1, "{mean}");
    }
}
