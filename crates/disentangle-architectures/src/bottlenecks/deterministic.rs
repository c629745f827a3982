//! The bottleneck of an autoencoder: the code is what the encoder says, `z = mu`.
//!
//! There is no density, so terms that need one (`kl`, `capacity`, total correlation by sampling) are
//! refused before the first step. Hinton & Salakhutdinov 2006.

use candle_core::Tensor;
use disentangle_nn::Latents;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Bottleneck, BottleneckCx, Posterior};
use crate::{DiagonalGaussian, Error};

/// A code without noise.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deterministic {}

impl Config for Deterministic {
    fn examples() -> Vec<Self> {
        vec![Self {}]
    }
}

impl Build<dyn Bottleneck> for Deterministic {
    fn build(&self, cx: &BottleneckCx) -> Result<Box<dyn Bottleneck>, Error> {
        Ok(Box::new(Code {
            latents: cx.latents,
        }))
    }
}

struct Code {
    latents: usize,
}

impl Bottleneck for Code {
    fn inputs(&self) -> usize {
        self.latents
    }

    fn is_gaussian(&self) -> bool {
        false
    }

    fn posterior(&self, encoded: &Tensor) -> Result<Box<dyn Posterior>, Error> {
        Ok(Box::new(Point(encoded.narrow(1, 0, self.latents)?)))
    }
}

/// All mass on one code `[B, D]`.
struct Point(Tensor);

impl Posterior for Point {
    fn mean(&self) -> &Tensor {
        &self.0
    }

    fn sample(&self, _noise: &Tensor) -> Result<Latents, Error> {
        Ok(Latents::new(self.0.clone())?)
    }

    fn gaussian(&self) -> Option<&DiagonalGaussian> {
        None
    }
}
