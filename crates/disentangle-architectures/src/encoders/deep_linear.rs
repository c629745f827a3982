//! Four hidden layers, 1000-400-200-100, with ReLU over the pixels. Takes images of any size.
//!
//! `DeepLinear` of disentanglement-pytorch.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
use crate::Error;
use crate::chain::{Chain, flat};

/// Four hidden layers, 1000-400-200-100.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeepLinear {}

impl Config for DeepLinear {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Encoder> for DeepLinear {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        let network = Chain::new("deep_linear", cx.image, cx.image, &cx.params)
            .flatten()
            .linear("fc1", 1000, Relu)?
            .linear("fc2", 400, Relu)?
            .linear("fc3", 200, Relu)?
            .linear("fc4", 100, Relu)?
            .linear("head", cx.outputs, None)?
            .finish(flat(cx.outputs))?;
        Ok(Box::new(network))
    }
}
