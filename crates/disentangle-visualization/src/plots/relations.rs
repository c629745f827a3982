//! What each latent says about each factor: its mean and spread for every value of the factor.
//!
//! A row a latent, a column a factor. In a panel the horizontal axis is the factor's value and the
//! vertical one the code; the line goes through the means and the band is one standard deviation wide
//! on both sides. A latent that encodes one factor alone is a line in one panel and flat in the others.
//! All panels of a row share their vertical axis.

use plotters::prelude::{Circle, DrawingBackend, PathElement, Polygon, Rectangle};
use plotters::style::Color;

use super::curves::COLORS;
use super::{Anchor, Area, Diagram, Words, failed, finite, rgb};
use crate::{Error, Picture, Theme};

/// Width and height of a panel.
const PANEL: (usize, usize) = (128, 76);
/// Pixels between panels.
const GAP: usize = 8;
const MARGIN: usize = 14;
const CHARACTER: usize = 9;

/// A latent for each value of a factor.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    /// The mean of the code for each value of the factor.
    pub means: Vec<f64>,
    /// The standard deviation of the code for each value of the factor.
    pub deviations: Vec<f64>,
}

/// Latents against factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Relations {
    /// A line above everything.
    pub title: String,
    /// The names of the latents, from the top.
    pub latents: Vec<String>,
    /// The names of the factors, from the left.
    pub factors: Vec<String>,
    /// The panels, row-major.
    pub panels: Vec<Panel>,
}

impl Panel {
    /// Measures a latent for each of a factor's values `0..size`; a value that does not occur has no
    /// entry, and neither has a row whose value is `size` or more.
    pub fn of(
        codes: impl Iterator<Item = f32>,
        values: impl Iterator<Item = u32>,
        size: usize,
    ) -> Self {
        let mut sums = vec![(0.0, 0.0, 0.0); size];
        for (code, value) in codes.zip(values) {
            if let Some(sum) = sums.get_mut(value as usize) {
                let code = f64::from(code);
                *sum = (sum.0 + 1.0, sum.1 + code, sum.2 + code * code);
            }
        }
        sums.retain(|sum| sum.0 > 0.0);
        let deviation = |&(count, sum, squares): &(f64, f64, f64)| {
            let mean = sum / count;
            (squares / count - mean * mean).max(0.0).sqrt()
        };
        Self {
            means: sums.iter().map(|(count, sum, _)| sum / count).collect(),
            deviations: sums.iter().map(deviation).collect(),
        }
    }
}

impl Relations {
    /// Draws the panels.
    ///
    /// # Errors
    /// If there is nothing to draw, if the panels are not as many as the names say, or if a number is
    /// not finite.
    pub fn picture(&self, theme: Theme) -> Result<Picture, Error> {
        self.to_picture(theme)
    }

    /// Draws the panels as an SVG document.
    ///
    /// # Errors
    /// As [`picture`](Self::picture).
    pub fn svg(&self, theme: Theme) -> Result<String, Error> {
        self.to_svg(theme)
    }

    fn row(&self, latent: usize) -> &[Panel] {
        let columns = self.factors.len();
        &self.panels[latent * columns..(latent + 1) * columns]
    }

    /// Returns the least and the greatest code in a row, with some room.
    fn bounds(&self, latent: usize) -> (f64, f64) {
        let mut bounds = (f64::INFINITY, f64::NEG_INFINITY);
        for panel in self.row(latent) {
            for (mean, deviation) in panel.means.iter().zip(&panel.deviations) {
                bounds = (
                    bounds.0.min(mean - deviation),
                    bounds.1.max(mean + deviation),
                );
            }
        }
        // A latent that says nothing is a flat line in the middle, not enlarged noise.
        let (low, high) = bounds;
        let (middle, half) = ((low + high) / 2.0, ((high - low) / 2.0).max(0.25));
        (middle - half * 1.1, middle + half * 1.1)
    }

    fn names_width(&self) -> usize {
        let longest = self.latents.iter().map(|name| name.chars().count()).max();
        longest.unwrap_or(0) * CHARACTER
    }
}

impl Diagram for Relations {
    fn check(&self) -> Result<(), Error> {
        let expected = self.latents.len() * self.factors.len();
        if expected == 0 {
            return Err(Error::Nothing {
                what: "latents or factors",
            });
        }
        if self.panels.len() != expected {
            return Err(Error::Mismatch {
                what: "panels",
                found: self.panels.len(),
                to: "latents times factors",
                expected,
            });
        }
        for panel in &self.panels {
            if panel.means.len() != panel.deviations.len() {
                return Err(Error::Mismatch {
                    what: "deviations",
                    found: panel.deviations.len(),
                    to: "means",
                    expected: panel.means.len(),
                });
            }
            let numbers = panel.means.iter().chain(&panel.deviations);
            finite(&format!("`{}`", self.title), numbers.copied())?;
        }
        Ok(())
    }

    fn size(&self) -> (usize, usize) {
        let panels = self.factors.len().saturating_mul(PANEL.0 + GAP);
        let title = self.title.chars().count() * CHARACTER;
        let width = (self.names_width() + 8).saturating_add(panels).max(title);
        let rows = self.latents.len().saturating_mul(PANEL.1 + GAP);
        (
            width.saturating_add(2 * MARGIN),
            rows.saturating_add(2 * MARGIN + 48),
        )
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>, theme: Theme) -> Result<(), Error> {
        Words::title(&self.title, theme).draw(area, (MARGIN, MARGIN + 9))?;
        let first = (MARGIN + self.names_width() + 8, MARGIN + 48);
        for (column, name) in self.factors.iter().enumerate() {
            let x = first.0 + column * (PANEL.0 + GAP) + PANEL.0 / 2;
            Words::new(name, theme.text())
                .at(Anchor::Center)
                .draw(area, (x, first.1 - 12))?;
        }
        for (row, name) in self.latents.iter().enumerate() {
            let top = first.1 + row * (PANEL.1 + GAP);
            Words::new(name, theme.text())
                .at(Anchor::Right)
                .draw(area, (first.0 - 8, top + PANEL.1 / 2))?;
            for (column, panel) in self.row(row).iter().enumerate() {
                let left = first.0 + column * (PANEL.0 + GAP);
                let place = Place {
                    corner: (left as i32, top as i32),
                    bounds: self.bounds(row),
                };
                place.draw(panel, area, theme)?;
            }
        }
        Ok(())
    }
}

/// Where a panel is, and the codes at its lower and upper edge.
struct Place {
    corner: (i32, i32),
    bounds: (f64, f64),
}

impl Place {
    fn draw<B: DrawingBackend>(
        &self,
        panel: &Panel,
        area: &Area<B>,
        theme: Theme,
    ) -> Result<(), Error> {
        let (left, top) = self.corner;
        let frame = [(left, top), (left + PANEL.0 as i32, top + PANEL.1 as i32)];
        area.draw(&Rectangle::new(frame, rgb(theme.frame())))
            .map_err(failed)?;
        let (low, high) = self.bounds;
        let count = panel.means.len();
        let x = |place: usize| {
            let part = (place as f64 + 0.5) / count as f64;
            left + (part * PANEL.0 as f64).round() as i32
        };
        let y = |code: f64| {
            let part = ((high - code) / (high - low)).clamp(0.0, 1.0);
            top + (part * PANEL.1 as f64).round() as i32
        };
        if low < 0.0 && high > 0.0 {
            let zero = vec![(left, y(0.0)), (left + PANEL.0 as i32, y(0.0))];
            area.draw(&PathElement::new(zero, rgb(theme.frame()).mix(0.7)))
                .map_err(failed)?;
        }
        let at = |sign: f64| {
            let numbers = panel.means.iter().zip(&panel.deviations).enumerate();
            numbers.map(move |(place, (mean, deviation))| (x(place), y(mean + sign * deviation)))
        };
        let color = rgb(COLORS[0]);
        if count > 1 {
            let band: Vec<_> = at(1.0)
                .chain(at(-1.0).collect::<Vec<_>>().into_iter().rev())
                .collect();
            area.draw(&Polygon::new(band, color.mix(0.22)))
                .map_err(failed)?;
            let line = PathElement::new(at(0.0).collect::<Vec<_>>(), color.stroke_width(2));
            area.draw(&line).map_err(failed)?;
        }
        // Few values are classes, between which a line means nothing.
        if count <= 12 {
            for point in at(0.0) {
                area.draw(&Circle::new(point, 3, color.filled()))
                    .map_err(failed)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_hold_mean_and_deviation_by_value() {
        let codes = [1.0, 3.0, 10.0, 5.0_f32];
        let values = [0, 0, 2, 9_u32];
        let panel = Panel::of(codes.into_iter(), values.into_iter(), 3);
        assert_eq!(panel.means, [2.0, 10.0]);
        assert_eq!(panel.deviations, [1.0, 0.0]);
    }

    fn example() -> Relations {
        let rising = Panel {
            means: vec![-1.0, 0.0, 1.0],
            deviations: vec![0.1; 3],
        };
        let flat = Panel {
            means: vec![0.0; 5],
            deviations: vec![0.8; 5],
        };
        Relations {
            title: "codes by factor".into(),
            latents: vec!["z0".into(), "z1".into()],
            factors: vec!["x".into(), "y".into()],
            panels: vec![rising.clone(), flat.clone(), flat, rising],
        }
    }

    #[test]
    fn a_row_shares_its_axis() {
        let (low, high) = example().bounds(0);
        assert!((low + 1.21).abs() < 1e-12 && (high - 1.21).abs() < 1e-12);
    }

    #[test]
    fn panels_are_drawn_with_their_names() {
        let picture = example().picture(Theme::Light).unwrap();
        assert_eq!(picture.width(), 18 + 8 + 2 * 136 + 28);
        let blue = picture.as_bytes().chunks(3).filter(|&p| p == COLORS[0]);
        assert!(blue.count() > 400);
        let svg = example().svg(Theme::Dark).unwrap();
        assert_eq!(svg.matches("<polygon").count(), 4);
        assert_eq!(svg.matches("<circle").count(), 16);
    }

    #[test]
    fn a_dead_latent_is_a_line_in_the_middle() {
        let mut dead = example();
        for panel in &mut dead.panels {
            panel.means.fill(0.0);
            panel.deviations.fill(1e-4);
        }
        let (low, high) = dead.bounds(0);
        assert!(low < -0.2 && high > 0.2);
        dead.panels.fill(Panel::default());
        assert!(dead.picture(Theme::Light).is_ok());
    }

    #[test]
    fn senseless_panels_are_errors() {
        let message = |change: &dyn Fn(&mut Relations)| {
            let mut relations = example();
            change(&mut relations);
            relations.picture(Theme::Light).unwrap_err().to_string()
        };
        assert!(message(&|r| r.latents.clear()).contains("no latents"));
        assert!(message(&|r| r.panels.truncate(1)).contains("1 panels do not fit 4"));
        assert!(message(&|r| r.panels[1].means.truncate(1)).contains("5 deviations"));
        assert!(message(&|r| r.panels[1].means[0] = f64::NAN).contains("is NaN"));
    }
}
