//! What a convolution and a transposed convolution share: each is the other's gradient.
//!
//! [`geometry`] checks the sizes, [`correlation`] turns either direction into correlations on grids, [`layout`] lays
//! the pixels out so that [`correlate`] and [`weight_gradient`] are plain matrix products, [`backward`] runs those of
//! the gradients, and [`op`] makes a row of convolutions an operation of candle.

mod backward;
mod correlate;
mod correlation;
mod geometry;
mod layout;
mod op;
mod weight_gradient;

pub(crate) use correlate::Direction;
pub(crate) use geometry::Geometry;
pub(crate) use op::{Layer, Stack};

use crate::Activation;

/// A convolution in either direction, with what follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Convolution {
    pub(crate) geometry: Geometry,
    pub(crate) direction: Direction,
    pub(crate) activation: Activation,
}

/// What a convolution has learned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a> {
    pub(crate) weight: &'a [f32],
    /// One number a channel.
    pub(crate) bias: Option<&'a [f32]>,
}

impl Convolution {
    /// The shape of the output, `[B, C, H, W]`.
    pub(crate) fn output(&self) -> [usize; 4] {
        let geometry = &self.geometry;
        let (channels, [height, width]) = match self.direction {
            Direction::Forwards => (geometry.narrow_channels, geometry.narrow),
            Direction::Backwards => (geometry.wide_channels, geometry.wide),
        };
        [geometry.batch, channels, height, width]
    }
}
