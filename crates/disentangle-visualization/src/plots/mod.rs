//! Diagrams: heat maps, curves, and what latents say about factors, as pictures and as SVG.
//!
//! plotters draws both. A picture takes its text from the bitmap fonts of the sheets and an SVG names
//! the viewer's own sans-serif, so no font of the system is needed.

mod canvas;
mod curves;
mod distributions;
mod heat_map;
mod number;
mod relations;

pub use curves::{Curve, Curves};
pub use distributions::{Distribution, Distributions};
pub use heat_map::HeatMap;
pub use relations::{Panel, Relations};

use std::cell::RefCell;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::prelude::{DrawingBackend, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, TextStyle};

use crate::{Error, Picture, Theme};
use canvas::Canvas;

/// Height of ordinary text in pixels.
const TEXT: f64 = 13.0;
/// Height of a title in pixels.
const TITLE: f64 = 15.0;

/// A drawing of known size.
trait Diagram {
    /// Requires that everything can be drawn.
    fn check(&self) -> Result<(), Error>;

    /// Returns width and height in pixels.
    fn size(&self) -> (usize, usize);

    fn draw<B: DrawingBackend>(&self, area: &Area<B>, theme: Theme) -> Result<(), Error>;

    fn to_picture(&self, theme: Theme) -> Result<Picture, Error> {
        self.check()?;
        let (width, height) = self.size();
        let canvas = Canvas::new(height, width, theme.background())?;
        let canvas = Rc::new(RefCell::new(canvas));
        self.draw(&DrawingArea::from(&canvas), theme)?;
        canvas.borrow().finish()
    }

    fn to_svg(&self, theme: Theme) -> Result<String, Error> {
        self.check()?;
        let (width, height) = self.size();
        let mut text = String::new();
        {
            let size = (width as u32, height as u32);
            let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
            area.fill(&rgb(theme.background())).map_err(failed)?;
            self.draw(&area, theme)?;
            area.present().map_err(failed)?;
        }
        Ok(text)
    }
}

type Area<B> = DrawingArea<B, Shift>;

/// Where a line of text is anchored.
#[derive(Clone, Copy)]
enum Anchor {
    Left,
    Center,
    Right,
}

/// A line of text.
struct Words<'a> {
    text: &'a str,
    color: [u8; 3],
    anchor: Anchor,
    title: bool,
}

impl<'a> Words<'a> {
    fn new(text: &'a str, color: [u8; 3]) -> Self {
        Self {
            text,
            color,
            anchor: Anchor::Left,
            title: false,
        }
    }

    fn title(text: &'a str, theme: Theme) -> Self {
        let title = true;
        Self {
            title,
            ..Self::new(text, theme.text())
        }
    }

    fn at(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// Draws the line with its vertical middle at a place.
    fn draw<B: DrawingBackend>(&self, area: &Area<B>, (x, y): (usize, usize)) -> Result<(), Error> {
        let style = text_style(self.color, self.title).pos(Pos::new(
            match self.anchor {
                Anchor::Left => HPos::Left,
                Anchor::Center => HPos::Center,
                Anchor::Right => HPos::Right,
            },
            VPos::Center,
        ));
        area.draw_text(self.text, &style, (x as i32, y as i32))
            .map_err(failed)
    }
}

fn text_style(color: [u8; 3], title: bool) -> TextStyle<'static> {
    let (size, style) = match title {
        true => (TITLE, FontStyle::Bold),
        false => (TEXT, FontStyle::Normal),
    };
    // plotters divides by this where it writes the size of an SVG's text.
    let font = ("sans-serif", size * 1.24).into_font().style(style);
    TextStyle {
        color: rgb(color).to_backend_color(),
        ..TextStyle::from(font)
    }
}

fn rgb([red, green, blue]: [u8; 3]) -> RGBColor {
    RGBColor(red, green, blue)
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Plot {
        problem: error.to_string(),
    }
}

/// Requires that numbers are finite; `what` names them.
fn finite(what: &str, values: impl IntoIterator<Item = f64>) -> Result<(), Error> {
    let found = values.into_iter().enumerate().find(|(_, v)| !v.is_finite());
    match found {
        Some((place, value)) => Err(Error::Plot {
            problem: format!("value {place} of {what} is {value}, it must be finite"),
        }),
        None => Ok(()),
    }
}
