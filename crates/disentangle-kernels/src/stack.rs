//! Convolutions and transposed convolutions in a row, as one operation.
//!
//! The same numbers as one [`conv2d`](crate::conv2d) or [`conv_transpose2d`](crate::conv_transpose2d) after the other in
//! less time, bit for bit but for the order in which a large batch's gradients of the weights are added: a few images go
//! through all layers while they are in the caches, and what lies between the layers is no tensor, needs no copy and no
//! zeroing.

use candle_core::{Result, Tensor, bail};

use crate::{
    Conv2d, ConvTranspose2d, conv_transpose2d, conv2d,
    convolution::{Convolution, Direction, Geometry, Layer, Stack},
    storage::is_host_f32,
};

/// A layer of [`conv_stack`], with its parameters.
#[derive(Debug, Clone)]
pub struct ConvLayer {
    /// As its kind's function takes it.
    pub weight: Tensor,
    /// One number an output channel.
    pub bias: Option<Tensor>,
    /// How it moves.
    pub kind: ConvKind,
}

/// What a layer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ConvKind {
    /// A convolution.
    Conv2d(Conv2d),
    /// A transposed convolution.
    ConvTranspose2d(ConvTranspose2d),
}

/// Returns the last layer's output of `x` `[B, C, H, W]`, with gradients for the input and all parameters.
///
/// # Errors
/// If there is no layer, if one does not fit what comes before it, or if dtypes or devices differ.
pub fn conv_stack(x: &Tensor, layers: &[ConvLayer]) -> Result<Tensor> {
    let on_host = |layer: &ConvLayer| {
        is_host_f32(&layer.weight) && layer.bias.as_ref().is_none_or(is_host_f32)
    };
    if layers.is_empty() {
        bail!("conv_stack: there are no layers")
    }
    if !is_host_f32(x) || !layers.iter().all(on_host) {
        return layers
            .iter()
            .try_fold(x.clone(), |x, layer| layer.alone(&x));
    }
    let mut stack: Vec<Layer> = Vec::with_capacity(layers.len());
    for layer in layers {
        let before = stack.last().map(|layer| layer.convolution.output());
        stack.push(Layer {
            convolution: layer.convolution(before.as_ref().map_or(x.dims(), |dims| dims))?,
            weight: layer.weight.contiguous()?,
            bias: layer.bias.as_ref().map(Tensor::contiguous).transpose()?,
        });
    }
    Stack::new(stack).apply(&x.contiguous()?)
}

impl ConvLayer {
    /// Checks that it fits an input.
    fn convolution(&self, x: &[usize]) -> Result<Convolution> {
        let (weight, bias) = (&self.weight, self.bias.as_ref());
        let (geometry, direction, activation) = match self.kind {
            ConvKind::Conv2d(config) => (
                Geometry::of_conv2d(x, weight, bias, config.stride, config.padding)?,
                Direction::Forwards,
                config.activation,
            ),
            ConvKind::ConvTranspose2d(config) => (
                Geometry::of_conv_transpose2d(
                    x,
                    weight,
                    bias,
                    config.stride,
                    [config.padding, config.output_padding],
                )?,
                Direction::Backwards,
                config.activation,
            ),
        };
        activation.check()?;
        Ok(Convolution {
            geometry,
            direction,
            activation,
        })
    }

    fn alone(&self, x: &Tensor) -> Result<Tensor> {
        let (weight, bias) = (&self.weight, self.bias.as_ref());
        match self.kind {
            ConvKind::Conv2d(config) => conv2d(x, weight, bias, config),
            ConvKind::ConvTranspose2d(config) => conv_transpose2d(x, weight, bias, config),
        }
    }
}
