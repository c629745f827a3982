//! How numbers spread: a row a group, a dot a number, the middle half as a bar and the median as a line.

use plotters::prelude::{Circle, DrawingBackend, PathElement, Rectangle};
use plotters::style::Color;

use super::curves::COLORS;
use super::number::short;
use super::{Anchor, Area, Diagram, Words, failed, finite, rgb};
use crate::{Error, Picture, Theme};

/// Height of a row in pixels.
const ROW: usize = 22;
/// Width of the plot in pixels.
const WIDTH: usize = 420;
const MARGIN: usize = 14;
const CHARACTER: usize = 9;
/// Numbers on the axis.
const TICKS: usize = 5;

/// Numbers of one group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distribution {
    /// What the group is called.
    pub name: String,
    /// The numbers, in any order; there may be none.
    pub values: Vec<f64>,
}

impl Distribution {
    /// Returns the median, the mean of the two middle numbers of an even count; none of no numbers.
    pub fn median_of(values: &[f64]) -> Option<f64> {
        quantile(&sorted(values), 0.5)
    }
}

/// Groups of numbers over one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Distributions {
    /// A line above everything.
    pub title: String,
    /// The groups, from the top.
    pub rows: Vec<Distribution>,
}

impl Distributions {
    /// Draws the groups.
    ///
    /// # Errors
    /// If there is no number, or one is not finite.
    pub fn picture(&self, theme: Theme) -> Result<Picture, Error> {
        self.to_picture(theme)
    }

    /// Draws the groups as an SVG document.
    ///
    /// # Errors
    /// As [`picture`](Self::picture).
    pub fn svg(&self, theme: Theme) -> Result<String, Error> {
        self.to_svg(theme)
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().flat_map(|row| row.values.iter().copied())
    }

    /// Returns the ends of the axis: those of the numbers, and zero where they are near it.
    fn bounds(&self) -> (f64, f64) {
        let low = self.values().fold(f64::INFINITY, f64::min);
        let high = self.values().fold(f64::NEG_INFINITY, f64::max);
        let low = if low > 0.0 && low < high / 2.0 {
            0.0
        } else {
            low
        };
        let room = ((high - low) * 0.05).max(1e-3);
        (if low == 0.0 { low } else { low - room }, high + room)
    }

    fn names_width(&self) -> usize {
        let longest = self.rows.iter().map(|row| row.name.chars().count()).max();
        longest.unwrap_or(0) * CHARACTER
    }

    fn draw_row<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        row: &Distribution,
        y: i32,
    ) -> Result<(), Error> {
        let (low, high) = self.bounds();
        let left = (MARGIN + self.names_width() + 8) as f64;
        let x = |value: f64| (left + (value - low) / (high - low) * WIDTH as f64).round() as i32;
        let color = rgb(COLORS[0]);
        let values = sorted(&row.values);
        let at = |part: f64| quantile(&values, part);
        if let (Some(first), Some(median), Some(third)) = (at(0.25), at(0.5), at(0.75)) {
            let middle = [(x(first), y - 7), (x(third), y + 7)];
            area.draw(&Rectangle::new(middle, color.mix(0.22).filled()))
                .map_err(failed)?;
            let line = vec![(x(median), y - 8), (x(median), y + 8)];
            area.draw(&PathElement::new(line, color.stroke_width(2)))
                .map_err(failed)?;
        }
        for value in values {
            area.draw(&Circle::new((x(value), y), 3, color.mix(0.6).filled()))
                .map_err(failed)?;
        }
        Ok(())
    }
}

impl Diagram for Distributions {
    fn check(&self) -> Result<(), Error> {
        if self.values().next().is_none() {
            return Err(Error::Nothing { what: "numbers" });
        }
        finite(&format!("`{}`", self.title), self.values())
    }

    fn size(&self) -> (usize, usize) {
        let title = self.title.chars().count() * CHARACTER;
        let width = self.names_width().saturating_add(8 + WIDTH + 20);
        let rows = self.rows.len().saturating_mul(ROW);
        (
            width.max(title).saturating_add(2 * MARGIN),
            rows.saturating_add(2 * MARGIN + 28 + ROW),
        )
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>, theme: Theme) -> Result<(), Error> {
        Words::title(&self.title, theme).draw(area, (MARGIN, MARGIN + 9))?;
        let (top, left) = (MARGIN + 28, MARGIN + self.names_width() + 8);
        let bottom = top + self.rows.len() * ROW;
        let (low, high) = self.bounds();
        for tick in 0..TICKS {
            let part = tick as f64 / (TICKS - 1) as f64;
            let x = left + (part * WIDTH as f64).round() as usize;
            let line = vec![(x as i32, top as i32), (x as i32, bottom as i32)];
            area.draw(&PathElement::new(line, rgb(theme.frame())))
                .map_err(failed)?;
            Words::new(&short(low + part * (high - low)), theme.text())
                .at(Anchor::Center)
                .draw(area, (x, bottom + ROW / 2))?;
        }
        for (place, row) in self.rows.iter().enumerate() {
            let y = top + place * ROW + ROW / 2;
            Words::new(&row.name, theme.text())
                .at(Anchor::Right)
                .draw(area, (left - 8, y))?;
            self.draw_row(area, row, y as i32)?;
        }
        Ok(())
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Returns a quantile of sorted numbers, linear between neighbors.
fn quantile(sorted: &[f64], part: f64) -> Option<f64> {
    let place = part * sorted.len().checked_sub(1)? as f64;
    let below = sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize)?;
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Distributions {
        let row = |name: &str, values: &[f64]| Distribution {
            name: name.into(),
            values: values.to_vec(),
        };
        Distributions {
            title: "mig".into(),
            rows: vec![
                row("vae", &[0.1, 0.4, 0.2]),
                row("none", &[]),
                row("tc", &[0.5]),
            ],
        }
    }

    #[test]
    fn the_median_of_an_even_count_lies_between() {
        assert_eq!(Distribution::median_of(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(Distribution::median_of(&[]), None);
        let sorted = [0.0, 1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile(&sorted, 0.25), Some(1.0));
        assert_eq!(quantile(&sorted[..2], 0.75), Some(0.75));
    }

    #[test]
    fn each_number_is_a_dot() {
        let svg = example().svg(Theme::Light).unwrap();
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains("none\n"));
        let picture = example().picture(Theme::Dark).unwrap();
        assert_eq!(picture.height(), 3 * ROW + 2 * MARGIN + 28 + ROW);
    }

    #[test]
    fn one_number_alone_can_be_drawn() {
        let mut alone = example();
        alone.rows = vec![alone.rows.remove(2)];
        alone.picture(Theme::Light).unwrap();
    }

    #[test]
    fn no_number_and_no_finite_one_are_errors() {
        let mut wrong = example();
        wrong.rows[0].values[0] = f64::NAN;
        assert!(
            wrong
                .svg(Theme::Light)
                .unwrap_err()
                .to_string()
                .contains("is NaN")
        );
        wrong.rows.truncate(0);
        assert!(
            wrong
                .svg(Theme::Light)
                .unwrap_err()
                .to_string()
                .contains("no numbers")
        );
    }
}
