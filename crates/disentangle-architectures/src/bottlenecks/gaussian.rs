//! The bottleneck of a VAE: `q(z|x) = N(mu, diag(exp(log_var)))`.
//!
//! The encoder gives `[mu, log_var]`; `z = mu + exp(log_var/2)·eps`.
//! Kingma & Welling 2014, arXiv:1312.6114.

use candle_core::Tensor;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bottleneck, BottleneckCx, Posterior};
use crate::{DiagonalGaussian, Error};

/// A diagonal Gaussian posterior.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gaussian {}

impl Config for Gaussian {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Bottleneck> for Gaussian {
    fn build(&self, cx: &BottleneckCx) -> Result<Box<dyn Bottleneck>, Error> {
        Ok(Box::new(GaussianBottleneck {
            latents: cx.latents,
        }))
    }
}

struct GaussianBottleneck {
    latents: usize,
}

impl Bottleneck for GaussianBottleneck {
    fn inputs(&self) -> usize {
        2 * self.latents
    }

    fn is_gaussian(&self) -> bool {
        true
    }

    fn posterior(&self, encoded: &Tensor) -> Result<Box<dyn Posterior>, Error> {
        Ok(Box::new(DiagonalGaussian {
            mu: encoded.narrow(1, 0, self.latents)?,
            log_var: encoded.narrow(1, self.latents, self.latents)?,
        }))
    }
}
