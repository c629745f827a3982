//! Convolutions on square kernels, NCHW, in PyTorch's weight layouts.

use candle_core::{Module, Result, Tensor};
use disentangle_kernels::{Conv2d, ConvKind, ConvLayer, ConvTranspose2d, conv_stack};

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

/// Convolutions and transposed convolutions in a row: `activation(conv(x) + b)` of `x` `[B, in, H, W]`, again and again.
///
/// A convolution's `weight` is `[out, in, k, k]`, a transposed one's `[in, out, k, k]`; `bias` is `[out]`.
#[derive(Debug, Clone, Default)]
pub struct Convolutions(Vec<Run>);

/// Layers that the kernels run as one, and an activation that they do not know.
#[derive(Debug, Clone)]
struct Run {
    layers: Vec<ConvLayer>,
    activation: Activation,
}

impl Convolutions {
    /// Adds a convolution that takes `weight` and `bias` at a place in the parameters.
    ///
    /// # Errors
    /// If they are there with other shapes.
    pub fn push(
        &mut self,
        geometry: Geometry,
        activation: Activation,
        params: &Params,
    ) -> Result<()> {
        let channels = (geometry.outputs, geometry.inputs);
        let (activation, rest) = activation.split();
        let kind = ConvKind::Conv2d(Conv2d {
            stride: geometry.stride,
            padding: geometry.padding,
            activation,
        });
        self.add(layer(channels, geometry, kind, params)?, rest);
        Ok(())
    }

    /// Adds a transposed convolution, likewise.
    ///
    /// # Errors
    /// As [`Convolutions::push`].
    pub fn push_transposed(
        &mut self,
        geometry: Geometry,
        activation: Activation,
        params: &Params,
    ) -> Result<()> {
        let channels = (geometry.inputs, geometry.outputs);
        let (activation, rest) = activation.split();
        let kind = ConvKind::ConvTranspose2d(ConvTranspose2d {
            stride: geometry.stride,
            padding: geometry.padding,
            output_padding: 0,
            activation,
        });
        self.add(layer(channels, geometry, kind, params)?, rest);
        Ok(())
    }

    fn add(&mut self, layer: ConvLayer, activation: Activation) {
        match self.0.last_mut() {
            Some(run) if run.activation == Activation::None => {
                run.layers.push(layer);
                run.activation = activation;
            }
            _ => self.0.push(Run {
                layers: vec![layer],
                activation,
            }),
        }
    }
}

impl Module for Convolutions {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.0.iter().try_fold(x.clone(), |x, run| {
            run.activation.forward(&conv_stack(&x, &run.layers)?)
        })
    }
}

/// A layer with a weight `[first, second, k, k]`; the fan in is PyTorch's, `second·k²`.
fn layer(
    (first, second): (usize, usize),
    geometry: Geometry,
    kind: ConvKind,
    params: &Params,
) -> Result<ConvLayer> {
    let scheme = params.initialization;
    let Geometry {
        kernel, outputs, ..
    } = geometry;
    let area = kernel * kernel;
    let init = scheme.conv_weight(second * area, first * area);
    Ok(ConvLayer {
        weight: params.get((first, second, kernel, kernel), "weight", init)?,
        bias: Some(params.get(outputs, "bias", scheme.bias(second * area))?),
        kind,
    })
}
