//! Matrices as colored cells with their numbers: mutual information, importance, IRS.

use plotters::prelude::{DrawingBackend, Rectangle};
use plotters::style::Color;

use super::{Anchor, Area, Diagram, Words, failed, finite, rgb};
use crate::{Error, Picture, Theme};

/// Height of a cell in pixels.
const CELL: usize = 26;
/// Pixels around everything, and between the parts.
const MARGIN: usize = 14;
/// Pixels that a character takes at most.
const CHARACTER: usize = 9;
/// The most characters of a name; what is longer is cut.
const LONGEST: usize = 24;

/// A matrix with names for its rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// A line above everything.
    pub title: String,
    /// The names of the rows, from the top.
    pub rows: Vec<String>,
    /// The names of the columns, from the left.
    pub columns: Vec<String>,
    /// The values, row-major, all finite.
    pub values: Vec<f64>,
    /// The values of the faintest and the strongest color; from the least value, at most 0, to the
    /// greatest, if absent.
    pub range: Option<(f64, f64)>,
}

impl HeatMap {
    /// Draws the matrix.
    ///
    /// # Errors
    /// If there is nothing to draw, if the values are not as many as the names say or not finite, or if
    /// the range is empty.
    pub fn picture(&self, theme: Theme) -> Result<Picture, Error> {
        self.to_picture(theme)
    }

    /// Draws the matrix as an SVG document.
    ///
    /// # Errors
    /// As [`picture`](Self::picture).
    pub fn svg(&self, theme: Theme) -> Result<String, Error> {
        self.to_svg(theme)
    }

    /// Requires that the values fit the names and are finite, and that the range makes sense.
    ///
    /// # Errors
    /// If they do not.
    pub fn check(&self) -> Result<(), Error> {
        let expected = self.rows.len() * self.columns.len();
        if expected == 0 {
            return Err(Error::Nothing {
                what: "rows or columns",
            });
        }
        if self.values.len() != expected {
            return Err(Error::Mismatch {
                what: "values",
                found: self.values.len(),
                to: "cells of the matrix",
                expected,
            });
        }
        finite(&format!("`{}`", self.title), self.values.iter().copied())?;
        match self.range {
            Some((low, high)) if !(low.is_finite() && high.is_finite() && low < high) => {
                Err(Error::Option {
                    name: "range",
                    value: format!("({low}, {high})"),
                    allowed: "two finite numbers, the smaller first",
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns the place of a cell's value in the range, in `[0, 1]`.
    pub(crate) fn strength(&self, row: usize, column: usize) -> f64 {
        let values = || self.values.iter().copied();
        let (low, high) = self
            .range
            .unwrap_or_else(|| (values().fold(0.0, f64::min), values().fold(0.0, f64::max)));
        let value = self.values[row * self.columns.len() + column];
        match high > low {
            true => ((value - low) / (high - low)).clamp(0.0, 1.0),
            false => 0.0,
        }
    }

    /// Returns the number that is written into a cell.
    pub(crate) fn number(&self, row: usize, column: usize) -> String {
        let value = self.values[row * self.columns.len() + column];
        match format!("{value:.2}") {
            text if text == "-0.00" => "0.00".into(),
            text => text,
        }
    }

    fn cell_width(&self) -> usize {
        let names = self.columns.iter().map(|name| shortened(name));
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        // Numbers have four to six characters.
        (longest.max(6) + 1) * CHARACTER
    }

    fn names_width(&self) -> usize {
        let names = self.rows.iter().map(|name| shortened(name));
        let longest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        longest * CHARACTER
    }

    fn draw_cell<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        (row, column): (usize, usize),
        (left, top): (usize, usize),
    ) -> Result<(), Error> {
        let strength = self.strength(row, column);
        let corners = [
            (left as i32, top as i32),
            (
                (left + self.cell_width()) as i32 - 1,
                (top + CELL) as i32 - 1,
            ),
        ];
        area.draw(&Rectangle::new(corners, rgb(color(strength)).filled()))
            .map_err(failed)?;
        let ink = match strength > 0.5 {
            true => [255, 255, 255],
            false => [24, 24, 27],
        };
        let middle = (left + self.cell_width() / 2, top + CELL / 2);
        Words::new(&self.number(row, column), ink)
            .at(Anchor::Center)
            .draw(area, middle)
    }
}

impl Diagram for HeatMap {
    fn check(&self) -> Result<(), Error> {
        Self::check(self)
    }

    fn size(&self) -> (usize, usize) {
        let title = self.title.chars().count() * CHARACTER;
        let cells = self.columns.len().saturating_mul(self.cell_width());
        let width = (self.names_width() + 8).saturating_add(cells);
        let rows = self.rows.len().saturating_mul(CELL);
        let height = rows.saturating_add(2 * MARGIN + 28 + CELL);
        (width.max(title).saturating_add(2 * MARGIN), height)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>, theme: Theme) -> Result<(), Error> {
        Words::title(&self.title, theme).draw(area, (MARGIN, MARGIN + 9))?;
        let first = (MARGIN + self.names_width() + 8, MARGIN + 28 + CELL);
        for (column, name) in self.columns.iter().enumerate() {
            let x = first.0 + column * self.cell_width() + self.cell_width() / 2;
            Words::new(&shortened(name), theme.text())
                .at(Anchor::Center)
                .draw(area, (x, first.1 - CELL / 2))?;
        }
        for (row, name) in self.rows.iter().enumerate() {
            let top = first.1 + row * CELL;
            Words::new(&shortened(name), theme.text())
                .at(Anchor::Right)
                .draw(area, (first.0 - 8, top + CELL / 2))?;
            for column in 0..self.columns.len() {
                let left = first.0 + column * self.cell_width();
                self.draw_cell(area, (row, column), (left, top))?;
            }
        }
        Ok(())
    }
}

/// Cuts a long name in its middle, where names differ least.
fn shortened(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= LONGEST {
        return name.to_owned();
    }
    let half = (LONGEST - 2) / 2;
    let (head, tail) = (&characters[..half], &characters[characters.len() - half..]);
    head.iter().chain(&['.', '.']).chain(tail).collect()
}

/// Returns the color of a strength in `[0, 1]`: from nearly white to a dark blue.
fn color(strength: f64) -> [u8; 3] {
    const STOPS: [[f64; 3]; 5] = [
        [244.0, 247.0, 252.0],
        [190.0, 214.0, 240.0],
        [104.0, 164.0, 217.0],
        [38.0, 105.0, 176.0],
        [10.0, 46.0, 102.0],
    ];
    let place = strength.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let stop = (place.floor() as usize).min(STOPS.len() - 2);
    let part = place - stop as f64;
    let mixed = |channel: usize| {
        let (from, to) = (STOPS[stop][channel], STOPS[stop + 1][channel]);
        (from + part * (to - from)).round() as u8
    };
    [mixed(0), mixed(1), mixed(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> HeatMap {
        HeatMap {
            title: "mutual information".into(),
            rows: vec!["z0".into(), "z1".into()],
            columns: vec!["shape".into(), "scale".into(), "angle".into()],
            values: vec![0.0, 0.5, 1.0, 0.25, 2.0, -0.001],
            range: Some((0.0, 2.0)),
        }
    }

    #[test]
    fn cells_have_the_color_of_their_value() {
        let map = example();
        let picture = map.picture(Theme::Light).unwrap();
        let first = (MARGIN + 18 + 8, MARGIN + 28 + CELL);
        // A corner of the cell, where no text is.
        let at = |row: usize, column: usize| {
            let left = first.0 + column * map.cell_width() + 2;
            picture.pixel(first.1 + row * CELL + 2, left).unwrap()
        };
        let expected = [0.0, 0.25, 0.5].map(color);
        assert_eq!([at(0, 0), at(0, 1), at(0, 2)], expected);
        assert_eq!(at(1, 1), color(1.0));
        assert_eq!(at(1, 2), color(0.0));
    }

    #[test]
    fn strong_is_darker_than_faint() {
        let sums = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|s| color(s).map(u32::from).iter().sum());
        assert!(sums.windows(2).all(|pair: &[u32]| pair[0] > pair[1]));
    }

    #[test]
    fn svg_holds_names_and_numbers() {
        let svg = example().svg(Theme::Dark).unwrap();
        for text in ["mutual information", "z1", "angle", "0.25", "2.00", "0.00"] {
            assert!(svg.contains(&format!("{text}\n")), "{text}: {svg}");
        }
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn without_a_range_zero_is_faint() {
        let map = HeatMap {
            range: None,
            values: vec![0.0; 6],
            ..example()
        };
        assert_eq!(map.strength(1, 1), 0.0);
        map.picture(Theme::Light).unwrap();
    }

    #[test]
    fn long_names_are_cut_in_the_middle() {
        assert_eq!(shortened("orientation"), "orientation");
        let cut = shortened(&format!("a{}z", "-".repeat(30)));
        assert_eq!(cut, format!("a{}..{}z", "-".repeat(10), "-".repeat(10)));
    }

    #[test]
    fn senseless_matrices_are_errors() {
        let message = |change: &dyn Fn(&mut HeatMap)| {
            let mut map = example();
            change(&mut map);
            map.picture(Theme::Light).unwrap_err().to_string()
        };
        assert!(message(&|map| map.rows.clear()).contains("no rows or columns"));
        let expected = "5 values do not fit 6 cells of the matrix";
        assert_eq!(message(&|map| map.values.truncate(5)), expected);
        assert!(message(&|map| map.values[2] = f64::NAN).contains("value 2 of `mutual"));
        assert!(message(&|map| map.range = Some((1.0, 1.0))).contains("`range` is (1, 1)"));
    }
}
