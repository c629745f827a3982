//! The convolution in either direction, as products of packed weights with shifted views of the source.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::{
    Convolution, Geometry, Parameters,
    correlation::{Correlation, Grid},
    layout::{Columns, Layout},
};
use crate::{
    Activation,
    simd::{Finish, Kernels, Product, Rows},
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

impl Direction {
    /// The direction of the gradient.
    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Forwards => Self::Backwards,
            Self::Backwards => Self::Forwards,
        }
    }
}

/// What is added to and done with each number of the result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epilogue<'a> {
    /// One number a channel.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) activation: Activation,
}

/// Writes the target `[B, C', H', W']` for a source `[B, C, H, W]`, all of it.
pub(crate) fn correlate(
    convolution: &Convolution,
    source: &[f32],
    parameters: Parameters<'_>,
    target: &mut [MaybeUninit<f32>],
) {
    let epilogue = Epilogue {
        bias: parameters.bias,
        activation: convolution.activation,
    };
    let correlator = Correlator::new(
        &convolution.geometry,
        convolution.direction,
        parameters.weight,
        epilogue,
    );
    let group = correlator.layout.group;
    if !target.is_empty() {
        let sources = source.par_chunks(group * correlator.source_image());
        let targets = target.par_chunks_mut(group * correlator.target_image());
        targets
            .zip(sources)
            .for_each(|(target, source)| correlator.run(source, target));
    }
}

/// A direction of a convolution, ready for any number of groups of images.
pub(crate) struct Correlator<'a> {
    pub(crate) correlation: Correlation,
    pub(crate) layout: Layout,
    product: Product,
    /// Of the source and of the target.
    channels: [usize; 2],
    /// For each grid.
    columns: Vec<Columns>,
    packed: Vec<Workspace>,
    epilogue: Epilogue<'a>,
}

impl<'a> Correlator<'a> {
    pub(crate) fn new(
        geometry: &Geometry,
        direction: Direction,
        weight: &[f32],
        epilogue: Epilogue<'a>,
    ) -> Self {
        let (wide, narrow) = (geometry.wide_channels, geometry.narrow_channels);
        let taps = geometry.taps();
        // The strides are the distances in the weights of a source and of a target channel.
        let (correlation, channels, strides) = match direction {
            Direction::Forwards => (
                Correlation::forwards(geometry),
                [wide, narrow],
                [taps, wide * taps],
            ),
            Direction::Backwards => (
                Correlation::backwards(geometry),
                [narrow, wide],
                [wide * taps, taps],
            ),
        };
        // The grids are disjoint; together they must be all pixels, since callers take the target for written.
        let covered: usize = correlation
            .grids
            .iter()
            .map(|grid| grid.len[0] * grid.len[1])
            .sum();
        assert_eq!(covered, correlation.target[0] * correlation.target[1]);
        let layout = Layout::choose(&correlation, geometry.batch, channels[1]);
        let product = Kernels::best().product(channels[1]);
        let columns =
            |grid| Columns::new(&correlation, &layout, grid, channels[0], product.columns);
        let pack = |grid| pack(weight, grid, channels, strides, product.rows);
        Self {
            columns: correlation.grids.iter().map(columns).collect(),
            packed: correlation.grids.iter().map(pack).collect(),
            correlation,
            layout,
            product,
            channels,
            epilogue,
        }
    }

    /// Numbers of an image of the source.
    pub(crate) fn source_image(&self) -> usize {
        self.channels[0] * self.correlation.source[0] * self.correlation.source[1]
    }

    /// Numbers of an image of the target.
    pub(crate) fn target_image(&self) -> usize {
        self.channels[1] * self.correlation.target[0] * self.correlation.target[1]
    }

    /// Columns of a tile of the product.
    pub(crate) fn tile(&self) -> usize {
        self.product.columns
    }

    /// Numbers of the source buffer.
    fn buffer_len(&self) -> usize {
        self.columns
            .iter()
            .map(|columns| columns.buffer)
            .max()
            .unwrap_or(0)
    }

    /// Writes the images of one group, all of their pixels.
    pub(crate) fn run(&self, source: &[f32], target: &mut [MaybeUninit<f32>]) {
        let mut buffer = Workspace::new(self.buffer_len());
        for (i, grid) in self.correlation.grids.iter().enumerate() {
            // Planes serve all grids.
            if self.layout.dense || i == 0 {
                self.columns[i].fill(&self.correlation, &self.layout, grid, source, &mut buffer);
            }
            self.run_grid(i, &buffer, target);
        }
    }

    /// Writes one grid of a group from the filled source buffer.
    pub(crate) fn run_grid(&self, index: usize, buffer: &[f32], target: &mut [MaybeUninit<f32>]) {
        let area = self.correlation.target[0] * self.correlation.target[1];
        // The target by blocks of channels, each of all images.
        let mut blocks: Vec<Vec<&mut [MaybeUninit<f32>]>> = Vec::new();
        blocks.resize_with(self.channels[1].div_ceil(CHANNEL_BLOCK), Vec::new);
        for image in target.chunks_mut(self.target_image()) {
            for (block, slice) in blocks
                .iter_mut()
                .zip(image.chunks_mut(CHANNEL_BLOCK * area))
            {
                block.push(slice);
            }
        }
        blocks
            .par_iter_mut()
            .enumerate()
            .for_each(|(block, images)| self.run_block(index, buffer, (block, images)));
    }

    /// Computes one grid of some target channels.
    fn run_block(
        &self,
        index: usize,
        buffer: &[f32],
        (block, images): (usize, &mut [&mut [MaybeUninit<f32>]]),
    ) {
        let (columns, packed) = (&self.columns[index], &self.packed[index]);
        let first = block * CHANNEL_BLOCK;
        let channels = CHANNEL_BLOCK.min(self.channels[1] - first);
        let tile = self.product.rows;
        let all_rows = self.channels[1].next_multiple_of(tile);
        let rows = channels.next_multiple_of(tile);
        let mut sums = Workspace::new(rows * columns.padded);
        if columns.offsets.is_empty() {
            sums.fill(0.);
        }
        for (depth, offsets) in columns.offsets.chunks(DEPTH_BLOCK).enumerate() {
            let left = &packed[depth * DEPTH_BLOCK * all_rows..];
            let left = &left[first * offsets.len()..(first + rows) * offsets.len()];
            let right = Rows::new(buffer, offsets);
            for column in (0..columns.padded).step_by(self.product.columns) {
                let right = right.from(column);
                for (panel, left) in left.chunks(tile * offsets.len()).enumerate() {
                    let out = &mut sums[panel * tile * columns.padded + column..];
                    self.product
                        .run(left, &right, (out, columns.padded), depth > 0);
                }
            }
        }
        let bias = self
            .epilogue
            .bias
            .map(|bias| &bias[first..first + channels]);
        let store = Store {
            correlation: &self.correlation,
            layout: &self.layout,
            grid: &self.correlation.grids[index],
            sums: &sums,
            pitch: columns.padded,
        };
        store.run(images, bias, self.epilogue.activation);
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
    fn run(
        &self,
        images: &mut [&mut [MaybeUninit<f32>]],
        bias: Option<&[f32]>,
        activation: Activation,
    ) {
        let [height, width] = self.correlation.target;
        let step = self.correlation.target_step;
        let [top, left] = self.grid.target;
        let mut finish = Finish {
            rows: self.grid.len[0],
            len: self.grid.len[1],
            source_pitch: self.layout.row_pitch(self.grid),
            pitch: step * width,
            step,
            bias: 0.,
            activation,
        };
        if finish.source_pitch == finish.len && finish.pitch == finish.len {
            finish.len *= finish.rows;
            finish.rows = 1;
        }
        let kernels = Kernels::best();
        for (i, image) in images.iter_mut().enumerate() {
            for (c, channel) in image.chunks_mut(height * width).enumerate() {
                finish.bias = bias.map_or(0., |bias| bias[c]);
                let sums = &self.sums[c * self.pitch + i * self.layout.image_pitch(self.grid)..];
                kernels.finish(finish, sums, &mut channel[top * width + left..]);
            }
        }
    }
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
