//! Convolutions on square kernels, NCHW, in PyTorch's weight layouts.

use candle_core::{Module, Result, Tensor};
use disentangle_kernels as kernels;

use crate::{Activation, Params};

/// Channels and geometry of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Stride.
    pub stride: usize,
    /// Zero padding on each side.
    pub padding: usize,
}

impl Geometry {
    /// Returns the side of a convolution's output, if the kernel fits the padded input.
    pub fn output_side(&self, side: usize) -> Option<usize> {
        let room = (side + 2 * self.padding).checked_sub(self.kernel)?;
        Some(room / self.stride + 1)
    }

    /// Returns the side of a transposed convolution's output, if there is one.
    pub fn transposed_side(&self, side: usize) -> Option<usize> {
        let full = side.checked_sub(1)? * self.stride + self.kernel;
        full.checked_sub(2 * self.padding).filter(|&side| side > 0)
    }
}

/// `activation(conv(x) + b)` of `x` `[B, in, H, W]`; `weight` is `[out, in, k, k]`, `bias` `[out]`.
#[derive(Debug, Clone)]
pub struct Conv2d {
    weight: Tensor,
    bias: Tensor,
    geometry: Geometry,
    activation: Activation,
}

impl Conv2d {
    /// Takes `weight` and `bias` at a place in the parameters.
    ///
    /// # Errors
    /// If they are there with other shapes.
    pub fn new(geometry: Geometry, activation: Activation, params: &Params) -> Result<Self> {
        let (weight, bias) =
            weight_and_bias((geometry.outputs, geometry.inputs), geometry, params)?;
        Ok(Self {
            weight,
            bias,
            geometry,
            activation,
        })
    }
}

impl Module for Conv2d {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (activation, rest) = self.activation.split();
        let config = kernels::Conv2d {
            stride: self.geometry.stride,
            padding: self.geometry.padding,
            activation,
        };
        rest.forward(&kernels::conv2d(x, &self.weight, Some(&self.bias), config)?)
    }
}

/// `activation(convᵀ(x) + b)`; `weight` is `[in, out, k, k]`, `bias` `[out]`.
#[derive(Debug, Clone)]
pub struct ConvTranspose2d {
    weight: Tensor,
    bias: Tensor,
    geometry: Geometry,
    activation: Activation,
}

impl ConvTranspose2d {
    /// Takes `weight` and `bias` at a place in the parameters.
    ///
    /// # Errors
    /// If they are there with other shapes.
    pub fn new(geometry: Geometry, activation: Activation, params: &Params) -> Result<Self> {
        let (weight, bias) =
            weight_and_bias((geometry.inputs, geometry.outputs), geometry, params)?;
        Ok(Self {
            weight,
            bias,
            geometry,
            activation,
        })
    }
}

impl Module for ConvTranspose2d {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (activation, rest) = self.activation.split();
        let config = kernels::ConvTranspose2d {
            stride: self.geometry.stride,
            padding: self.geometry.padding,
            output_padding: 0,
            activation,
        };
        let y = kernels::conv_transpose2d(x, &self.weight, Some(&self.bias), config)?;
        rest.forward(&y)
    }
}

/// Weight `[first, second, k, k]` and bias; the fan in is PyTorch's, `second·k²`.
fn weight_and_bias(
    (first, second): (usize, usize),
    geometry: Geometry,
    params: &Params,
) -> Result<(Tensor, Tensor)> {
    let scheme = params.initialization;
    let Geometry {
        kernel, outputs, ..
    } = geometry;
    let area = kernel * kernel;
    let init = scheme.conv_weight(second * area, first * area);
    let weight = params.get((first, second, kernel, kernel), "weight", init)?;
    let bias = params.get(outputs, "bias", scheme.bias(second * area))?;
    Ok((weight, bias))
}
