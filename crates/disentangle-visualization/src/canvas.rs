//! A white sheet to put pictures and words on; the font is a bitmap inside the program.

use std::convert::Infallible;

use embedded_graphics::Drawable;
use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::ascii::FONT_8X13;
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::text::{Alignment, Baseline, Text, TextStyleBuilder};
use image::{Rgb, RgbImage};

use crate::Picture;

/// The font of all labels.
pub(crate) const FONT: MonoFont<'static> = FONT_8X13;
/// Width of a letter.
pub(crate) const LETTER: usize = 8;
/// Height of a line.
pub(crate) const LINE: usize = 13;

/// The color of words.
pub(crate) const INK: [u8; 3] = [0x22, 0x22, 0x22];
/// The color of words about what does not matter.
pub(crate) const FAINT: [u8; 3] = [0xa0, 0xa0, 0xa0];

/// A sheet under construction.
pub(crate) struct Canvas(RgbImage);

impl Canvas {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Self(RgbImage::from_pixel(
            width as u32,
            height as u32,
            Rgb([255; 3]),
        ))
    }

    /// Puts a picture with its upper left corner at a point, each pixel `scale` wide and high.
    pub(crate) fn put(&mut self, picture: &Picture, (left, top): (usize, usize), scale: usize) {
        for y in 0..picture.height() * scale {
            for x in 0..picture.width() * scale {
                let pixel = picture.pixel(x / scale, y / scale);
                let target = self
                    .0
                    .get_pixel_mut_checked((left + x) as u32, (top + y) as u32);
                if let (Some(color), Some(target)) = (pixel, target) {
                    *target = Rgb(color);
                }
            }
        }
    }

    /// Writes a line whose left end, middle or right end (`alignment`) is at `x`, its top at `y`.
    pub(crate) fn write(
        &mut self,
        text: &str,
        (x, y): (usize, usize),
        alignment: Alignment,
        [red, green, blue]: [u8; 3],
    ) {
        let character = MonoTextStyle::new(&FONT, Rgb888::new(red, green, blue));
        let style = TextStyleBuilder::new()
            .alignment(alignment)
            .baseline(Baseline::Top)
            .build();
        let point = Point::new(x as i32, y as i32);
        let text = Text::with_text_style(text, point, character, style);
        match text.draw(self) {
            Ok(_) => {}
            Err(never) => match never {},
        }
    }

    pub(crate) fn finish(self) -> Picture {
        Picture { pixels: self.0 }
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(point, color) in pixels {
            let (Ok(x), Ok(y)) = (u32::try_from(point.x), u32::try_from(point.y)) else {
                continue;
            };
            if let Some(target) = self.0.get_pixel_mut_checked(x, y) {
                *target = Rgb([color.r(), color.g(), color.b()]);
            }
        }
        Ok(())
    }
}
