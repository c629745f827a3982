//! The decoder of the paper: a 1×1 convolution and six transposed ones, 1-1-2-6-14-30-62-64.
//!
//! `SimpleConv64` of disentanglement-pytorch; the stride 2 of the 1×1 convolution changes nothing on
//! one pixel and is kept for its name.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, Window, flat};

/// A 1×1 convolution and six transposed convolutions; 64×64 images.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimpleConv64 {}

impl Config for SimpleConv64 {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Decoder> for SimpleConv64 {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        let network = Chain::new("simple_conv64", cx.image, flat(cx.inputs), &cx.params)
            .unflatten(flat(cx.inputs))?
            .conv("conv1", 256, Window(1, 2, 0), Relu)?
            .deconv("deconv1", 256, Window(4, 2, 1), Relu)?
            .deconv("deconv2", 128, Window(4, 2, 0), Relu)?
            .deconv("deconv3", 128, Window(4, 2, 0), Relu)?
            .deconv("deconv4", 64, Window(4, 2, 0), Relu)?
            .deconv("deconv5", 64, Window(4, 2, 0), Relu)?
            .deconv("deconv6", cx.image.channels, Window(3, 1, 0), None)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}
