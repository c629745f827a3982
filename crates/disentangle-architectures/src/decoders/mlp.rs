//! A multilayer perceptron with tanh; 1200-1200-1200 is the decoder of Chen et al. 2018,
//! arXiv:1802.04942, appendix. Takes images of any size.

use disentangle_nn::Activation::{None, Tanh};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Decoder, DecoderCx};
use crate::Error;
use crate::chain::{Chain, check_hidden, flat};

/// A multilayer perceptron to the pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
}

impl Default for Mlp {
    fn default() -> Self {
        Self {
            hidden: vec![1200, 1200, 1200],
        }
    }
}

impl Config for Mlp {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        check_hidden(problems, &self.hidden);
    }
}

impl Build<dyn Decoder> for Mlp {
    fn build(&self, cx: &DecoderCx) -> Result<Box<dyn Decoder>, Error> {
        let network = Chain::new("mlp", cx.image, flat(cx.inputs), &cx.params)
            .hidden(&self.hidden, Tanh)?
            .linear("head", cx.image.elements(), None)?
            .unflatten(cx.image)?
            .finish(cx.image)?;
        Ok(Box::new(network))
    }
}
