//! The convolution in either direction, as products of shifted pixels with packed weights.

use rayon::prelude::*;

use super::{
    Direction, Geometry,
    correlation::{Correlation, Grid},
    frame::Frame,
};
use crate::{
    simd::{End, Kernels, Operands, Output, Places, Product, Start},
    workspace::Workspace,
};

/// Numbers of packed weights that stay in the first cache while one tile of pixels follows another.
const DEPTH_LEN: usize = 1 << 13;

/// One direction of a convolution between two frames, ready for groups of images.
pub(crate) struct Correlator {
    pub(crate) geometry: Geometry,
    pub(crate) direction: Direction,
    product: Product,
    frames: [Frame; 2],
    grids: Vec<Shifts>,
}

/// Places of a grid.
pub(super) struct Shifts {
    pub(super) grid: Grid,
    /// Of each pixel of the group in the source, and in the target.
    pub(super) source: Vec<usize>,
    pub(super) target: Vec<usize>,
    /// What each kernel position and source channel adds to a source's place.
    pub(super) steps: Vec<usize>,
}

impl Correlator {
    /// For groups of up to `group` images.
    pub(crate) fn new(
        geometry: &Geometry,
        direction: Direction,
        frames: [Frame; 2],
        group: usize,
    ) -> Self {
        let correlation = Correlation::of(geometry, direction);
        // The grids are disjoint; together they must be all pixels, since callers take the target for written.
        let covered: usize = correlation.grids.iter().map(Grid::area).sum();
        assert_eq!(covered, correlation.target[0] * correlation.target[1]);
        let shifts = |grid: &Grid| Shifts::new(&correlation, grid, frames, group);
        Self {
            geometry: *geometry,
            direction,
            product: Kernels::best().product(frames[1].channels),
            frames,
            grids: correlation.grids.iter().map(shifts).collect(),
        }
    }

    /// Puts the weights into blocks of target channels for each grid.
    pub(crate) fn pack(&self, weight: &[f32]) -> Vec<Workspace> {
        let [source, target] = self.frames.map(|frame| frame.channels);
        let strides = self.geometry.weight_strides(self.direction);
        let columns = self.product.columns;
        let pack = |shifts: &Shifts| {
            let taps = &shifts.grid.taps;
            let depth = taps.len() * source;
            let mut packed = Workspace::new(depth * target.next_multiple_of(columns));
            let rows = packed.par_chunks_mut(columns).enumerate();
            rows.for_each(|(row, out)| {
                let (first, k) = (row / depth * columns, row % depth);
                let at = taps[k / source].index + k % source * strides[0];
                for (c, out) in out.iter_mut().enumerate() {
                    let channel = first + c;
                    *out = if channel < target {
                        weight[at + channel * strides[1]]
                    } else {
                        0.
                    };
                }
            });
            packed
        };
        self.grids.iter().map(pack).collect()
    }

    /// Writes all pixels of up to a group of images; the zeros around them stay.
    pub(crate) fn run(
        &self,
        (source, images): (&[f32], usize),
        packed: &[Workspace],
        target: &mut [f32],
        (bias, end): (Option<&[f32]>, End<'_>),
    ) {
        for (shifts, packed) in self.grids.iter().zip(packed) {
            self.run_grid(shifts, (source, images), packed, target, (bias, end));
        }
    }

    fn run_grid(
        &self,
        shifts: &Shifts,
        (source, images): (&[f32], usize),
        packed: &[f32],
        target: &mut [f32],
        (bias, end): (Option<&[f32]>, End<'_>),
    ) {
        let (depth, columns) = (shifts.steps.len(), self.product.columns);
        let pixels = images * shifts.grid.area();
        let [sources, targets] =
            [&shifts.source, &shifts.target].map(|places| Places::new(&places[..pixels]));
        let most = DEPTH_LEN / columns;
        let rows: Vec<usize> = (0..depth.min(most)).map(|k| k * columns).collect();
        let steps = Places::new(&shifts.steps);
        let channels = self.frames[1].channels;
        for first in (0..channels).step_by(columns) {
            let packed = &packed[first * depth..][..columns * depth];
            let wanted = columns.min(channels - first);
            let mut done = 0;
            loop {
                let next = depth.min(done + most);
                let operands = Operands {
                    left: source,
                    rows: sources,
                    steps: steps.part(done..next),
                    right: &packed[done * columns..],
                    right_rows: Places::new(&rows[..next - done]),
                };
                let start = match bias {
                    _ if done > 0 => Start::Output,
                    Some(bias) => Start::Bias(&bias[first..]),
                    None => Start::Zero,
                };
                let last = next == depth;
                let end = match end {
                    _ if !last => End::Activation(crate::Activation::None),
                    End::Gate(gate, slope) => End::Gate(&gate[first..], slope),
                    end => end,
                };
                let mut out = Output {
                    data: &mut target[first..],
                    rows: targets,
                    columns: wanted,
                };
                self.product.run(&operands, &mut out, start, end);
                done = next;
                if last {
                    break;
                }
            }
        }
    }
}

impl Shifts {
    pub(super) fn new(
        correlation: &Correlation,
        grid: &Grid,
        frames: [Frame; 2],
        group: usize,
    ) -> Self {
        let [from, to] = frames;
        let (source_step, target_step) = (correlation.source_step, correlation.target_step);
        // Displacements count from the least, so that steps are not negative.
        let least = [0, 1].map(|axis| {
            let along = grid.taps.iter().map(|tap| tap.displacement[axis]);
            along.min().unwrap_or(0)
        });
        let (mut source, mut target) = (Vec::new(), Vec::new());
        for image in 0..group {
            for (y, x) in (0..grid.len[0]).flat_map(|y| (0..grid.len[1]).map(move |x| (y, x))) {
                let q = [grid.first[0] + y as isize, grid.first[1] + x as isize];
                let at = [0, 1].map(|axis| q[axis] * source_step as isize + least[axis]);
                source
                    .push(image * from.len() + if grid.taps.is_empty() { 0 } else { from.at(at) });
                let at = [y, x].map(|i| i * target_step);
                let at = [0, 1].map(|axis| (grid.target[axis] + at[axis]) as isize);
                target.push(image * to.len() + to.at(at));
            }
        }
        let steps = grid.taps.iter().flat_map(|tap| {
            let [dy, dx] = [0, 1].map(|axis| (tap.displacement[axis] - least[axis]) as usize);
            let at = dy * from.pitch() + dx * from.channels;
            (0..from.channels).map(move |c| at + c)
        });
        Self {
            steps: steps.collect(),
            grid: grid.clone(),
            source,
            target,
        }
    }
}
