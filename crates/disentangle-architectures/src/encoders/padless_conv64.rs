//! The encoder of the paper: five 3×3 convolutions of stride 2 without padding, 64-31-15-7-3-1.
//!
//! `PadlessEncoder64` of disentanglement-pytorch.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
use crate::Error;
use crate::chain::{Chain, Window, flat};

/// Five unpadded convolutions and a linear layer; 64×64 images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PadlessConv64 {}

impl Config for PadlessConv64 {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Encoder> for PadlessConv64 {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        let window = Window(3, 2, 0);
        let network = Chain::new("padless_conv64", cx.image, cx.image, &cx.params)
            .require_multiple_of(64)?
            .conv("conv1", 32, window, Relu)?
            .conv("conv2", 32, window, Relu)?
            .conv("conv3", 64, window, Relu)?
            .conv("conv4", 128, window, Relu)?
            .conv("conv5", 256, window, Relu)?
            .require_one_pixel()?
            .flatten()
            .linear("head", cx.outputs, None)?
            .finish(flat(cx.outputs))?;
        Ok(Box::new(network))
    }
}
