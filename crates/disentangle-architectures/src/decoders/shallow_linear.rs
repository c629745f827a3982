//! One hidden layer of 400 with ReLU to the pixels. Takes images of any size.
//!
//! `ShallowLinear` of disentanglement-pytorch.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, flat};

/// One hidden layer of 400.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShallowLinear {}

impl Config for ShallowLinear {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Decoder> for ShallowLinear {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        let network = Chain::new("shallow_linear", cx.image, flat(cx.inputs), &cx.params)
            .linear("fc1", 400, Relu)?
            .linear("head", cx.image.elements(), None)?
            .unflatten(cx.image)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}
