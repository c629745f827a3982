//! Where the pixels of the source and of the target lie in the buffers that the kernels read and write.
//!
//! Two layouts of the source, both of rows that a kernel addresses by offsets:
//! - *planes*: each channel once, padded, split by remainder modulo the step. A kernel position is a shift, so a row of
//!   the matrix product is a shifted view. The product also runs over the padding between image rows, for nothing.
//! - *dense*: each channel once a kernel position, only the pixels needed. More copying, no waste in the product;
//!   right for small images.

use rayon::prelude::*;

use super::correlation::{Correlation, Grid};
use crate::simd::{Copy2d, Kernels, prefetch};

/// Columns of a product that suffice to keep the kernels busy.
const ENOUGH_COLUMNS: usize = 512;

/// The layout for one correlation and one size of group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Layout {
    pub(crate) dense: bool,
    /// Images side by side.
    pub(crate) group: usize,
    /// Planes: pixels of a plane. Unused when dense.
    plane: [usize; 2],
    /// Planes: the first `q` of a plane along each axis.
    lowest: [isize; 2],
    /// Planes: the remainders that kernel positions use, row and column.
    remainders: Vec<[usize; 2]>,
}

impl Layout {
    /// Chooses the cheaper layout for `channels` source channels and `rows` rows of the product.
    pub(crate) fn choose(correlation: &Correlation, batch: usize, rows: usize) -> Self {
        let planes = Self::planes(correlation);
        // What it costs to copy a rectangle, in multiplications of a kernel.
        let copy = |[height, width]: [usize; 2]| 1000 + height * (400 + 16 * width);
        let (mut plane_cost, mut dense_cost) = (planes.remainders.len() * copy(planes.plane), 0);
        for grid in &correlation.grids {
            let area = grid.len[0] * grid.len[1];
            plane_cost += rows * grid.taps.len() * grid.len[0] * planes.plane[1];
            dense_cost += grid.taps.len() * (copy(grid.len) + rows * area);
        }
        let small = planes.plane[0] * planes.plane[1] < ENOUGH_COLUMNS / 2;
        if small {
            // Side by side, the padding below each image is computed too.
            plane_cost = plane_cost * planes.plane[0] / correlation.largest_grid_rows().max(1);
        }
        let dense = dense_cost < plane_cost;
        let columns = if dense {
            correlation
                .grids
                .iter()
                .map(|grid| grid.len[0] * grid.len[1])
                .max()
                .unwrap_or(1)
        } else {
            planes.plane[0] * planes.plane[1]
        };
        let most = ENOUGH_COLUMNS.div_ceil(columns.max(1)).min(batch.max(1));
        let group = batch.div_ceil(batch.div_ceil(most).max(1)).max(1);
        Self {
            dense,
            group,
            ..planes
        }
    }

    fn planes(correlation: &Correlation) -> Self {
        let step = correlation.source_step as isize;
        let (mut lowest, mut highest) = ([isize::MAX; 2], [isize::MIN; 2]);
        let mut remainders = Vec::new();
        for grid in &correlation.grids {
            for tap in &grid.taps {
                for axis in 0..2 {
                    let shifted = grid.first[axis] + tap.displacement[axis].div_euclid(step);
                    lowest[axis] = lowest[axis].min(shifted);
                    highest[axis] = highest[axis].max(shifted + grid.len[axis] as isize - 1);
                }
                let remainder = tap.displacement.map(|d| d.rem_euclid(step) as usize);
                if !remainders.contains(&remainder) {
                    remainders.push(remainder);
                }
            }
        }
        // No grid is larger than a plane, not even one without kernel positions.
        let mut plane = [1; 2];
        for (axis, size) in plane.iter_mut().enumerate() {
            for grid in &correlation.grids {
                *size = grid.len[axis].max(*size);
            }
            if !remainders.is_empty() {
                *size = ((highest[axis] - lowest[axis] + 1) as usize).max(*size);
            }
        }
        Self {
            dense: false,
            group: 1,
            plane,
            lowest,
            remainders,
        }
    }

    /// Numbers between two images of a group in a row of the product.
    pub(crate) fn image_pitch(&self, grid: &Grid) -> usize {
        if self.dense {
            grid.len[0] * grid.len[1]
        } else {
            self.plane[0] * self.plane[1]
        }
    }

    /// Numbers between two image rows in a row of the product.
    pub(crate) fn row_pitch(&self, grid: &Grid) -> usize {
        if self.dense {
            grid.len[1]
        } else {
            self.plane[1]
        }
    }

    /// Columns of the product.
    fn columns(&self, grid: &Grid) -> usize {
        let last = (grid.len[0] - 1) * self.row_pitch(grid) + grid.len[1];
        (self.group - 1) * self.image_pitch(grid) + last
    }

    /// Numbers in a row of the source buffer: a channel of one remainder or kernel position, for the whole group.
    ///
    /// `padded` is the number of columns that kernels read.
    fn source_row(&self, padded: usize) -> usize {
        if self.dense {
            padded
        } else {
            self.group * self.plane[0] * self.plane[1]
        }
    }

    /// Rows of the source buffer for each channel.
    fn rows_a_channel(&self, grid: &Grid) -> usize {
        if self.dense {
            grid.taps.len()
        } else {
            self.remainders.len()
        }
    }

    /// The offsets of the product's right rows, channel by channel, kernel position by position.
    fn offsets(
        &self,
        correlation: &Correlation,
        grid: &Grid,
        channels: usize,
        source_row: usize,
    ) -> Vec<usize> {
        let step = correlation.source_step as isize;
        let of_tap: Vec<usize> = grid
            .taps
            .iter()
            .enumerate()
            .map(|(i, tap)| {
                if self.dense {
                    return i * source_row;
                }
                let remainder = tap.displacement.map(|d| d.rem_euclid(step) as usize);
                let row = self
                    .remainders
                    .iter()
                    .position(|&r| r == remainder)
                    .unwrap_or(0);
                let [y, x] = [0, 1].map(|axis| {
                    let shift = tap.displacement[axis].div_euclid(step);
                    (grid.first[axis] + shift - self.lowest[axis]) as usize
                });
                row * source_row + y * self.plane[1] + x
            })
            .collect();
        let channel = self.rows_a_channel(grid) * source_row;
        (0..channels)
            .flat_map(|c| of_tap.iter().map(move |offset| c * channel + offset))
            .collect()
    }

    /// Fills the rows of one channel; `images` are that channel of each image.
    fn fill_channel<'a>(
        &self,
        correlation: &Correlation,
        grid: &Grid,
        images: impl Iterator<Item = &'a [f32]> + Clone,
        (out, source_row): (&mut [f32], usize),
    ) {
        let step = correlation.source_step;
        for (i, out) in out.chunks_mut(source_row).enumerate() {
            let (len, from) = if self.dense {
                let displacement = grid.taps[i].displacement;
                (
                    grid.len,
                    [0, 1].map(|a| grid.first[a] * step as isize + displacement[a]),
                )
            } else {
                let remainder = self.remainders[i];
                (
                    self.plane,
                    [0, 1].map(|a| self.lowest[a] * step as isize + remainder[a] as isize),
                )
            };
            let patch = Patch {
                source: correlation.source,
                step,
                len,
                from,
            };
            let area = len[0] * len[1];
            let mut filled = 0;
            for image in images.clone() {
                patch.copy(image, &mut out[filled..filled + area]);
                filled += area;
            }
            out[filled..].fill(0.);
        }
    }
}

/// The product's columns for one grid, and the rows of the source buffer that they are read from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Columns {
    /// Where each right row begins: channel by channel, kernel position by position.
    pub(crate) offsets: Vec<usize>,
    /// How many, padded to whole tiles.
    pub(crate) padded: usize,
    /// Numbers of the source buffer that are filled.
    pub(crate) filled: usize,
    /// Numbers of the source buffer, including those only read in columns that do not count.
    pub(crate) buffer: usize,
    channels: usize,
    source_row: usize,
}

impl Columns {
    /// Of `channels` source channels, in tiles of `tile` columns.
    pub(crate) fn new(
        correlation: &Correlation,
        layout: &Layout,
        grid: &Grid,
        channels: usize,
        tile: usize,
    ) -> Self {
        let padded = layout.columns(grid).next_multiple_of(tile);
        let source_row = layout.source_row(padded);
        let offsets = layout.offsets(correlation, grid, channels, source_row);
        let filled = channels * layout.rows_a_channel(grid) * source_row;
        let read = offsets.iter().max().map_or(0, |largest| largest + padded);
        Self {
            offsets,
            padded,
            filled,
            buffer: filled.max(read),
            channels,
            source_row,
        }
    }

    /// Fills the source buffer from the images of a group, of which the last may have fewer.
    pub(crate) fn fill(
        &self,
        correlation: &Correlation,
        layout: &Layout,
        grid: &Grid,
        source: &[f32],
        buffer: &mut [f32],
    ) {
        if self.filled == 0 {
            return;
        }
        // Copies wait for memory: rows are too short for the processor to foresee what comes after them.
        prefetch(source);
        let area = correlation.source[0] * correlation.source[1];
        let channel_len = self.filled / self.channels;
        let out = buffer[..self.filled].par_chunks_mut(channel_len);
        out.enumerate().for_each(|(c, out)| {
            let images = source.chunks(area).skip(c).step_by(self.channels);
            layout.fill_channel(correlation, grid, images, (out, self.source_row));
        });
    }
}

impl Correlation {
    fn largest_grid_rows(&self) -> usize {
        self.grids.iter().map(|grid| grid.len[0]).max().unwrap_or(0)
    }
}

/// Every `step`-th pixel of an image from `from` on, zero outside.
struct Patch {
    source: [usize; 2],
    step: usize,
    len: [usize; 2],
    from: [isize; 2],
}

impl Patch {
    /// The range of rows or columns that lie inside.
    fn inside(&self, axis: usize) -> (usize, usize) {
        let (from, step) = (self.from[axis], self.step as isize);
        let size = self.source[axis] as isize;
        let begin = if from >= 0 {
            0
        } else {
            (-from + step - 1) / step
        };
        let end = if size > from {
            (size - from + step - 1) / step
        } else {
            0
        };
        let end = (end as usize).min(self.len[axis]);
        ((begin as usize).min(end), end)
    }

    fn copy(&self, image: &[f32], out: &mut [f32]) {
        let (top, bottom) = self.inside(0);
        let (left, right) = self.inside(1);
        if top == bottom || left == right {
            out.fill(0.);
            return;
        }
        let width = self.len[1];
        out[..top * width].fill(0.);
        out[bottom * width..].fill(0.);
        let first = [top, left];
        let [y, x] = [0, 1].map(|a| (self.from[a] + (first[a] * self.step) as isize) as usize);
        let copy = Copy2d {
            rows: bottom - top,
            step: self.step,
            source_pitch: self.step * self.source[1],
            width,
            left,
            len: right - left,
        };
        let source = &image[y * self.source[1] + x..];
        Kernels::best().copy(copy, source, &mut out[top * width..bottom * width]);
    }
}
