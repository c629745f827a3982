//! The encoder of Burgess et al. 2018, arXiv:1804.03599, appendix A.
//!
//! Four 4×4 convolutions of stride 2 with 32 channels, two hidden layers of 256. Takes every image
//! whose sides are multiples of 16.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
use crate::Error;
use crate::chain::{Chain, Window, flat};

/// Four convolutions, two hidden layers of 256 and a linear layer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burgess {}

impl Config for Burgess {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Encoder> for Burgess {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        let window = Window(4, 2, 1);
        let network = Chain::new("burgess", cx.image, cx.image, &cx.params)
            .require_multiple_of(16)?
            .conv("conv1", 32, window, Relu)?
            .conv("conv2", 32, window, Relu)?
            .conv("conv3", 32, window, Relu)?
            .conv("conv4", 32, window, Relu)?
            .flatten()
            .linear("fc1", 256, Relu)?
            .linear("fc2", 256, Relu)?
            .linear("head", cx.outputs, None)?
            .finish(flat(cx.outputs))?;
        Ok(Box::new(network))
    }
}
