//! What a convolution and a transposed convolution share: each is the other's gradient.
//!
//! [`geometry`] checks the sizes and [`correlation`] turns either direction into correlations on grids. Images lie in a
//! [`frame`], where [`correlate`], [`scatter`] and [`weight_gradient`] are products that copy nothing; [`plan`] puts
//! them together for a row of convolutions, [`forward`] and [`backward`] run it, and [`op`] makes it an operation of
//! candle.

mod backward;
mod correlate;
mod correlation;
mod forward;
mod frame;
mod geometry;
mod op;
mod plan;
mod scatter;
mod weight_gradient;

pub(crate) use geometry::Geometry;
pub(crate) use op::{Layer, Stack};

use crate::Activation;

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

/// What a convolution has learned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub(crate) weight: &'a [f32],
    /// One number a channel.
    pub(crate) bias: Option<&'a [f32]>,
}

/// A convolution in either direction, with what follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Convolution {
    pub(crate) geometry: Geometry,
    pub(crate) direction: Direction,
    pub(crate) activation: Activation,
}

impl Convolution {
    /// The shape of the output, `[B, C, H, W]`.
    pub(crate) fn output(&self) -> [usize; 4] {
        let [_, (channels, [height, width])] = self.geometry.ends(self.direction);
        [self.geometry.batch, channels, height, width]
    }
}
