//! The one image type: RGB bytes in memory.

use std::fmt;

use crate::Error;

/// Pixels that a picture may have: 400 MB of bytes, far beyond what a viewer opens.
const MOST_PIXELS: usize = 1 << 27;

/// An RGB image, eight bits a channel, rows from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    height: usize,
    width: usize,
    /// `[height, width, 3]`, row-major.
    pixels: Vec<u8>,
}

impl Picture {
    /// Makes a picture of one color.
    ///
    /// # Errors
    /// If a side is zero or the picture too large.
    pub fn filled(height: usize, width: usize, color: [u8; 3]) -> Result<Self, Error> {
        let pixels = color.repeat(area(height, width)?);
        Ok(Self {
            height,
            width,
            pixels,
        })
    }

    /// Takes bytes `[height, width, channels]`; one channel becomes gray.
    ///
    /// # Errors
    /// If there are not 1 or 3 channels, if a side is zero, or if the values are not as many as the
    /// shape says.
    pub fn from_bytes(
        values: &[u8],
        channels: usize,
        (height, width): (usize, usize),
    ) -> Result<Self, Error> {
        let shape = Shape::checked(height, width, channels, values.len())?;
        shape.fill(|row, column, channel| Ok(values[shape.pixels_first(row, column, channel)]))
    }

    /// Takes values `[height, width, channels]` in `[0, 1]`.
    ///
    /// Values outside are clamped; a byte is the nearest of `255 · value`.
    ///
    /// # Errors
    /// As [`Picture::from_bytes`], and if a value is NaN.
    pub fn from_floats(
        values: &[f32],
        channels: usize,
        (height, width): (usize, usize),
    ) -> Result<Self, Error> {
        let shape = Shape::checked(height, width, channels, values.len())?;
        shape.fill(|row, column, channel| {
            let value = values[shape.pixels_first(row, column, channel)];
            byte(value, row, column, channel)
        })
    }

    /// Takes values `[channels, height, width]` in `[0, 1]`, the order of most decoders.
    ///
    /// # Errors
    /// As [`Picture::from_floats`].
    pub fn from_planes(
        values: &[f32],
        channels: usize,
        (height, width): (usize, usize),
    ) -> Result<Self, Error> {
        let shape = Shape::checked(height, width, channels, values.len())?;
        shape.fill(|row, column, channel| {
            let value = values[(channel * height + row) * width + column];
            byte(value, row, column, channel)
        })
    }

    /// Returns the number of rows of pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns the number of columns of pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the bytes, `[height, width, 3]`, row-major.
    pub fn as_bytes(&self) -> &[u8] {
        &self.pixels
    }

    /// Returns the color of a pixel, or `None` outside the picture.
    pub fn pixel(&self, row: usize, column: usize) -> Option<[u8; 3]> {
        let inside = row < self.height && column < self.width;
        let at = 3 * (row * self.width + column);
        inside.then(|| [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]])
    }

    /// Returns the picture `factor` times as high and wide, each pixel a square of one color.
    ///
    /// # Errors
    /// If the factor is zero or the result too large.
    pub fn scaled(&self, factor: usize) -> Result<Self, Error> {
        let sides = (
            self.height.saturating_mul(factor),
            self.width.saturating_mul(factor),
        );
        let mut scaled = Self::filled(sides.0, sides.1, [0; 3])?;
        scaled.paste(self, factor, 0, 0);
        Ok(scaled)
    }

    /// Returns the picture with each square of `factor` pixels averaged; what is left over is cut off.
    ///
    /// # Errors
    /// If the factor is zero or larger than a side.
    pub fn shrunk(&self, factor: usize) -> Result<Self, Error> {
        let divided = |side: usize| side.checked_div(factor).unwrap_or(0);
        let mut shrunk = Self::filled(divided(self.height), divided(self.width), [0; 3])?;
        let area = (factor * factor) as u64;
        for row in 0..shrunk.height {
            for column in 0..shrunk.width {
                let mut sums = [area / 2; 3];
                for fine in row * factor..(row + 1) * factor {
                    let at = 3 * (fine * self.width + column * factor);
                    for pixel in self.pixels[at..at + 3 * factor].chunks_exact(3) {
                        for (sum, value) in sums.iter_mut().zip(pixel) {
                            *sum += u64::from(*value);
                        }
                    }
                }
                shrunk.set(row, column, sums.map(|sum| (sum / area) as u8));
            }
        }
        Ok(shrunk)
    }

    /// Returns pictures below each other, from the left; what is not covered has a color.
    ///
    /// # Errors
    /// If there are none, or if the result is too large.
    pub(crate) fn stacked(pictures: &[Self], color: [u8; 3]) -> Result<Self, Error> {
        let height = pictures.iter().map(Self::height).sum();
        let width = pictures.iter().map(Self::width).max().unwrap_or(0);
        let mut stacked = Self::filled(height, width, color)?;
        let mut top = 0;
        for picture in pictures {
            stacked.paste(picture, 1, top, 0);
            top += picture.height;
        }
        Ok(stacked)
    }

    /// Copies a picture, `factor` times enlarged, to where its top left corner shall be.
    ///
    /// The layout guarantees that it fits.
    pub(crate) fn paste(&mut self, picture: &Self, factor: usize, top: usize, left: usize) {
        let mut line = Vec::with_capacity(3 * factor * picture.width);
        for (row, pixels) in picture.pixels.chunks_exact(3 * picture.width).enumerate() {
            line.clear();
            for pixel in pixels.chunks_exact(3) {
                line.extend(std::iter::repeat_n(pixel, factor).flatten());
            }
            for repeat in 0..factor {
                let at = 3 * ((top + row * factor + repeat) * self.width + left);
                self.pixels[at..at + line.len()].copy_from_slice(&line);
            }
        }
    }

    /// Colors a pixel; outside the picture this does nothing.
    pub(crate) fn set(&mut self, row: usize, column: usize, color: [u8; 3]) {
        if row < self.height && column < self.width {
            let at = 3 * (row * self.width + column);
            self.pixels[at..at + 3].copy_from_slice(&color);
        }
    }
}

/// The pixels are left out: nobody reads thousands of numbers in a failed assertion.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("height", &self.height)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

/// The shape of an array that becomes a picture.
#[derive(Clone, Copy)]
struct Shape {
    height: usize,
    width: usize,
    channels: usize,
}

impl Shape {
    fn checked(height: usize, width: usize, channels: usize, found: usize) -> Result<Self, Error> {
        if channels != 1 && channels != 3 {
            return Err(Error::Channels { found: channels });
        }
        let expected = area(height, width)? * channels;
        if found != expected {
            return Err(Error::Length {
                height,
                width,
                channels,
                expected,
                found,
            });
        }
        Ok(Self {
            height,
            width,
            channels,
        })
    }

    fn pixels_first(&self, row: usize, column: usize, channel: usize) -> usize {
        (row * self.width + column) * self.channels + channel
    }

    fn fill(
        &self,
        value: impl Fn(usize, usize, usize) -> Result<u8, Error>,
    ) -> Result<Picture, Error> {
        let mut pixels = Vec::with_capacity(3 * self.height * self.width);
        for row in 0..self.height {
            for column in 0..self.width {
                for channel in 0..3 {
                    pixels.push(value(row, column, channel % self.channels)?);
                }
            }
        }
        Ok(Picture {
            height: self.height,
            width: self.width,
            pixels,
        })
    }
}

pub(crate) fn area(height: usize, width: usize) -> Result<usize, Error> {
    if height == 0 || width == 0 {
        return Err(Error::Empty { height, width });
    }
    height
        .checked_mul(width)
        .filter(|&pixels| pixels <= MOST_PIXELS)
        .ok_or(Error::TooLarge {
            height,
            width,
            most: MOST_PIXELS,
        })
}

fn byte(value: f32, row: usize, column: usize, channel: usize) -> Result<u8, Error> {
    if value.is_nan() {
        return Err(Error::NotANumber {
            row,
            column,
            channel,
        });
    }
    Ok((value.clamp(0.0, 1.0) * 255.0).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_is_repeated_and_rgb_is_kept() {
        let gray = Picture::from_bytes(&[7, 9], 1, (1, 2)).unwrap();
        assert_eq!(gray.as_bytes(), [7, 7, 7, 9, 9, 9]);
        let rgb = Picture::from_bytes(&[1, 2, 3, 4, 5, 6], 3, (1, 2)).unwrap();
        assert_eq!(rgb.as_bytes(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn floats_are_clamped_and_rounded() {
        let values = [-1.0, 0.0, 0.5, 1.0, 2.0, f32::INFINITY];
        let picture = Picture::from_floats(&values, 1, (2, 3)).unwrap();
        let column = |row, column| picture.pixel(row, column).unwrap()[0];
        let bytes = [0, 1, 2].map(|c| column(0, c));
        assert_eq!((bytes, column(1, 0)), ([0, 0, 128], 255));
        assert_eq!((column(1, 1), column(1, 2)), (255, 255));
    }

    #[test]
    fn channels_first_is_the_same_picture() {
        let hwc = Picture::from_floats(&[0.0, 0.2, 0.4, 0.6, 0.8, 1.0], 3, (1, 2)).unwrap();
        let chw = Picture::from_planes(&[0.0, 0.6, 0.2, 0.8, 0.4, 1.0], 3, (1, 2)).unwrap();
        assert_eq!(hwc, chw);
    }

    #[test]
    fn nan_is_reported_with_its_place() {
        let mut values = [0.0; 12];
        values[9] = f32::NAN; // row 1, column 1, channel 0 of [2, 2, 3]
        let error = Picture::from_floats(&values, 3, (2, 2)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the pixel in row 1, column 1, channel 0 is NaN"
        );
    }

    #[test]
    fn wrong_shapes_are_errors() {
        let message = |h, w, c, n| {
            let error = Picture::from_bytes(&vec![0; n], c, (h, w)).unwrap_err();
            error.to_string()
        };
        assert!(message(2, 2, 4, 16).contains("found 4"));
        assert!(message(0, 2, 1, 0).contains("0 x 2"));
        assert!(message(2, 2, 3, 11).contains("has 12 values, found 11"));
        assert!(message(usize::MAX, 2, 1, 0).contains("larger than"));
    }

    #[test]
    fn scaling_repeats_pixels() {
        let picture = Picture::from_bytes(&[1, 2], 1, (1, 2)).unwrap();
        let twice = picture.scaled(2).unwrap();
        assert_eq!(
            twice,
            Picture::from_bytes(&[1, 1, 2, 2, 1, 1, 2, 2], 1, (2, 4)).unwrap()
        );
        assert_eq!(picture.scaled(1).unwrap(), picture);
        assert!(matches!(picture.scaled(0), Err(Error::Empty { .. })));
        assert!(matches!(
            picture.scaled(usize::MAX),
            Err(Error::TooLarge { .. })
        ));
    }

    #[test]
    fn shrinking_averages_squares() {
        let picture = Picture::from_bytes(&[0, 2, 9, 4, 6, 9], 1, (2, 3)).unwrap();
        let half = picture.shrunk(2).unwrap();
        assert_eq!((half.height(), half.width()), (1, 1));
        assert_eq!(half.as_bytes(), [3; 3]);
        assert_eq!(picture.scaled(3).unwrap().shrunk(3).unwrap(), picture);
        assert!(matches!(picture.shrunk(0), Err(Error::Empty { .. })));
        assert!(matches!(picture.shrunk(3), Err(Error::Empty { .. })));
    }

    #[test]
    fn stacking_fills_what_is_narrower() {
        let wide = Picture::from_bytes(&[1, 2], 1, (1, 2)).unwrap();
        let narrow = Picture::filled(1, 1, [3; 3]).unwrap();
        let stacked = Picture::stacked(&[wide, narrow], [9; 3]).unwrap();
        assert_eq!(
            stacked,
            Picture::from_bytes(&[1, 2, 3, 9], 1, (2, 2)).unwrap()
        );
        assert!(Picture::stacked(&[], [9; 3]).is_err());
    }

    #[test]
    fn outside_is_no_pixel() {
        let picture = Picture::filled(2, 3, [1, 2, 3]).unwrap();
        assert_eq!(picture.pixel(1, 2), Some([1, 2, 3]));
        assert_eq!((picture.pixel(2, 0), picture.pixel(0, 3)), (None, None));
    }
}
