//! A fully connected layer.

use candle_core::{Module, Result, Tensor};

use crate::{Activation, Params};

/// `activation(x·Wᵀ + b)` of `x` `[B, in]`; `weight` is `[out, in]`, `bias` `[out]`.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Tensor,
    bias: Tensor,
    activation: Activation,
}

impl Linear {
    /// Takes `weight` and `bias` at a place in the parameters.
    ///
    /// # Errors
    /// If they are there with other shapes.
    pub fn new(
        inputs: usize,
        outputs: usize,
        activation: Activation,
        params: &Params,
    ) -> Result<Self> {
        let scheme = params.initialization;
        let weight_init = scheme.linear_weight(inputs, outputs);
        Ok(Self {
            weight: params.get((outputs, inputs), "weight", weight_init)?,
            bias: params.get(outputs, "bias", scheme.bias(inputs))?,
            activation,
        })
    }
}

impl Module for Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)?; // [B, out]
        self.activation.forward(&y)
    }
}
