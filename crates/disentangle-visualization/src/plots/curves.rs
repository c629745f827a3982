//! Numbers that change with the step: losses, divergences, learning rates.
//!
//! A curve of many points is thinned to the least and the greatest value of each pixel column or so:
//! no spike is lost, and a long run draws as fast as a short one.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::combinators::IntoLogRange;
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::DrawingArea;
use plotters::prelude::{DrawingBackend, Rectangle};
use plotters::series::LineSeries;
use plotters::style::Color;

use super::number::short;
use super::{Area, Diagram, Words, failed, finite, rgb, text_style};
use crate::{Error, Picture, Theme};

/// Colors that people with any color vision can tell apart, on white and on black; they repeat.
pub(crate) const COLORS: [[u8; 3]; 8] = [
    [47, 111, 222],
    [224, 123, 0],
    [22, 158, 115],
    [204, 65, 140],
    [128, 92, 217],
    [22, 150, 190],
    [178, 106, 54],
    [125, 125, 135],
];

/// A ratio of the greatest to the least value that no linear axis can show.
const WIDE: f64 = 50.0;
/// Pixels of a character, at most.
const CHARACTER: usize = 9;

/// A line through points.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What it is called in the legend.
    pub name: String,
    /// The points, from left to right, all finite.
    pub points: Vec<(f64, f64)>,
}

/// Curves over one axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// A line above everything.
    pub title: String,
    /// What the horizontal axis shows.
    pub x_label: String,
    /// The curves, in the order of the legend.
    pub curves: Vec<Curve>,
    /// Width and height in pixels, at least 160 x 120.
    pub size: (usize, usize),
}

impl Curves {
    /// Makes curves over the step, 640 x 400 pixels.
    pub fn new(title: impl Into<String>, curves: Vec<Curve>) -> Self {
        Self {
            title: title.into(),
            x_label: "step".into(),
            curves,
            size: (640, 400),
        }
    }

    /// Draws the curves; the vertical axis is logarithmic if all values are positive and differ by a
    /// factor of more than 50, which the title then says.
    ///
    /// # Errors
    /// If there are no points, if one is not finite, or if the size is too small.
    pub fn picture(&self, theme: Theme) -> Result<Picture, Error> {
        self.to_picture(theme)
    }

    /// Draws the curves as an SVG document.
    ///
    /// # Errors
    /// As [`picture`](Self::picture).
    pub fn svg(&self, theme: Theme) -> Result<String, Error> {
        self.to_svg(theme)
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.curves.iter().flat_map(|c| c.points.iter().copied())
    }

    /// Returns where the plot begins from the left and the right, and the lines of the legend.
    fn legend(&self) -> Vec<Vec<usize>> {
        let mut lines = vec![Vec::new()];
        let mut used = 0;
        for (place, curve) in self.curves.iter().enumerate() {
            let width = 34 + curve.name.chars().count() * CHARACTER;
            if used > 0 && used + width > self.size.0.saturating_sub(2 * MARGIN) {
                lines.push(Vec::new());
                used = 0;
            }
            used += width;
            if let Some(line) = lines.last_mut() {
                line.push(place);
            }
        }
        lines
    }

    fn draw_legend<B: DrawingBackend>(&self, area: &Area<B>, theme: Theme) -> Result<(), Error> {
        for (line, places) in self.legend().iter().enumerate() {
            let (mut x, y) = (MARGIN, TITLE_HEIGHT + line * LINE + LINE / 2);
            for &place in places {
                let swatch = [(x as i32, y as i32 - 2), (x as i32 + 16, y as i32 + 1)];
                let color = rgb(color_of(place));
                area.draw(&Rectangle::new(swatch, color.filled()))
                    .map_err(failed)?;
                let name = &self.curves[place].name;
                Words::new(name, theme.text()).draw(area, (x + 22, y))?;
                x += 34 + name.chars().count() * CHARACTER;
            }
        }
        Ok(())
    }

    fn draw_chart<B: DrawingBackend, Y>(
        &self,
        area: &DrawingArea<B, Shift>,
        theme: Theme,
        y: Y,
    ) -> Result<(), Error>
    where
        Y: AsRangedCoord<Value = f64>,
        Y::CoordDescType: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let (low, high) = widened(bounds(self.points().map(|point| point.0)));
        let mut chart = ChartBuilder::on(area)
            .margin_right(MARGIN as u32 + 8)
            .margin_left(6)
            .x_label_area_size(42)
            .y_label_area_size(54)
            .build_cartesian_2d(low..high, y)
            .map_err(failed)?;
        self.draw_axes(&mut chart, theme)?;
        for (place, curve) in self.curves.iter().enumerate() {
            let points = thinned(&curve.points, self.size.0);
            let style = rgb(color_of(place)).stroke_width(2);
            chart
                .draw_series(LineSeries::new(points, style))
                .map_err(failed)?;
        }
        Ok(())
    }

    fn draw_axes<B: DrawingBackend, Y>(
        &self,
        chart: &mut ChartContext<'_, B, Cartesian2d<RangedCoordf64, Y>>,
        theme: Theme,
    ) -> Result<(), Error>
    where
        Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
    {
        let text = text_style(theme.text(), false);
        chart
            .configure_mesh()
            .x_labels(self.size.0 / 90)
            .y_labels(self.size.1 / 50)
            .x_label_formatter(&|value| short(*value))
            .y_label_formatter(&|value| short(*value))
            .x_desc(self.x_label.as_str())
            .axis_desc_style(text.clone())
            .label_style(text)
            .axis_style(rgb(theme.frame()))
            .bold_line_style(rgb(theme.frame()).mix(0.55))
            .light_line_style(rgb(theme.frame()).mix(0.0))
            .draw()
            .map_err(failed)
    }
}

const MARGIN: usize = 14;
const TITLE_HEIGHT: usize = 38;
const LINE: usize = 20;

impl Diagram for Curves {
    fn check(&self) -> Result<(), Error> {
        if self.points().next().is_none() {
            return Err(Error::Nothing { what: "points" });
        }
        if self.size.0 < 160 || self.size.1 < 120 {
            return Err(Error::Option {
                name: "size",
                value: format!("{} x {}", self.size.0, self.size.1),
                allowed: "at least 160 x 120 pixels",
            });
        }
        for curve in &self.curves {
            let numbers = curve.points.iter().flat_map(|(x, y)| [*x, *y]);
            finite(&format!("the curve `{}`", curve.name), numbers)?;
        }
        Ok(())
    }

    /// A legend of several lines makes room for itself.
    fn size(&self) -> (usize, usize) {
        let lines = self.legend().len();
        (self.size.0, self.size.1 + (lines - 1) * LINE)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>, theme: Theme) -> Result<(), Error> {
        let (low, high) = bounds(self.points().map(|point| point.1));
        let logarithmic = low > 0.0 && high / low > WIDE;
        let title = match logarithmic {
            true => format!("{} (log scale)", self.title),
            false => self.title.clone(),
        };
        Words::title(&title, theme).draw(area, (MARGIN, MARGIN + 9))?;
        self.draw_legend(area, theme)?;
        let top = TITLE_HEIGHT + self.legend().len() * LINE + 6;
        let (_, below) = area.split_vertically(top as i32);
        match logarithmic {
            true => self.draw_chart(&below, theme, (low * 0.9..high * 1.1).log_scale()),
            false => {
                let (low, high) = widened((low, high));
                let room = (high - low) * 0.04;
                self.draw_chart(&below, theme, low - room..high + room)
            }
        }
    }
}

fn color_of(place: usize) -> [u8; 3] {
    COLORS[place % COLORS.len()]
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// Makes room around a single value.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    // A range that rounding cannot tell from a point has no ticks.
    if high - low > 1e-9 * high.abs().max(low.abs()) {
        return (low, high);
    }
    let room = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
    (low - room, high + room)
}

/// Returns the least and the greatest point of groups of neighbors, in order.
fn thinned(points: &[(f64, f64)], groups: usize) -> Vec<(f64, f64)> {
    let size = points.len().div_ceil(groups);
    if size <= 2 {
        return points.to_vec();
    }
    let extremes = |group: &[(f64, f64)]| {
        let by_value = |a: &usize, b: &usize| group[*a].1.total_cmp(&group[*b].1);
        let least = (0..group.len()).min_by(by_value).unwrap_or(0);
        let greatest = (0..group.len()).max_by(by_value).unwrap_or(0);
        [group[least.min(greatest)], group[least.max(greatest)]]
    };
    points.chunks(size).flat_map(extremes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, points: &[(f64, f64)]) -> Curve {
        Curve {
            name: name.into(),
            points: points.to_vec(),
        }
    }

    fn example() -> Curves {
        let falling = curve("recon", &[(0.0, 9.0), (100.0, 3.0), (200.0, 2.0)]);
        let rising = curve("KL", &[(0.0, 0.5), (100.0, 4.0), (200.0, 5.0)]);
        Curves::new("loss", vec![falling, rising])
    }

    fn has(picture: &Picture, color: [u8; 3]) -> bool {
        picture.as_bytes().chunks(3).any(|pixel| pixel == color)
    }

    #[test]
    fn each_curve_has_its_color() {
        let picture = example().picture(Theme::Light).unwrap();
        assert_eq!((picture.width(), picture.height()), (640, 400));
        assert!(has(&picture, COLORS[0]) && has(&picture, COLORS[1]));
        assert!(!has(&picture, COLORS[2]));
    }

    #[test]
    fn svg_names_curves_and_axis() {
        let svg = example().svg(Theme::Light).unwrap();
        for text in ["loss", "recon", "KL", "step", "100"] {
            assert!(svg.contains(&format!(">\n{text}\n")), "{text}: {svg}");
        }
        assert_eq!(svg.matches("<polyline").count() - axis_lines(&svg), 2);
    }

    /// plotters draws axes as polylines of the frame's color.
    fn axis_lines(svg: &str) -> usize {
        let lines = svg.lines().filter(|line| line.starts_with("<polyline"));
        lines.filter(|line| line.contains("#C8C8CD")).count()
    }

    #[test]
    fn wide_positive_values_have_a_logarithmic_axis() {
        let title = |points: &[(f64, f64)]| {
            let curves = Curves::new("loss", vec![curve("a", points)]);
            curves.svg(Theme::Light).unwrap().contains("(log scale)")
        };
        assert!(title(&[(0.0, 1.0), (1.0, 100.0)]));
        assert!(!title(&[(0.0, 1.0), (1.0, 40.0)]));
        assert!(!title(&[(0.0, -1.0), (1.0, 100.0)]));
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let mut points: Vec<_> = (0..10_000).map(|i| (f64::from(i), 0.0)).collect();
        points[5_003].1 = 7.0;
        points[5_004].1 = -7.0;
        let thin = thinned(&points, 100);
        assert_eq!(thin.len(), 200);
        assert!(thin.contains(&(5_003.0, 7.0)) && thin.contains(&(5_004.0, -7.0)));
        assert!(thin.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn flat_and_single_curves_are_drawn() {
        for points in [
            vec![(5.0, 3.0)],
            vec![(0.0, 0.0), (9.0, 0.0)],
            vec![(1e6, 1e-7)],
        ] {
            let curves = Curves::new("flat", vec![curve("a", &points)]);
            curves.picture(Theme::Dark).unwrap();
            curves.svg(Theme::Dark).unwrap();
        }
    }

    #[test]
    fn many_names_take_several_lines() {
        let curves = (0..12).map(|i| curve(&format!("latent number {i}"), &[(0.0, 1.0)]));
        let curves = Curves::new("KL", curves.collect());
        assert!(curves.picture(Theme::Light).unwrap().height() > 400);
    }

    #[test]
    fn senseless_curves_are_errors() {
        let message = |curves: Vec<Curve>| {
            let curves = Curves::new("loss", curves);
            curves.picture(Theme::Light).unwrap_err().to_string()
        };
        assert_eq!(message(vec![]), "there are no points to draw");
        assert_eq!(
            message(vec![curve("a", &[])]),
            "there are no points to draw"
        );
        let infinite = message(vec![curve("a", &[(0.0, f64::INFINITY)])]);
        assert!(
            infinite.contains("value 1 of the curve `a` is inf"),
            "{infinite}"
        );
        let mut small = example();
        small.size = (10, 10);
        let error = small.picture(Theme::Light).unwrap_err();
        assert!(error.to_string().contains("`size` is 10 x 10"));
    }
}
