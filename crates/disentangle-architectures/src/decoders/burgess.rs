//! The decoder of Burgess et al. 2018, arXiv:1804.03599, appendix A: the mirror of its encoder.
//!
//! Takes every image whose sides are multiples of 16.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, Volume, Window, flat};

/// Three hidden layers and four transposed convolutions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burgess {}

impl Config for Burgess {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Decoder> for Burgess {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        let start = Volume {
            channels: 32,
            height: cx.image.height / 16,
            width: cx.image.width / 16,
        };
        let window = Window(4, 2, 1);
        let network = Chain::new("burgess", cx.image, flat(cx.inputs), &cx.params)
            .linear("fc1", 256, Relu)?
            .linear("fc2", 256, Relu)?
            .linear("fc3", start.elements(), Relu)?
            .unflatten(start)?
            .deconv("deconv1", 32, window, Relu)?
            .deconv("deconv2", 32, window, Relu)?
            .deconv("deconv3", 32, window, Relu)?
            .deconv("deconv4", cx.image.channels, window, None)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}
