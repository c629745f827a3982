//! A multilayer perceptron with ReLU; 1200-1200 is the encoder of Chen et al. 2018,
//! arXiv:1802.04942, appendix. Takes images of any size.

use disentangle_nn::Activation::{None, Relu};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Encoder, EncoderCx};
use crate::Error;
use crate::chain::{Chain, check_hidden, flat};

/// A multilayer perceptron over the pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
}

impl Default for Mlp {
    fn default() -> Self {
        Self {
            hidden: vec![1200, 1200],
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

impl Build<dyn Encoder> for Mlp {
    fn build(&self, cx: &EncoderCx) -> Result<Box<dyn Encoder>, Error> {
        let network = Chain::new("mlp", cx.image, cx.image, &cx.params)
            .flatten()
            .hidden(&self.hidden, Relu)?
            .linear("head", cx.outputs, None)?
            .finish(flat(cx.outputs))?;
        Ok(Box::new(network))
    }
}
