//! A picture that plotters can draw on.
//!
//! Shapes are drawn three times as large and averaged, which smooths their edges; text comes last, at
//! its own size, in the bitmap fonts of the sheets.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::label::{Font, LABEL, TITLE};
use crate::{Error, Picture};

/// Pixels of the large picture in a row or column of a pixel.
const FINE: usize = 3;

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// Shapes, three times enlarged, and the texts to put on them.
pub(super) struct Canvas {
    large: Large,
    texts: Vec<Line>,
}

struct Line {
    text: String,
    font: Font,
    color: [u8; 3],
    top: usize,
    left: usize,
}

impl Canvas {
    pub(super) fn new(height: usize, width: usize, color: [u8; 3]) -> Result<Self, Error> {
        let picture = Picture::filled(
            height.saturating_mul(FINE),
            width.saturating_mul(FINE),
            color,
        )?;
        Ok(Self {
            large: Large(picture),
            texts: Vec::new(),
        })
    }

    /// Returns what was drawn.
    pub(super) fn finish(&self) -> Result<Picture, Error> {
        let mut picture = self.large.0.shrunk(FINE)?;
        for line in &self.texts {
            line.font
                .draw(&line.text, line.color, (line.top, line.left), &mut picture);
        }
        Ok(picture)
    }
}

/// The enlarged picture, on which plotters' own algorithms draw.
struct Large(Picture);

impl DrawingBackend for Large {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.0.width() as u32, self.0.height() as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        let (Ok(row), Ok(column)) = (usize::try_from(y), usize::try_from(x)) else {
            return Ok(());
        };
        let Some(below) = self.0.pixel(row, column) else {
            return Ok(());
        };
        let (red, green, blue) = color.rgb;
        let mut mixed = [red, green, blue];
        for (above, below) in mixed.iter_mut().zip(below) {
            let value = f64::from(*above) * color.alpha + f64::from(below) * (1.0 - color.alpha);
            *above = value.round() as u8;
        }
        self.0.set(row, column, mixed);
        Ok(())
    }
}

/// A style for the enlarged picture.
struct Enlarged(BackendColor, u32);

impl Enlarged {
    fn of<S: BackendStyle>(style: &S) -> Self {
        Self(style.color(), style.stroke_width() * FINE as u32)
    }
}

impl BackendStyle for Enlarged {
    fn color(&self) -> BackendColor {
        self.0
    }

    fn stroke_width(&self) -> u32 {
        self.1
    }
}

/// Returns the middle of a pixel in the enlarged picture.
fn middle((x, y): BackendCoord) -> BackendCoord {
    let fine = FINE as i32;
    (x * fine + fine / 2, y * fine + fine / 2)
}

/// Returns the top left corner of a pixel in the enlarged picture.
fn corner((x, y): BackendCoord) -> BackendCoord {
    let fine = FINE as i32;
    (x * fine, y * fine)
}

impl DrawingBackend for Canvas {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        let (width, height) = self.large.get_size();
        (width / FINE as u32, height / FINE as u32)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if fill {
            let (left, top) = corner(from);
            let (right, bottom) = corner(to);
            let color = style.color();
            for y in top..bottom {
                (left..right).try_for_each(|x| self.large.draw_pixel((x, y), color))?;
            }
            return Ok(());
        }
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.draw_path(corners, style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        // Equal neighbors have no direction, in which plotters would divide by zero.
        let mut points: Vec<_> = path.into_iter().map(middle).collect();
        points.dedup();
        self.large.draw_path(points, &Enlarged::of(style))
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let radius = radius * FINE as u32;
        let style = Enlarged::of(style);
        self.large.draw_circle(middle(center), radius, &style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let corners: Vec<_> = corners.into_iter().map(middle).collect();
        self.large.fill_polygon(corners, &Enlarged::of(style))
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let font = font(style);
        let (width, height) = (font.width(text) as i32, font.height() as i32);
        let left = match style.anchor().h_pos {
            HPos::Left => x,
            HPos::Center => x - width / 2,
            HPos::Right => x - width,
        };
        let top = match style.anchor().v_pos {
            VPos::Top => y,
            VPos::Center => y - height / 2,
            VPos::Bottom => y - height,
        };
        let (red, green, blue) = style.color().rgb;
        self.texts.push(Line {
            text: text.to_owned(),
            font,
            color: [red, green, blue],
            top: top.max(0) as usize,
            left: left.max(0) as usize,
        });
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let font = font(style);
        Ok((font.width(text) as u32, font.height() as u32))
    }
}

fn font<S: BackendTextStyle>(style: &S) -> Font {
    match style.style() {
        plotters_backend::FontStyle::Bold => TITLE,
        _ => LABEL,
    }
}
