//! The gradient of the weights: each is a dot product over all pixels of all images.
//!
//! `dW[n, w, t] = Σ narrow[b, n, q] · wide[b, w, q·s + t − p]`. Images are cut into a fixed number of parts; each part
//! sums its images in order, and the parts are added in order, so the result does not depend on the threads.

use rayon::prelude::*;

use super::{
    Geometry,
    correlation::{Correlation, Grid},
    layout::{Columns, Layout},
};
use crate::{
    simd::{Dot, Kernels, Rows},
    workspace::Workspace,
};

/// Tiles of columns that some rows pass over while both stay in the caches.
const COLUMN_BLOCK: usize = 16;

/// The sums of a convolution's weight gradient, ready for any number of groups of images.
pub(crate) struct WeightGradient<'a> {
    geometry: &'a Geometry,
    correlation: Correlation,
    pub(crate) layout: Layout,
    columns: Columns,
    dot: Dot,
    /// Narrow channels, padded to whole tiles.
    rows: usize,
    /// Of each wide channel and kernel position, padded to whole tiles.
    offsets: Vec<usize>,
}

impl<'a> WeightGradient<'a> {
    /// For wide images in tiles of a multiple of `tile` columns.
    pub(crate) fn new(geometry: &'a Geometry, tile: usize) -> Self {
        let correlation = Correlation::forwards(geometry);
        let layout = Layout::choose(&correlation, geometry.batch, geometry.narrow_channels);
        let grid = &correlation.grids[0];
        let dot = Kernels::best().dot;
        let tile = tile.next_multiple_of(dot.lanes);
        let columns = Columns::new(&correlation, &layout, grid, geometry.wide_channels, tile);
        let mut offsets = columns.offsets.clone();
        // The excess is not looked at.
        offsets.resize(offsets.len().next_multiple_of(dot.columns), 0);
        Self {
            rows: geometry.narrow_channels.next_multiple_of(dot.rows),
            geometry,
            correlation,
            layout,
            columns,
            dot,
            offsets,
        }
    }

    /// Numbers that [`Self::add`] adds to.
    pub(crate) fn sums_len(&self) -> usize {
        self.offsets.len() * self.rows
    }

    fn grid(&self) -> &Grid {
        &self.correlation.grids[0]
    }

    /// The wide images of a group as columns, zero where nothing else is.
    pub(crate) fn wide_columns(&self, wide: &[f32]) -> Workspace {
        let mut buffer = Workspace::new(self.columns.buffer);
        self.columns.fill(
            &self.correlation,
            &self.layout,
            self.grid(),
            wide,
            &mut buffer,
        );
        // Read against zeros on the left, where an old infinity or NaN would still count.
        buffer[self.columns.filled..].fill(0.);
        buffer
    }

    /// Adds the dot products of a group, tile by tile: rows inside, columns outside.
    pub(crate) fn add(&self, wide_columns: &[f32], narrow: &[f32], sums: &mut [f32]) {
        let padded = self.columns.padded;
        let mut left = Workspace::new(self.rows * padded);
        self.fill_left(narrow, &mut left);
        let left: &[f32] = &left;
        let dot = self.dot;
        let column_len = self.rows * dot.columns;
        let blocks = sums.par_chunks_mut(COLUMN_BLOCK * column_len);
        let offsets = self.offsets.par_chunks(COLUMN_BLOCK * dot.columns);
        blocks.zip(offsets).for_each(|(sums, offsets)| {
            let tile_len = dot.rows * dot.columns;
            for (row, left) in left.chunks(dot.rows * padded).enumerate() {
                let columns = sums.chunks_mut(column_len).zip(offsets.chunks(dot.columns));
                for (sums, offsets) in columns {
                    let out = &mut sums[row * tile_len..(row + 1) * tile_len];
                    dot.run(
                        (left, padded),
                        &Rows::new(wide_columns, offsets),
                        padded,
                        out,
                    );
                }
            }
        });
    }

    /// Lays the narrow images out as the product's columns, zero in between.
    fn fill_left(&self, narrow: &[f32], left: &mut [f32]) {
        let [height, width] = self.geometry.narrow;
        let channels = self.geometry.narrow_channels;
        let row_pitch = self.layout.row_pitch(self.grid());
        let image_pitch = self.layout.image_pitch(self.grid());
        left.par_chunks_mut(self.columns.padded)
            .enumerate()
            .for_each(|(c, out)| {
                if c >= channels || row_pitch != width || image_pitch != width * height {
                    out.fill(0.);
                }
                if c >= channels {
                    return;
                }
                let images = narrow.chunks(height * width).skip(c).step_by(channels);
                let mut end = 0;
                for (i, image) in images.enumerate() {
                    for (y, row) in image.chunks(width).enumerate() {
                        let at = i * image_pitch + y * row_pitch;
                        out[at..at + width].copy_from_slice(row);
                        end = at + width;
                    }
                }
                out[end..].fill(0.);
            });
    }

    /// Adds parts of [`Self::sums_len`], in order, to the gradient `[narrow channels, wide channels, kernel…]`, zero in
    /// positions of the kernel that meet no pixel.
    pub(crate) fn gather(&self, parts: &[f32], gradient: &mut [f32]) {
        let taps = &self.grid().taps;
        let (dot, all_taps) = (self.dot, self.geometry.taps());
        let row_len = self.geometry.wide_channels * all_taps;
        gradient
            .par_chunks_mut(row_len)
            .enumerate()
            .for_each(|(row, out)| {
                for (channel, out) in out.chunks_mut(all_taps).enumerate() {
                    for (i, tap) in taps.iter().enumerate() {
                        let k = channel * taps.len() + i;
                        let tile = (k / dot.columns) * self.rows + row;
                        let at = tile * dot.columns + k % dot.columns;
                        out[tap.index] = parts.chunks(self.sums_len()).map(|part| part[at]).sum();
                    }
                }
            });
    }
}
