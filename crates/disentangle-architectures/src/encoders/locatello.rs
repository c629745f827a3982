//! The encoder of the large study, Locatello et al. 2019, arXiv:1811.12359, table 1.
//!
//! `conv_encoder` of disentanglement_lib: kernels of 4, 4, 2 and 2, stride 2. TensorFlow's "same" pads
//! by 1 for a kernel of 4 and by 0 for one of 2. Takes images whose sides are multiples of 16.

use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
use crate::Error;
use crate::chain::{Chain, Window, flat};

/// Four convolutions, the last two with kernels of 2, and a hidden layer of 256.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locatello {}

impl Config for Locatello {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Encoder> for Locatello {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        build("locatello", Window(2, 2, 0), cx)
    }
}

/// Builds the encoder with a window for its last two convolutions.
pub(super) fn build(
    name: &'static str,
    last: Window,
    cx: &EncoderCx,
) -> Result<Box<dyn Encoder>, Error> {
    use disentangle_nn::Activation::{None, Relu};
    let first = Window(4, 2, 1);
    let network = Chain::new(name, cx.image, cx.image, &cx.params)
        .require_multiple_of(16)?
        .conv("conv1", 32, first, Relu)?
        .conv("conv2", 32, first, Relu)?
        .conv("conv3", 64, last, Relu)?
        .conv("conv4", 64, last, Relu)?
        .flatten()
        .linear("fc1", 256, Relu)?
        .linear("head", cx.outputs, None)?
        .finish(flat(cx.outputs))?;
    Ok(Box::new(network))
}
