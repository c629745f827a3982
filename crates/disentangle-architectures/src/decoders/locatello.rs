//! The decoder of the large study, Locatello et al. 2019, arXiv:1811.12359, table 1: two hidden layers
//! and four transposed convolutions with kernels of 4 and stride 2.
//!
//! `deconv_decoder` of disentanglement_lib. Takes images whose sides are multiples of 16.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, Volume, Window, flat};

/// Two hidden layers and four transposed convolutions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locatello {}

impl Config for Locatello {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Decoder> for Locatello {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        // The second hidden layer has 1024 units on images of 64x64.
        let start = Volume {
            channels: 64,
            height: cx.image.height / 16,
            width: cx.image.width / 16,
        };
        let window = Window(4, 2, 1);
        let network = Chain::new("locatello", cx.image, flat(cx.inputs), &cx.params)
            .linear("fc1", 256, Relu)?
            .linear("fc2", start.elements(), Relu)?
            .unflatten(start)?
            .deconv("deconv1", 64, window, Relu)?
            .deconv("deconv2", 32, window, Relu)?
            .deconv("deconv3", 32, window, Relu)?
            .deconv("deconv4", cx.image.channels, window, None)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}
