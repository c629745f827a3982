//! What a row of convolutions does to a few images at a time.
//!
//! Groups are so small that what one layer writes is still in the caches when the next one reads it.

use super::{
    Convolution, Direction, Geometry, correlate::Correlator, correlation::Correlation,
    frame::Frame, scatter::Scatter, weight_gradient::WeightGradient,
};
use crate::{
    simd::{End, Kernels, MOST_COLUMNS},
    workspace::Workspace,
};

/// Numbers that the input and the output of a layer should have together.
const GROUP_LEN: usize = 150_000;
/// More images than this help nothing.
const MOST_IMAGES: usize = 16;

/// A row of convolutions, ready for groups of images.
pub(crate) struct Plan {
    pub(crate) convolutions: Vec<Convolution>,
    /// Of the input and of each output.
    pub(crate) frames: Vec<Frame>,
    /// Images at a time.
    pub(crate) group: usize,
}

impl Plan {
    pub(crate) fn new(convolutions: Vec<Convolution>) -> Self {
        let mut frames = Vec::with_capacity(convolutions.len() + 1);
        for (i, convolution) in convolutions.iter().enumerate() {
            let [source, target] = convolution.geometry.ends(convolution.direction);
            if i == 0 {
                frames.push(Frame::new(source.0, source.1));
            }
            frames.push(Frame::new(target.0, target.1));
        }
        for (
            i,
            Convolution {
                geometry,
                direction,
                ..
            },
        ) in convolutions.iter().enumerate()
        {
            let [source, target] = [*direction, direction.opposite()];
            frames[i].reach(&Correlation::of(geometry, source));
            frames[i + 1].reach(&Correlation::of(geometry, target));
            if scatters(geometry) {
                let wide = if *direction == Direction::Forwards {
                    i
                } else {
                    i + 1
                };
                Scatter::widen(geometry, &mut frames[wide]);
            }
        }
        let largest = frames.windows(2).map(|pair| pair[0].len() + pair[1].len());
        let most = GROUP_LEN / largest.max().unwrap_or(1).max(1);
        let batch = convolutions.first().map_or(0, |first| first.geometry.batch);
        Self {
            group: most.clamp(1, MOST_IMAGES).min(batch.max(1)),
            convolutions,
            frames,
        }
    }

    /// Images.
    pub(crate) fn batch(&self) -> usize {
        self.convolutions[0].geometry.batch
    }

    /// A buffer for some images of a frame, with what kernels read beyond the last.
    pub(crate) fn buffer(&self, frame: usize, images: usize) -> Workspace {
        let len = images * self.frames[frame].len();
        let mut buffer = Workspace::new(len + MOST_COLUMNS);
        buffer[len..].fill(0.);
        buffer
    }

    /// A layer in its own direction.
    pub(crate) fn forward(&self, layer: usize) -> Way {
        let convolution = &self.convolutions[layer];
        let frames = [self.frames[layer], self.frames[layer + 1]];
        Way::new(
            &convolution.geometry,
            convolution.direction,
            frames,
            self.group,
        )
    }

    /// From the gradient of a layer's output to that of its input.
    pub(crate) fn backward(&self, layer: usize) -> Way {
        let convolution = &self.convolutions[layer];
        let frames = [self.frames[layer + 1], self.frames[layer]];
        let direction = convolution.direction.opposite();
        Way::new(&convolution.geometry, direction, frames, self.group)
    }

    pub(crate) fn weight_gradient(&self, layer: usize) -> WeightGradient {
        let convolution = &self.convolutions[layer];
        let mut frames = [self.frames[layer], self.frames[layer + 1]];
        if convolution.direction == Direction::Backwards {
            frames.reverse();
        }
        WeightGradient::new(&convolution.geometry, frames, self.group)
    }
}

/// Whether the way to the wide images is that of [`Scatter`].
fn scatters(geometry: &Geometry) -> bool {
    let columns = Kernels::best().product(geometry.wide_channels).columns;
    let columns = geometry.wide_channels.next_multiple_of(columns);
    let correlation = Correlation::of(geometry, Direction::Backwards);
    let products = correlation.taps().map(|(grid, _)| grid.area());
    Scatter::pays(geometry, products.sum::<usize>() * columns)
}

/// Cuts numbers off the beginning of those that are left, as far as there are some.
pub(crate) fn cut<'a, T>(rest: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    let len = len.min(rest.len());
    rest.split_off_mut(..len).unwrap_or_default()
}

/// A direction of a convolution.
pub(crate) enum Way {
    Correlate(Correlator),
    Scatter(Scatter),
}

impl Way {
    fn new(geometry: &Geometry, direction: Direction, frames: [Frame; 2], group: usize) -> Self {
        if direction == Direction::Backwards && scatters(geometry) {
            Self::Scatter(Scatter::new(geometry, frames, group))
        } else {
            Self::Correlate(Correlator::new(geometry, direction, frames, group))
        }
    }

    /// The weights, in the order in which [`Self::run`] takes them.
    pub(crate) fn pack(&self, weight: &[f32]) -> Vec<Workspace> {
        match self {
            Self::Correlate(way) => way.pack(weight),
            Self::Scatter(way) => vec![way.pack(weight)],
        }
    }

    /// Writes all pixels of up to a group of images; the zeros around them stay.
    pub(crate) fn run(
        &self,
        source: (&[f32], usize),
        packed: &[Workspace],
        target: &mut [f32],
        epilogue: (Option<&[f32]>, End<'_>),
    ) {
        match self {
            Self::Correlate(way) => way.run(source, packed, target, epilogue),
            Self::Scatter(way) => way.run(source, &packed[0], target, epilogue),
        }
    }
}
