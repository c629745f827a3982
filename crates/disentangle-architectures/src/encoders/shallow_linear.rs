//! One hidden layer of 400 with ReLU over the pixels. Takes images of any size.
//!
//! `ShallowLinear` of disentanglement-pytorch, the network of Kingma & Welling 2014 with ReLU for tanh.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
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

impl Build<dyn Encoder> for ShallowLinear {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        let network = Chain::new("shallow_linear", cx.image, cx.image, &cx.params)
            .flatten()
            .linear("fc1", 400, Relu)?
            .linear("head", cx.outputs, None)?
            .finish(flat(cx.outputs))?;
        Ok(Box::new(network))
    }
}
