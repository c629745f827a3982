//! The gradient of the weights: products of shifted wide pixels with narrow ones, summed over the pixels.
//!
//! Rows are kernel positions and wide channels, columns narrow channels, the depth all pixels of a group: nothing is
//! copied, and each group adds to the sums of those before it.

use rayon::prelude::*;

use super::{Direction, Geometry, correlation::Correlation, frame::Frame};
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
    /// The index of each kernel position in the weights.
    taps: Vec<usize>,
    /// Of each kernel position and wide channel.
    rows: Vec<usize>,
    /// Of the rows in a block of the sums.
    out_rows: Vec<usize>,
    /// Of each pixel of the group in the wide and the narrow images.
    wide: Vec<usize>,
    narrow: Vec<usize>,
}

impl WeightGradient {
    /// For groups of up to `group` images.
    pub(crate) fn new(geometry: &Geometry, [wide, narrow]: [Frame; 2], group: usize) -> Self {
        let correlation = Correlation::of(geometry, Direction::Forwards);
        let grid = &correlation.grids[0];
        let product = Kernels::best().product(geometry.narrow_channels);
        let least = [0, 1].map(|axis| {
            let along = grid.taps.iter().map(|tap| tap.displacement[axis]);
            along.min().unwrap_or(0)
        });
        let rows: Vec<usize> = grid
            .taps
            .iter()
            .flat_map(|tap| {
                let [dy, dx] = [0, 1].map(|axis| (tap.displacement[axis] - least[axis]) as usize);
                let at = dy * wide.pitch() + dx * wide.channels;
                (0..wide.channels).map(move |c| at + c)
            })
            .collect();
        let pixels = (0..group)
            .flat_map(|i| (0..grid.len[0]).map(move |y| (i, y)))
            .flat_map(|(i, y)| (0..grid.len[1]).map(move |x| (i, [y as isize, x as isize])));
        let (wides, narrows) = pixels
            .map(|(image, q)| {
                let step = geometry.stride as isize;
                let at = [0, 1].map(|axis| q[axis] * step + least[axis]);
                let at = if grid.taps.is_empty() { 0 } else { wide.at(at) };
                (image * wide.len() + at, image * narrow.len() + narrow.at(q))
            })
            .unzip();
        Self {
            geometry: *geometry,
            taps: grid.taps.iter().map(|tap| tap.index).collect(),
            out_rows: (0..rows.len()).map(|row| row * product.columns).collect(),
            rows,
            wide: wides,
            narrow: narrows,
            product,
        }
    }

    /// Numbers that [`Self::add`] adds to.
    pub(crate) fn sums_len(&self) -> usize {
        let channels = self.geometry.narrow_channels;
        self.rows.len() * channels.next_multiple_of(self.product.columns)
    }

    /// Adds the products of up to a group of images.
    pub(crate) fn add(&self, wide: &[f32], narrow: &[f32], images: usize, sums: &mut [f32]) {
        let columns = self.product.columns;
        let pixels = images * self.geometry.narrow_area();
        let rows = Places::new(&self.rows);
        let (wides, narrows) = (
            Places::new(&self.wide[..pixels]),
            Places::new(&self.narrow[..pixels]),
        );
        if self.rows.is_empty() {
            return;
        }
        let blocks = sums.par_chunks_mut(self.rows.len() * columns).enumerate();
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
                let block = channel / columns * self.rows.len() * columns + channel % columns;
                for (i, &tap) in self.taps.iter().enumerate() {
                    for wide in 0..wide_channels {
                        let at = block + (i * wide_channels + wide) * columns;
                        out[wide * all_taps + tap] = parts.iter().map(|part| part[at]).sum();
                    }
                }
            });
    }
}
