//! A convolution in either direction as a few correlations on grids.
//!
//! Forwards (wide to narrow): `narrow[q] = Σₜ W[t]·wide[q·s + t − p]`, one grid.
//! Backwards (narrow to wide), wide pixels `y` split by `(y + p) mod s`: with `t = r + s·j`,
//! `wide[q·s + r − p] = Σⱼ W[r + s·j]·narrow[q − j]`, one grid for each remainder `r`, no zero ever multiplied (the
//! sub-pixel form of a transposed convolution).
//! Both have the form `target[q·target_step + first] = Σ W[tap]·source[q·source_step + d]`, which is what is kept here.

use super::{Direction, Geometry};

/// The pixel positions of one direction of a convolution; nothing of channels or batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correlation {
    pub(crate) source: [usize; 2],
    pub(crate) target: [usize; 2],
    pub(crate) source_step: usize,
    pub(crate) target_step: usize,
    pub(crate) grids: Vec<Grid>,
}

/// A rectangle of target pixels that share their kernel positions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    /// The first `q` along each axis.
    pub(crate) first: [isize; 2],
    /// How many.
    pub(crate) len: [usize; 2],
    /// Where the first `q` lies in the target.
    pub(crate) target: [usize; 2],
    /// Kernel positions that meet the source at least once.
    pub(crate) taps: Vec<Tap>,
}

/// A kernel position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tap {
    /// Its index in the weights.
    pub(crate) index: usize,
    /// Its displacement `d` in the source.
    pub(crate) displacement: [isize; 2],
}

impl Grid {
    /// Pixels.
    pub(crate) fn area(&self) -> usize {
        self.len[0] * self.len[1]
    }
}

impl Correlation {
    /// One way through a geometry.
    pub(crate) fn of(geometry: &Geometry, direction: Direction) -> Self {
        match direction {
            Direction::Forwards => Self::forwards(geometry),
            Direction::Backwards => Self::backwards(geometry),
        }
    }

    /// All kernel positions of all grids.
    pub(crate) fn taps<'a>(&'a self) -> impl Iterator<Item = (&'a Grid, &'a Tap)> {
        let taps = |grid: &'a Grid| std::iter::repeat(grid).zip(&grid.taps);
        self.grids.iter().flat_map(taps)
    }

    /// From the wide to the narrow image.
    fn forwards(geometry: &Geometry) -> Self {
        let axes = [0, 1].map(|axis| {
            let taps = (0..geometry.kernel[axis])
                .map(|t| (t, t as isize - geometry.padding as isize))
                .collect();
            vec![AxisGrid {
                first: 0,
                len: geometry.narrow[axis],
                target: 0,
                taps,
            }]
        });
        Self::new(
            geometry.wide,
            geometry.narrow,
            geometry.stride,
            1,
            geometry,
            axes,
        )
    }

    /// From the narrow to the wide image.
    fn backwards(geometry: &Geometry) -> Self {
        let stride = geometry.stride;
        let axes = [0, 1].map(|axis| {
            let grid = |remainder: usize| {
                // The first y ≥ 0 with (y + p) mod s = r.
                let target = (remainder + stride - geometry.padding % stride) % stride;
                let len = geometry.wide[axis].checked_sub(target)?.div_ceil(stride);
                let taps = (remainder..geometry.kernel[axis]).step_by(stride);
                let taps = taps.enumerate().map(|(j, t)| (t, -(j as isize))).collect();
                let first = ((target + geometry.padding) / stride) as isize;
                (len > 0).then_some(AxisGrid {
                    first,
                    len,
                    target,
                    taps,
                })
            };
            (0..stride).filter_map(grid).collect()
        });
        Self::new(geometry.narrow, geometry.wide, 1, stride, geometry, axes)
    }

    fn new(
        source: [usize; 2],
        target: [usize; 2],
        source_step: usize,
        target_step: usize,
        geometry: &Geometry,
        mut axes: [Vec<AxisGrid>; 2],
    ) -> Self {
        for (axis, grids) in axes.iter_mut().enumerate() {
            for grid in grids {
                let (first, len) = (grid.first, grid.len as isize);
                grid.taps.retain(|&(_, displacement)| {
                    let inside = |q: isize| {
                        let at = q * source_step as isize + displacement;
                        (0..source[axis] as isize).contains(&at)
                    };
                    (first..first + len).any(inside)
                });
            }
        }
        let [rows, columns] = axes;
        let kernel_width = geometry.kernel[1];
        let grids = rows
            .iter()
            .flat_map(|row| columns.iter().map(|column| row.by(column, kernel_width)))
            .collect();
        Self {
            source,
            target,
            source_step,
            target_step,
            grids,
        }
    }
}

/// A grid along one axis.
struct AxisGrid {
    first: isize,
    len: usize,
    target: usize,
    /// Kernel index and displacement.
    taps: Vec<(usize, isize)>,
}

impl AxisGrid {
    fn by(&self, columns: &Self, kernel_width: usize) -> Grid {
        let tap = |&(y, dy): &(usize, isize), &(x, dx): &(usize, isize)| Tap {
            index: y * kernel_width + x,
            displacement: [dy, dx],
        };
        Grid {
            first: [self.first, columns.first],
            len: [self.len, columns.len],
            target: [self.target, columns.target],
            taps: self
                .taps
                .iter()
                .flat_map(|y| columns.taps.iter().map(move |x| tap(y, x)))
                .collect(),
        }
    }
}
