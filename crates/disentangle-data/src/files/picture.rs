//! One picture file, decoded and brought to the size of a data set.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::ImageShape;
use crate::files::jpeg;
use crate::files::resample::{Filter, Picture, resize};

/// What becomes of a picture that is not square.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// A square from its center is kept.
    #[default]
    CenterCrop,
    /// It is squashed into the square whole.
    Squash,
}

/// The square that pictures are brought to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Frame {
    pub(crate) size: usize,
    pub(crate) channels: usize,
    pub(crate) fit: Fit,
    /// Side of the square that is cut; the shorter side if absent.
    pub(crate) crop: Option<usize>,
}

/// Pixels along an axis, and bytes of a decoded picture; more is refused.
const MAX_SIDE: u32 = 16_384;
const MAX_BYTES: u64 = 256 << 20;

impl Frame {
    pub(crate) fn shape(&self) -> ImageShape {
        ImageShape {
            height: self.size,
            width: self.size,
            channels: self.channels,
        }
    }

    /// Decodes a JPEG or PNG file into `[size, size, C]`, or says what is wrong with it.
    pub(crate) fn decode(&self, bytes: &[u8], out: &mut [u8]) -> Result<(), String> {
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|error| error.to_string())?;
        if reader.format() == Some(ImageFormat::Jpeg) && !jpeg::is_whole(bytes) {
            return Err("ends early: it has no end marker".to_owned());
        }
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_BYTES);
        reader.limits(limits);
        let decoded = reader.decode().map_err(|error| error.to_string())?;
        let (width, height) = (decoded.width() as usize, decoded.height() as usize);
        let pixels = match self.channels {
            1 => decoded.into_luma8().into_raw(),
            _ => decoded.into_rgb8().into_raw(),
        };
        let picture = Picture {
            pixels: &pixels,
            height,
            width,
            channels: self.channels,
        };
        let target = (self.size, self.size);
        let resized = match self.fit {
            Fit::Squash => resize(picture, target, Filter::Bilinear),
            Fit::CenterCrop => {
                let side = self.crop.unwrap_or(height.min(width));
                if side > height.min(width) {
                    return Err(format!(
                        "has {height} × {width} pixels, less than the {side} × {side} to be cut out"
                    ));
                }
                let cut = center(picture, side);
                let square = Picture {
                    pixels: &cut,
                    height: side,
                    width: side,
                    channels: self.channels,
                };
                resize(square, target, Filter::Bilinear)
            }
        };
        out.copy_from_slice(&resized);
        Ok(())
    }
}

/// Cuts a square out of the middle, its corner rounded to even halves as torchvision's `CenterCrop` does.
fn center(picture: Picture<'_>, side: usize) -> Vec<u8> {
    let corner = |n: usize| ((n - side) as f64 / 2.0).round_ties_even() as usize;
    let (top, left) = (corner(picture.height), corner(picture.width));
    let row = picture.width * picture.channels;
    let rows = picture.pixels.chunks_exact(row).skip(top).take(side);
    rows.flat_map(|row| &row[left * picture.channels..][..side * picture.channels])
        .copied()
        .collect()
}
