//! The gradient of the weights: each is a dot product over all pixels of all images.
//!
//! `dW[n, w, t] = Σ narrow[b, n, q] · wide[b, w, q·s + t − p]`. Images are cut into a fixed number of parts; each part
//! sums its images in order, and the parts are added in order, so the result does not depend on the threads.

use rayon::prelude::*;

use super::{
    Geometry,
    correlation::{Correlation, Grid},
    layout::Layout,
};
use crate::{
    simd::{Dot, Kernels, Rows},
    workspace::Workspace,
};

/// Parts that can be worked on at the same time.
const PARTS: usize = 16;
/// Numbers that all parts may have together, unless one part has more.
const PARTS_LEN: usize = 1 << 22;

/// Returns the gradient `[narrow channels, wide channels, kernel…]`.
pub(crate) fn weight_gradient(geometry: &Geometry, wide: &[f32], narrow: &[f32]) -> Vec<f32> {
    let mut gradient = vec![0f32; geometry.weight_len()];
    let correlation = Correlation::forwards(geometry);
    let [grid] = correlation.grids.as_slice() else {
        return gradient;
    };
    if grid.taps.is_empty() || geometry.batch == 0 {
        return gradient;
    }
    let layout = Layout::choose(&correlation, geometry.batch, geometry.narrow_channels);
    let dot = Kernels::best().dot;
    let padded = layout.columns(grid).next_multiple_of(dot.lanes);
    let source_row = layout.source_row(padded);
    let mut offsets = layout.offsets(&correlation, grid, geometry.wide_channels, source_row);
    let depth = offsets.len();
    let largest = offsets.iter().copied().max().unwrap_or(0);
    // Whole tiles of columns; the excess is not looked at.
    offsets.resize(depth.next_multiple_of(dot.columns), 0);
    let pass = Pass {
        geometry,
        correlation: &correlation,
        grid,
        layout: &layout,
        dot,
        padded,
        source_row,
        wide_len: (largest + padded)
            .max(geometry.wide_channels * layout.rows_a_channel(grid) * source_row),
        rows: geometry.narrow_channels.next_multiple_of(dot.rows),
        offsets,
    };
    let sums_len = pass.offsets.len() * pass.rows;
    let groups = geometry.batch.div_ceil(layout.group);
    let parts = groups.min(PARTS).min(PARTS_LEN.div_ceil(sums_len)).max(1);
    let images = groups.div_ceil(parts) * layout.group;
    let parts = geometry.batch.div_ceil(images);
    let mut sums = Workspace::new(parts * sums_len);
    let wide_image = geometry.wide_channels * geometry.wide_area();
    let narrow_image = geometry.narrow_channels * geometry.narrow_area();
    (
        sums.par_chunks_mut(sums_len),
        wide.par_chunks(images * wide_image),
        narrow.par_chunks(images * narrow_image),
    )
        .into_par_iter()
        .for_each(|(sums, wide, narrow)| {
            sums.fill(0.);
            let group = layout.group;
            let groups = wide
                .chunks(group * wide_image)
                .zip(narrow.chunks(group * narrow_image));
            for (wide, narrow) in groups {
                pass.add_group(wide, narrow, sums);
            }
        });
    pass.gather(&sums, &mut gradient);
    gradient
}

/// All that is the same for each group of images.
struct Pass<'a> {
    geometry: &'a Geometry,
    correlation: &'a Correlation,
    grid: &'a Grid,
    layout: &'a Layout,
    dot: Dot,
    /// Columns, padded to whole vectors.
    padded: usize,
    source_row: usize,
    wide_len: usize,
    /// Narrow channels, padded to whole tiles.
    rows: usize,
    /// Of each wide channel and kernel position, padded to whole tiles.
    offsets: Vec<usize>,
}

impl Pass<'_> {
    /// Adds the dot products of a group, tile by tile: columns outside, rows inside.
    fn add_group(&self, wide: &[f32], narrow: &[f32], sums: &mut [f32]) {
        let mut right = Workspace::new(self.wide_len);
        let channels = self.geometry.wide_channels;
        let filled = channels * self.layout.rows_a_channel(self.grid) * self.source_row;
        self.layout.fill(
            self.correlation,
            self.grid,
            (wide, channels),
            (&mut right, self.source_row),
        );
        // Read against zeros on the left, where an old infinity or NaN would still count.
        right[filled..].fill(0.);
        let mut left = Workspace::new(self.rows * self.padded);
        self.fill_left(narrow, &mut left);
        let (left, right): (&[f32], &[f32]) = (&left, &right);
        let dot = self.dot;
        let sums = sums.par_chunks_mut(self.rows * dot.columns);
        sums.zip(self.offsets.par_chunks(dot.columns))
            .with_min_len(4)
            .for_each(|(sums, offsets)| {
                let right = Rows::new(right, offsets);
                let tiles = sums.chunks_mut(dot.rows * dot.columns);
                for (out, left) in tiles.zip(left.chunks(dot.rows * self.padded)) {
                    dot.run((left, self.padded), &right, self.padded, out);
                }
            });
    }

    /// Lays the narrow images out as the product's columns, zero in between.
    fn fill_left(&self, narrow: &[f32], left: &mut [f32]) {
        let [height, width] = self.geometry.narrow;
        let channels = self.geometry.narrow_channels;
        let row_pitch = self.layout.row_pitch(self.grid);
        let image_pitch = self.layout.image_pitch(self.grid);
        left.par_chunks_mut(self.padded)
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

    /// Adds the parts and puts the sums where their weights are.
    fn gather(&self, sums: &[f32], gradient: &mut [f32]) {
        let taps = &self.grid.taps;
        let (dot, all_taps) = (self.dot, self.geometry.taps());
        let row_len = self.geometry.wide_channels * all_taps;
        let part_len = self.offsets.len() * self.rows;
        gradient
            .par_chunks_mut(row_len)
            .enumerate()
            .for_each(|(row, out)| {
                for (k, (channel, tap)) in (0..self.geometry.wide_channels)
                    .flat_map(|channel| taps.iter().map(move |tap| (channel, tap)))
                    .enumerate()
                {
                    let at = (k / dot.columns) * self.rows * dot.columns
                        + row * dot.columns
                        + k % dot.columns;
                    out[channel * all_taps + tap.index] =
                        sums.chunks(part_len).map(|part| part[at]).sum();
                }
            });
    }
}
