//! Inverted sprites on pieces of a painting (`collage.rs`).
//!
//! The field's painting is The Scream (Munch 1893), in the file that disentanglement_lib expects; a picture
//! of one's own does as well. It is shrunk, if need be, to fit 350 pixels in width and 274 in height.
//! Differs: shrunk by a Lanczos filter, whichever one Pillow's `thumbnail` uses in the version at hand.
//! Without a file there is `swirl_dsprites`.

use std::path::{Path, PathBuf};

use disentangle_registry::{Build, Config, Problems};
use image::imageops::FilterType;
use image::{ImageReader, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Painted;
use super::collage::Collage;
use crate::dataset::Dataset;
use crate::datasets::DatasetConfig;
use crate::description::Description;
use crate::error::Error;
use crate::places::Places;

/// Columns and rows that a larger picture is shrunk to.
const MOST: (u32, u32) = (350, 274);

/// dSprites inverted on pieces of a painting, which is read from a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScreamDsprites {
    /// The gray images to paint.
    pub of: Box<DatasetConfig>,
    /// What is painted is a function of this seed and the index.
    pub seed: u64,
    /// A JPEG or PNG file; by default `scream/scream.jpg` is looked for below the data folders.
    pub path: Option<PathBuf>,
}

impl Config for ScreamDsprites {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
    }
}

impl Build<dyn Dataset> for ScreamDsprites {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        let description = Description::of("scream_dsprites")?;
        let path = places.find(&description, "jpg", self.path.as_deref())?;
        let (pixels, width) = picture(&path)
            .map_err(|error| Error::content(&path, "the picture", error.to_string()))?;
        let collage = Collage::new("paint/scream", pixels, width);
        Painted::build(&self.of, places, self.seed, collage)
    }
}

/// Reads a picture, shrunk to fit: its pixels row by row, and their number in a row.
fn picture(path: &Path) -> image::ImageResult<(Vec<[u8; 3]>, usize)> {
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(16_384);
    limits.max_image_height = Some(16_384);
    limits.max_alloc = Some(256 << 20);
    reader.limits(limits);
    let mut picture = reader.decode()?;
    let (width, height) = MOST;
    if picture.width() > width || picture.height() > height {
        picture = picture.resize(width, height, FilterType::Lanczos3);
    }
    let picture = picture.into_rgb8();
    let width = picture.width() as usize;
    Ok((picture.pixels().map(|pixel| pixel.0).collect(), width))
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn build(path: &Path) -> Result<Box<dyn Dataset>, Error> {
        let config = ScreamDsprites {
            path: Some(path.to_owned()),
            ..ScreamDsprites::default()
        };
        config.build(&Places { roots: vec![] })
    }

    #[test]
    fn a_large_picture_is_shrunk_to_fit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        let rows = RgbImage::from_fn(400, 548, |_, row| image::Rgb([(row / 3) as u8, 0, 0]));
        rows.save(&path).unwrap();
        let (pixels, width) = picture(&path).unwrap();
        assert_eq!((width, pixels.len()), (200, 200 * 274));
        // Row 137 of 274 shows rows 274 and 275 of 548.
        assert_eq!(pixels[137 * 200 + 9], [91, 0, 0]);
    }

    #[test]
    fn what_cannot_be_behind_sprites_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        let error = || build(&path).err().unwrap().to_string();
        assert!(
            error().contains("cannot find data set `scream_dsprites`"),
            "{}",
            error()
        );
        std::fs::write(&path, b"no picture").unwrap();
        assert!(error().contains("picture.png:the picture`"), "{}", error());
        RgbImage::new(80, 63).save(&path).unwrap();
        assert!(
            error().contains("63 x 80 pixels, too few for images of 64 x 64"),
            "{}",
            error()
        );
    }
}
