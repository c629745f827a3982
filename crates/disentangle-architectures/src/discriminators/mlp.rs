//! A multilayer perceptron with LeakyReLU of slope 0.2; six layers of 1000 are FactorVAE's.
//!
//! Kim & Mnih 2018, arXiv:1802.05983, appendix B. disentanglement-pytorch built five hidden layers.

use disentangle_nn::Activation::{LeakyRelu, None};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Discriminator, DiscriminatorCx};
use crate::Error;
use crate::chain::{Chain, check_hidden, flat};

const SLOPE: f64 = 0.2;

/// A multilayer perceptron over a vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
}

impl Default for Mlp {
    fn default() -> Self {
        Self {
            hidden: vec![1000; 6],
        }
    }
}

impl Config for Mlp {
    fn examples() -> Vec<Self> {
        vec![Self {
            hidden: vec![16, 16],
        }]
    }

    fn check(&self, problems: &mut Problems) {
        check_hidden(problems, &self.hidden);
    }
}

impl Build<dyn Discriminator> for Mlp {
    fn build(&self, cx: &DiscriminatorCx) -> Result<Box<dyn Discriminator>, Error> {
        let input = flat(cx.inputs);
        let network = Chain::new("mlp", input, input, &cx.params)
            .hidden(&self.hidden, LeakyRelu(SLOPE))?
            .linear("head", cx.classes, None)?
            .finish(flat(cx.classes))?;
        Ok(Box::new(network))
    }
}
