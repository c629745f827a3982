//! Two-dimensional transposed convolution with bias and activation in one operation.

use candle_core::{Result, Tensor};

use crate::{
    Activation,
    conv2d::add_bias,
    convolution::{Convolution, Direction, Geometry},
};

/// How a transposed convolution spreads its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvTranspose2d {
    /// Pixels of the output between two of the input, at least 1.
    pub stride: usize,
    /// Pixels cut from each side of the output.
    pub padding: usize,
    /// Pixels added at the bottom and right of the output, less than the stride.
    pub output_padding: usize,
    /// What follows the bias.
    pub activation: Activation,
}

impl Default for ConvTranspose2d {
    fn default() -> Self {
        Self {
            stride: 1,
            padding: 0,
            output_padding: 0,
            activation: Activation::None,
        }
    }
}

/// Returns `activation(conv_transpose(x, weight) + bias)`, with gradients for all three.
///
/// `x` is `[B, in, H, W]`, `weight` `[in, out, h, w]`, `bias` `[out]`; the result is `[B, out, H', W']` with
/// `H' = (H − 1)·stride − 2·padding + h + output_padding`.
///
/// # Errors
/// If shapes do not fit each other or leave no output, if the output padding reaches the stride, or if dtypes or
/// devices differ.
pub fn conv_transpose2d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    config: ConvTranspose2d,
) -> Result<Tensor> {
    config.activation.check()?;
    let paddings = [config.padding, config.output_padding];
    let geometry = Geometry::of_conv_transpose2d(x.dims(), weight, bias, config.stride, paddings)?;
    let convolution = Convolution {
        geometry,
        direction: Direction::Backwards,
        activation: config.activation,
    };
    match convolution.apply(x, weight, bias)? {
        Some(y) => Ok(y),
        None => with_candle(x, weight, bias, config),
    }
}

/// The same from candle's own operations.
fn with_candle(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    config: ConvTranspose2d,
) -> Result<Tensor> {
    let y = x.conv_transpose2d(
        weight,
        config.padding,
        config.output_padding,
        config.stride,
        1,
    )?;
    config.activation.apply(&add_bias(y, bias)?)
}
