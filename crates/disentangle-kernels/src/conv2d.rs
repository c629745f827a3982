//! Two-dimensional convolution with bias and activation in one operation.

use candle_core::{Result, Tensor};

use crate::{
    Activation,
    convolution::{Convolution, Direction, Geometry},
};

/// How a convolution moves over its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conv2d {
    /// Pixels between two positions of the kernel, at least 1.
    pub stride: usize,
    /// Zeros around the input, on each side.
    pub padding: usize,
    /// What follows the bias.
    pub activation: Activation,
}

impl Default for Conv2d {
    fn default() -> Self {
        Self {
            stride: 1,
            padding: 0,
            activation: Activation::None,
        }
    }
}

/// Returns `activation(conv(x, weight) + bias)`, with gradients for all three.
///
/// `x` is `[B, in, H, W]`, `weight` `[out, in, h, w]`, `bias` `[out]`; the result is `[B, out, H', W']` with
/// `H' = (H + 2·padding − h) / stride + 1`.
///
/// # Errors
/// If shapes do not fit each other or leave no output, or if dtypes or devices differ.
pub fn conv2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    config: Conv2d,
) -> Result<Tensor> {
    config.activation.check()?;
    let geometry = Geometry::of_conv2d(x.dims(), weight, bias, config.stride, config.padding)?;
    let convolution = Convolution {
        geometry,
        direction: Direction::Forwards,
        activation: config.activation,
    };
    match convolution.apply(x, weight, bias)? {
        Some(y) => Ok(y),
        None => with_candle(x, weight, bias, config, &geometry),
    }
}

/// The same from candle's own operations.
fn with_candle(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    config: Conv2d,
    geometry: &Geometry,
) -> Result<Tensor> {
    // candle's gradient assumes that rows and columns leave the same remainder; without a remainder it is right.
    let used =
        [0, 1].map(|axis| (geometry.narrow[axis] - 1) * config.stride + geometry.kernel[axis]);
    let padded = geometry.wide.map(|size| size + 2 * config.padding);
    let y = if used == padded {
        x.conv2d(weight, config.padding, config.stride, 1, 1)?
    } else {
        let x = x.pad_with_zeros(2, config.padding, config.padding)?;
        let x = x.pad_with_zeros(3, config.padding, config.padding)?;
        let x = x
            .narrow(2, 0, used[0])?
            .narrow(3, 0, used[1])?
            .contiguous()?;
        x.conv2d(weight, 0, config.stride, 1, 1)?
    };
    config.activation.apply(&add_bias(y, bias)?)
}

/// Adds a bias `[C]` to `[B, C, H, W]`.
pub(crate) fn add_bias(y: Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    match bias {
        Some(bias) => y.broadcast_add(&bias.reshape((1, (), 1, 1))?),
        None => Ok(y),
    }
}
