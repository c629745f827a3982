//! Six 4×4 convolutions of stride 2, 64-32-16-8-4-2-1.
//!
//! `SimpleEncoder64` of disentanglement-pytorch.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
use crate::Error;
use crate::chain::{Chain, Window, flat};

/// Six padded convolutions and a linear layer; 64×64 images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimpleConv64 {}

impl Config for SimpleConv64 {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Encoder> for SimpleConv64 {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        let window = Window(4, 2, 1);
        let network = Chain::new("simple_conv64", cx.image, cx.image, &cx.params)
            .require_multiple_of(64)?
            .conv("conv1", 32, window, Relu)?
            .conv("conv2", 32, window, Relu)?
            .conv("conv3", 64, window, Relu)?
            .conv("conv4", 128, window, Relu)?
            .conv("conv5", 256, window, Relu)?
            .conv("conv6", 256, window, Relu)?
            .require_one_pixel()?
            .flatten()
            .linear("head", cx.outputs, None)?
            .finish(flat(cx.outputs))?;
        Ok(Box::new(network))
    }
}
