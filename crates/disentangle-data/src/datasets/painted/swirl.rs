//! Inverted sprites on pieces of a swirling sky (`collage.rs`).
//!
//! The sky is our own, bands of orange and blue along bent waves, and needs no file. It stands in for the
//! painting of `scream_dsprites`; scores on it are not scores on that.

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Painted;
use super::collage::Collage;
use crate::dataset::Dataset;
use crate::datasets::DatasetConfig;
use crate::error::Error;
use crate::places::Places;

/// Rows and columns of the sky.
const SIZE: (usize, usize) = (350, 274);

/// dSprites inverted on pieces of a generated picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SwirlDsprites {
    /// The gray images to paint, at most 274 pixels wide and 350 high.
    pub of: Box<DatasetConfig>,
    /// What is painted is a function of this seed and the index.
    pub seed: u64,
}

impl Config for SwirlDsprites {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
    }
}

impl Build<dyn Dataset> for SwirlDsprites {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        let collage = Collage::new("paint/swirl", sky(), SIZE.1);
        Painted::build(&self.of, places, self.seed, collage)
    }
}

/// Draws the picture, row by row.
fn sky() -> Vec<[u8; 3]> {
    const ORANGE: [f64; 3] = [236.0, 128.0, 44.0];
    const BLUE: [f64; 3] = [34.0, 52.0, 110.0];
    const PALE: [f64; 3] = [238.0, 206.0, 140.0];
    let (height, width) = SIZE;
    let pixel = |at: usize| {
        let (x, y) = ((at % width) as f64 / 40.0, (at / width) as f64 / 40.0);
        // Waves across waves: the inner ones bend the outer ones.
        let bend = (0.9 * x + 1.3 * (0.7 * y).sin()).sin() + 0.6 * (1.1 * y - 0.5 * x).cos();
        let band = 0.5 + 0.5 * (4.0 * y + 2.2 * bend).sin();
        let brush = 0.5 + 0.5 * (23.0 * y + 9.0 * bend + 5.0 * x).sin();
        std::array::from_fn(|k| {
            let stroke = BLUE[k] + band * (ORANGE[k] - BLUE[k]);
            let light = 0.45 * brush * band;
            (stroke + light * (PALE[k] - stroke)).round() as u8
        })
    };
    (0..height * width).map(pixel).collect()
}
