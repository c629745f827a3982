//! A picture in memory, and its PNG.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use image::{ImageFormat, Rgb, RgbImage};

use crate::Error;

/// An RGB picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub(crate) pixels: RgbImage,
}

impl Picture {
    /// Takes planes `[C, H, W]` in `[0, 1]`, gray or RGB; values outside are clamped.
    ///
    /// # Errors
    /// If the number of values or channels is wrong, or a value is not a number.
    pub fn from_planes(
        values: &[f32],
        channels: usize,
        (height, width): (usize, usize),
    ) -> Result<Self, Error> {
        check_size(values.len(), channels, (height, width))?;
        if values.iter().any(|value| value.is_nan()) {
            return Err(Error::NotANumber);
        }
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
        let area = height * width;
        Ok(Self::of((height, width), |pixel| {
            let at = |channel: usize| byte(values[channel.min(channels - 1) * area + pixel]);
            [at(0), at(1), at(2)]
        }))
    }

    /// Takes bytes `[H, W, C]`, gray or RGB.
    ///
    /// # Errors
    /// If the number of values or channels is wrong.
    pub fn from_bytes(
        values: &[u8],
        channels: usize,
        (height, width): (usize, usize),
    ) -> Result<Self, Error> {
        check_size(values.len(), channels, (height, width))?;
        Ok(Self::of((height, width), |pixel| {
            let at = |channel: usize| values[pixel * channels + channel.min(channels - 1)];
            [at(0), at(1), at(2)]
        }))
    }

    fn of((height, width): (usize, usize), color: impl Fn(usize) -> [u8; 3]) -> Self {
        let pixels = RgbImage::from_fn(width as u32, height as u32, |x, y| {
            Rgb(color(y as usize * width + x as usize))
        });
        Self { pixels }
    }

    /// Returns the number of rows.
    pub fn height(&self) -> usize {
        self.pixels.height() as usize
    }

    /// Returns the number of columns.
    pub fn width(&self) -> usize {
        self.pixels.width() as usize
    }

    /// Returns the color of a pixel, or nothing outside the picture.
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        let pixel = self.pixels.get_pixel_checked(x as u32, y as u32);
        pixel.map(|pixel| pixel.0)
    }

    /// Returns the PNG of the picture; equal pictures give equal bytes.
    ///
    /// # Errors
    /// If the picture has no pixels.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Cursor::new(Vec::new());
        let encoded = self.pixels.write_to(&mut bytes, ImageFormat::Png);
        encoded.map_err(|e| Error::Write {
            path: "the PNG".into(),
            problem: e.to_string(),
        })?;
        Ok(bytes.into_inner())
    }

    /// Writes the PNG of the picture, completely or not at all.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write_png(&self, path: &Path) -> Result<(), Error> {
        let bytes = self.png()?;
        let partial = path.with_extension("partial");
        let write = || -> std::io::Result<()> {
            let mut file = fs::File::create(&partial)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&partial, path)
        };
        write().map_err(|e| {
            // The first error is the one to report.
            let _ = fs::remove_file(&partial);
            Error::Write {
                path: path.to_owned(),
                problem: e.to_string(),
            }
        })
    }
}

fn check_size(found: usize, channels: usize, (height, width): (usize, usize)) -> Result<(), Error> {
    if channels != 1 && channels != 3 {
        return Err(Error::Channels(channels));
    }
    if found == 0 || found != channels * height * width {
        return Err(Error::Size {
            found,
            height,
            width,
            channels,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_and_bytes_of_the_same_colors_agree() {
        let planes = [1.0, 0.0, 0.2, 2.0, -1.0, 0.4];
        let planes = Picture::from_planes(&planes, 3, (1, 2)).unwrap();
        let bytes = Picture::from_bytes(&[255, 51, 0, 0, 255, 102], 3, (1, 2)).unwrap();
        assert_eq!(planes, bytes);
        assert_eq!(planes.pixel(1, 0), Some([0, 255, 102]));
        assert_eq!(planes.pixel(2, 0), None);
    }

    #[test]
    fn gray_fills_all_three_colors() {
        let picture = Picture::from_bytes(&[7], 1, (1, 1)).unwrap();
        assert_eq!(picture.pixel(0, 0), Some([7, 7, 7]));
    }

    #[test]
    fn wrong_sizes_and_nan_are_refused() {
        assert!(Picture::from_bytes(&[0; 5], 1, (2, 3)).is_err());
        assert!(Picture::from_bytes(&[0; 8], 2, (2, 2)).is_err());
        assert!(Picture::from_bytes(&[], 1, (0, 0)).is_err());
        assert!(Picture::from_planes(&[f32::NAN], 1, (1, 1)).is_err());
    }

    #[test]
    fn a_png_reads_back_and_a_failed_one_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let picture = Picture::from_bytes(&[1, 2, 3, 4, 5, 6], 3, (2, 1)).unwrap();
        let path = folder.path().join("a.png");
        picture.write_png(&path).unwrap();
        assert_eq!(image::open(&path).unwrap().to_rgb8(), picture.pixels);

        let error = picture
            .write_png(&folder.path().join("no/a.png"))
            .unwrap_err();
        assert!(error.to_string().contains("a.png"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
