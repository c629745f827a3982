//! Pointwise non-linearities.

use candle_core::{Module, Result, Tensor};
use disentangle_kernels as kernels;

/// A pointwise non-linearity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// The identity.
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, `slope·x` elsewhere.
    LeakyRelu(f64),
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Returns what the convolution kernels fuse, and what is left to apply after them.
    pub(crate) fn split(self) -> (kernels::Activation, Self) {
        match self {
            Self::None => (kernels::Activation::None, Self::None),
            Self::Relu => (kernels::Activation::Relu, Self::None),
            Self::LeakyRelu(slope) => (kernels::Activation::LeakyRelu(slope as f32), Self::None),
            Self::Tanh => (kernels::Activation::None, Self::Tanh),
        }
    }
}

impl Module for Activation {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match *self {
            Self::None => Ok(x.clone()),
            Self::Relu => x.relu(),
            Self::LeakyRelu(slope) => candle_nn::ops::leaky_relu(x, slope),
            Self::Tanh => x.tanh(),
        }
    }
}
