//! The convolution in either direction, as products of packed weights with shifted views of the source.

use rayon::prelude::*;

use super::{
    Geometry,
    correlation::{Correlation, Grid},
    layout::Layout,
};
use crate::{
    Activation,
    simd::{Kernels, Product, Rows},
    workspace::Workspace,
};

/// Rows of the product that one kernel call after the other passes over while their weights stay in the cache.
const DEPTH_BLOCK: usize = 256;
/// Target channels that one task computes.
const CHANNEL_BLOCK: usize = 64;

/// Which way through a [`Geometry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the wide to the narrow image: a convolution.
    Forwards,
    /// From the narrow to the wide image: a transposed convolution.
    Backwards,
}

/// What is added to and done with each number of the result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epilogue<'a> {
    /// One number a channel.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) activation: Activation,
}

/// Returns the target `[B, C', H', W']` for a source `[B, C, H, W]`.
pub(crate) fn correlate(
    geometry: &Geometry,
    direction: Direction,
    source: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
) -> Vec<f32> {
    let (correlation, channels) = match direction {
        Direction::Forwards => (
            Correlation::forwards(geometry),
            [geometry.wide_channels, geometry.narrow_channels],
        ),
        Direction::Backwards => (
            Correlation::backwards(geometry),
            [geometry.narrow_channels, geometry.wide_channels],
        ),
    };
    let [source_channels, target_channels] = channels;
    let target_area = correlation.target[0] * correlation.target[1];
    let mut target = vec![0f32; geometry.batch * target_channels * target_area];
    if target.is_empty() {
        return target;
    }
    let layout = Layout::choose(&correlation, geometry.batch, target_channels);
    let product = Kernels::best().product(target_channels);
    let strides = match direction {
        Direction::Forwards => [geometry.taps(), source_channels * geometry.taps()],
        Direction::Backwards => [target_channels * geometry.taps(), geometry.taps()],
    };
    let grid_pass = |grid: &Grid| {
        let padded = layout.columns(grid).next_multiple_of(product.columns);
        let source_row = layout.source_row(padded);
        GridPass {
            packed: pack(weight, grid, channels, strides, product.rows),
            offsets: layout.offsets(&correlation, grid, source_channels, source_row),
            source_row,
            padded,
        }
    };
    let grids: Vec<GridPass> = correlation.grids.iter().map(grid_pass).collect();
    let buffer_len = |(grid, pass): (&Grid, &GridPass)| {
        let filled = source_channels * layout.rows_a_channel(grid) * pass.source_row;
        pass.offsets
            .iter()
            .max()
            .map_or(0, |largest| largest + pass.padded)
            .max(filled)
    };
    let pass = Pass {
        buffer: correlation
            .grids
            .iter()
            .zip(&grids)
            .map(buffer_len)
            .max()
            .unwrap_or(0),
        correlation: &correlation,
        layout: &layout,
        product,
        channels,
        grids,
        epilogue,
    };
    let source_area = correlation.source[0] * correlation.source[1];
    let group = layout.group;
    let sources = source.par_chunks(group * source_channels * source_area);
    let targets = target.par_chunks_mut(group * target_channels * target_area);
    targets
        .zip(sources)
        .for_each(|(target, source)| pass.run(source, target));
    target
}

/// Puts the weights of a grid into panels: by blocks of depth, then by `rows` target channels, then by depth.
///
/// `strides` are the distances in the weights of a source and of a target channel.
fn pack(
    weight: &[f32],
    grid: &Grid,
    [source_channels, target_channels]: [usize; 2],
    [source_stride, target_stride]: [usize; 2],
    rows: usize,
) -> Workspace {
    let depth = source_channels * grid.taps.len();
    let padded = target_channels.next_multiple_of(rows);
    let mut packed = Workspace::new(depth * padded);
    packed
        .par_chunks_mut(DEPTH_BLOCK * padded)
        .enumerate()
        .for_each(|(block, out)| {
            let from = block * DEPTH_BLOCK;
            let len = out.len() / padded;
            for (panel, out) in out.chunks_mut(len * rows).enumerate() {
                let first = panel * rows;
                let used = rows.min(target_channels - first);
                for (k, out) in out.chunks_mut(rows).enumerate() {
                    let (channel, tap) = (
                        (from + k) / grid.taps.len(),
                        grid.taps[(from + k) % grid.taps.len()].index,
                    );
                    let at = channel * source_stride + first * target_stride + tap;
                    for (r, out) in out.iter_mut().enumerate() {
                        *out = if r < used {
                            weight[at + r * target_stride]
                        } else {
                            0.
                        };
                    }
                }
            }
        });
    packed
}

/// All that is the same for each group of images.
struct Pass<'a> {
    correlation: &'a Correlation,
    layout: &'a Layout,
    product: Product,
    channels: [usize; 2],
    /// Numbers of the source buffer.
    buffer: usize,
    grids: Vec<GridPass>,
    epilogue: Epilogue<'a>,
}

/// What is the same for a grid.
struct GridPass {
    packed: Workspace,
    offsets: Vec<usize>,
    source_row: usize,
    /// Columns of the product, padded to whole tiles.
    padded: usize,
}

impl Pass<'_> {
    /// Computes the images of one group.
    fn run(&self, source: &[f32], target: &mut [f32]) {
        let target_channels = self.channels[1];
        let area = self.correlation.target[0] * self.correlation.target[1];
        // The target by blocks of channels, each of all images.
        let mut blocks: Vec<Vec<&mut [f32]>> = Vec::new();
        blocks.resize_with(target_channels.div_ceil(CHANNEL_BLOCK), Vec::new);
        for image in target.chunks_mut(target_channels * area) {
            for (block, slice) in blocks
                .iter_mut()
                .zip(image.chunks_mut(CHANNEL_BLOCK * area))
            {
                block.push(slice);
            }
        }
        let mut buffer = Workspace::new(self.buffer);
        for (i, (grid, pass)) in self.correlation.grids.iter().zip(&self.grids).enumerate() {
            // Planes serve all grids.
            if self.layout.dense || i == 0 {
                self.layout.fill(
                    self.correlation,
                    grid,
                    (source, self.channels[0]),
                    (&mut buffer, pass.source_row),
                );
            }
            let buffer: &[f32] = &buffer;
            blocks
                .par_iter_mut()
                .enumerate()
                .for_each(|(block, images)| {
                    self.run_block(grid, pass, buffer, (block, images));
                });
        }
    }

    /// Computes one grid of some target channels.
    fn run_block(
        &self,
        grid: &Grid,
        pass: &GridPass,
        buffer: &[f32],
        (block, images): (usize, &mut [&mut [f32]]),
    ) {
        let first = block * CHANNEL_BLOCK;
        let channels = CHANNEL_BLOCK.min(self.channels[1] - first);
        let tile = self.product.rows;
        let all_rows = self.channels[1].next_multiple_of(tile);
        let rows = channels.next_multiple_of(tile);
        let mut sums = Workspace::new(rows * pass.padded);
        if pass.offsets.is_empty() {
            sums.fill(0.);
        }
        for (depth, offsets) in pass.offsets.chunks(DEPTH_BLOCK).enumerate() {
            let left = &pass.packed[depth * DEPTH_BLOCK * all_rows..];
            let left = &left[first * offsets.len()..(first + rows) * offsets.len()];
            let right = Rows::new(buffer, offsets);
            for column in (0..pass.padded).step_by(self.product.columns) {
                let right = right.from(column);
                for (panel, left) in left.chunks(tile * offsets.len()).enumerate() {
                    let out = &mut sums[panel * tile * pass.padded + column..];
                    self.product
                        .run(left, &right, (out, pass.padded), depth > 0);
                }
            }
        }
        let bias = self
            .epilogue
            .bias
            .map(|bias| &bias[first..first + channels]);
        let store = Store {
            correlation: self.correlation,
            layout: self.layout,
            grid,
            sums: &sums,
            pitch: pass.padded,
        };
        let activation = self.epilogue.activation;
        match activation {
            Activation::None => store.run(images, bias, |x| x),
            Activation::Relu => store.run(images, bias, |x| Activation::Relu.at(x)),
            Activation::LeakyRelu(_) => store.run(images, bias, |x| activation.at(x)),
        }
    }
}

/// From sums in the layout of the product to the pixels of a grid.
struct Store<'a> {
    correlation: &'a Correlation,
    layout: &'a Layout,
    grid: &'a Grid,
    sums: &'a [f32],
    /// Numbers in a row of sums.
    pitch: usize,
}

impl Store<'_> {
    fn run(&self, images: &mut [&mut [f32]], bias: Option<&[f32]>, finish: impl Fn(f32) -> f32) {
        let [height, width] = self.correlation.target;
        let step = self.correlation.target_step;
        let [top, left] = self.grid.target;
        for (i, image) in images.iter_mut().enumerate() {
            for (c, channel) in image.chunks_mut(height * width).enumerate() {
                let bias = bias.map_or(0., |bias| bias[c]);
                let sums = &self.sums[c * self.pitch + i * self.layout.image_pitch(self.grid)..];
                let rows = sums
                    .chunks(self.layout.row_pitch(self.grid))
                    .take(self.grid.len[0]);
                for (row, sums) in rows.enumerate() {
                    let begin = (top + row * step) * width + left;
                    let end = (top + row * step + 1) * width;
                    let (out, sums) = (&mut channel[begin..end], &sums[..self.grid.len[1]]);
                    if step == 1 {
                        for (out, sum) in out.iter_mut().zip(sums) {
                            *out = finish(sum + bias);
                        }
                    } else {
                        for (out, sum) in out.iter_mut().step_by(step).zip(sums) {
                            *out = finish(sum + bias);
                        }
                    }
                }
            }
        }
    }
}
