//! The gradient of the weights: products of shifted wide pixels with narrow ones, summed over the pixels.
//!
//! Rows are kernel positions and wide channels, columns narrow channels, the depth all pixels of a group: nothing is
//! copied, and each group adds to the sums of those before it.

use rayon::prelude::*;

use super::{Direction, Geometry, correlate::Shifts, correlation::Correlation, frame::Frame};
use crate::{
    Activation,
    simd::{End, Kernels, Operands, Output, Places, Product, Start},
};

/// Pixels at a time, so that the narrow ones stay in the first cache for all kernel positions.
const DEPTH: usize = 192;

/// The gradient of a convolution's weights, ready for groups of images.
pub(crate) struct WeightGradient {
    geometry: Geometry,
    product: Product,
    /// From the wide images to the narrow ones.
    shifts: Shifts,
    /// Of the kernel positions and wide channels in a block of the sums.
    out_rows: Vec<usize>,
}

impl WeightGradient {
    /// For groups of up to `group` images.
    pub(crate) fn new(geometry: &Geometry, frames: [Frame; 2], group: usize) -> Self {
        let correlation = Correlation::of(geometry, Direction::Forwards);
        let product = Kernels::best().product(geometry.narrow_channels);
        let shifts = Shifts::new(&correlation, &correlation.grids[0], frames, group);
        Self {
            geometry: *geometry,
            out_rows: (0..shifts.steps.len())
                .map(|row| row * product.columns)
                .collect(),
            shifts,
            product,
        }
    }

    /// Numbers that [`Self::add`] adds to.
    pub(crate) fn sums_len(&self) -> usize {
        let channels = self.geometry.narrow_channels;
        self.shifts.steps.len() * channels.next_multiple_of(self.product.columns)
    }

    /// Adds the products of up to a group of images.
    pub(crate) fn add(&self, wide: &[f32], narrow: &[f32], images: usize, sums: &mut [f32]) {
        let columns = self.product.columns;
        let pixels = images * self.geometry.narrow_area();
        let rows = Places::new(&self.shifts.steps);
        let (wides, narrows) = (
            Places::new(&self.shifts.source[..pixels]),
            Places::new(&self.shifts.target[..pixels]),
        );
        if self.shifts.steps.is_empty() {
            return;
        }
        let blocks = sums
            .par_chunks_mut(self.shifts.steps.len() * columns)
            .enumerate();
        blocks.for_each(|(block, sums)| {
            let mut out = Output {
                data: sums,
                rows: Places::new(&self.out_rows),
                columns,
            };
            for from in (0..pixels).step_by(DEPTH) {
                let range = from..pixels.min(from + DEPTH);
                let operands = Operands {
                    left: wide,
                    rows,
                    steps: wides.part(range.clone()),
                    right: &narrow[block * columns..],
                    right_rows: narrows.part(range),
                };
                let end = End::Activation(Activation::None);
                self.product.run(&operands, &mut out, Start::Output, end);
            }
        });
    }

    /// Adds parts of [`Self::sums_len`], in order, to the gradient `[narrow channels, wide channels, kernel…]`, zero in
    /// positions of the kernel that meet no pixel.
    pub(crate) fn gather(&self, parts: &[&[f32]], gradient: &mut [f32]) {
        let (columns, all_taps) = (self.product.columns, self.geometry.taps());
        let wide_channels = self.geometry.wide_channels;
        let row_len = wide_channels * all_taps;
        gradient
            .par_chunks_mut(row_len)
            .enumerate()
            .for_each(|(channel, out)| {
                let block =
                    channel / columns * self.shifts.steps.len() * columns + channel % columns;
                for (i, tap) in self.shifts.grid.taps.iter().enumerate() {
                    for wide in 0..wide_channels {
                        let at = block + (i * wide_channels + wide) * columns;
                        out[wide * all_taps + tap.index] = parts.iter().map(|part| part[at]).sum();
                    }
                }
            });
    }
}
