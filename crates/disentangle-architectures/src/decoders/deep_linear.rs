//! Four hidden layers, 100-200-400-1000, with ReLU to the pixels. Takes images of any size.
//!
//! `DeepLinear` of disentanglement-pytorch.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, flat};

/// Four hidden layers, 100-200-400-1000.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeepLinear {}

impl Config for DeepLinear {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Decoder> for DeepLinear {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        let network = Chain::new("deep_linear", cx.image, flat(cx.inputs), &cx.params)
            .linear("fc1", 100, Relu)?
            .linear("fc2", 200, Relu)?
            .linear("fc3", 400, Relu)?
            .linear("fc4", 1000, Relu)?
            .linear("head", cx.image.elements(), None)?
            .unflatten(cx.image)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}
