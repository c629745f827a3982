//! Smooth edges at the cost of few rays.
//!
//! A ray is cast through every corner of the pixels. Where all four corners of a pixel see one surface,
//! the pixel is their mean; elsewhere it is the mean of eight rays inside of it. No two of these share a row
//! or a column, so an edge has nine shades in whatever direction it runs.

use super::SIDE;

/// The rays inside of a pixel with an edge, in sixteenths from its upper left corner.
const RAYS: [(f32, f32); 8] = [
    (1.0, 7.0),
    (3.0, 13.0),
    (5.0, 3.0),
    (7.0, 11.0),
    (9.0, 5.0),
    (11.0, 15.0),
    (13.0, 9.0),
    (15.0, 1.0),
];

/// What a ray sees.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Tells surfaces with an edge between them apart; 0 is nothing.
    pub(crate) surface: u16,
    /// What is averaged.
    pub(crate) values: [f32; 4],
}

/// Pixels from the first row and column to before the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) rows: (usize, usize),
    pub(crate) columns: (usize, usize),
}

impl Area {
    pub(crate) const WHOLE: Self = Self {
        rows: (0, SIDE),
        columns: (0, SIDE),
    };
    pub(crate) const EMPTY: Self = Self {
        rows: (SIDE, 0),
        columns: (SIDE, 0),
    };

    /// Grows until it holds a circle, as far as the image goes.
    pub(crate) fn holding(self, (x, y): (f32, f32), radius: f32) -> Self {
        // A float that is negative or too large becomes the nearest number of a pixel.
        let first = |at: f32| ((at - radius).floor() as usize).min(SIDE);
        let end = |at: f32| ((at + radius).ceil() as usize).min(SIDE);
        let grown = |(from, to): (usize, usize), at| (from.min(first(at)), to.max(end(at)));
        Self {
            rows: grown(self.rows, y),
            columns: grown(self.columns, x),
        }
    }
}

/// Calls `put(row, column, mean)` for every pixel of an area in which something is seen.
///
/// `cast(x, y)` sees through a point of the image; `is_fine(x, y)` tells, by its middle, whether a pixel
/// may hold something too thin for its corners to see.
#[inline]
pub(crate) fn smooth(
    area: Area,
    cast: impl Fn(f32, f32) -> Sample,
    is_fine: impl Fn(f32, f32) -> bool,
    mut put: impl FnMut(usize, usize, [f32; 4]),
) {
    let (first, end) = area.columns;
    if first >= end {
        return;
    }
    let mut above = [Sample::default(); SIDE + 1];
    let mut below = [Sample::default(); SIDE + 1];
    let look = |row: usize, corners: &mut [Sample; SIDE + 1]| {
        for (column, corner) in corners.iter_mut().enumerate().take(end + 1).skip(first) {
            *corner = cast(column as f32, row as f32);
        }
    };
    look(area.rows.0, &mut above);
    for row in area.rows.0..area.rows.1 {
        look(row + 1, &mut below);
        for column in first..end {
            let corners = [
                above[column],
                above[column + 1],
                below[column],
                below[column + 1],
            ];
            let surface = corners[0].surface;
            let is_plain = corners.iter().all(|corner| corner.surface == surface);
            let (x, y) = (column as f32, row as f32);
            if !is_plain || is_fine(x + 0.5, y + 0.5) {
                put(row, column, mean(&inside(x, y, &cast)));
            } else if surface != 0 {
                put(row, column, mean(&corners));
            }
        }
        std::mem::swap(&mut above, &mut below);
    }
}

#[inline]
fn inside(x: f32, y: f32, cast: &impl Fn(f32, f32) -> Sample) -> [Sample; RAYS.len()] {
    RAYS.map(|(right, down)| cast(x + right / 16.0, y + down / 16.0))
}

fn mean<const N: usize>(samples: &[Sample; N]) -> [f32; 4] {
    std::array::from_fn(|k| samples.iter().map(|sample| sample.values[k]).sum::<f32>() / N as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half_plane(edge: f32) -> impl Fn(f32, f32) -> Sample {
        move |x, _| Sample {
            surface: u16::from(x < edge),
            values: [f32::from(u8::from(x < edge)); 4],
        }
    }

    #[test]
    fn an_edge_covers_a_pixel_in_part() {
        let mut row = [0.0; SIDE];
        smooth(
            Area::WHOLE,
            half_plane(10.5),
            |_, _| false,
            |_, column, mean| row[column] = mean[0],
        );
        assert_eq!((row[9], row[10], row[11]), (1.0, 0.5, 0.0));
    }

    #[test]
    fn what_is_thin_is_seen_where_it_is_announced() {
        let line = |x: f32, _| Sample {
            surface: u16::from((x - 10.5).abs() < 0.3),
            values: [f32::from(u8::from((x - 10.5).abs() < 0.3)); 4],
        };
        let seen = |is_fine: fn(f32, f32) -> bool| {
            let mut seen = Vec::new();
            let put = |_, column, mean: [f32; 4]| seen.push((column, mean[0]));
            smooth(Area::EMPTY.holding((10.5, 3.5), 0.5), line, is_fine, put);
            seen
        };
        assert_eq!(seen(|_, _| false), []);
        assert_eq!(seen(|x, _| (x - 10.5).abs() < 1.0), [(10, 0.5)]);
    }

    #[test]
    fn areas_end_at_the_image() {
        let area = Area::EMPTY.holding((-2.0, 63.0), 4.5);
        assert_eq!((area.rows, area.columns), ((58, 64), (0, 3)));
        let outside = Area::EMPTY.holding((90.0, 10.0), 3.0);
        assert!(outside.columns.0 >= outside.columns.1);
    }
}
