//! Bernoulli reconstruction.
//!
//! `−ln p(x|z) = Σ_pixels softplus(l) − l·x`, `l` the logits: the binary cross-entropy computed from
//! logits, finite however sure the decoder is. Kingma & Welling 2014, arXiv:1312.6114, appendix C.1.

use candle_core::Tensor;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, StepCx};

/// Negative log-likelihood of the pixels as independent Bernoulli variables.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bernoulli {}

impl Config for Bernoulli {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Term> for Bernoulli {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for Bernoulli {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let logits = cx.forward.logits.tensor();
        let images = cx.batch.images.tensor();
        let per_image = disentangle_nn::numerics::bernoulli_nll(logits, images)?; // [B]
        Ok(per_image.mean_all()?)
    }
}
