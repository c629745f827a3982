//! Divergence of the posterior from the prior.
//!
//! `KL(q(z|x) ‖ N(0, I)) = ½ Σ_d (mu² + exp(log_var) − log_var − 1)`, mean over the batch.
//! Weight 1 is the VAE (Kingma & Welling 2014, arXiv:1312.6114, appendix B), weight β the β-VAE
//! (Higgins et al. 2017).

use candle_core::Tensor;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, StepCx};

/// The KL divergence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kl {}

impl Config for Kl {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Term> for Kl {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for Kl {
    fn needs(&self) -> Needs {
        Needs {
            gaussian_posterior: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        Ok(cx.kl_per_latent()?.sum_all()?)
    }
}
