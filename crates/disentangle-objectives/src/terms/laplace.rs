//! Laplace reconstruction.
//!
//! `−ln p(x|z) = Σ_pixels |x̂ − x|/b`, with `ln 2b` a pixel more if `normalized`; `x̂` is the sigmoid of
//! the decoder's answer, or the answer itself.

use candle_core::Tensor;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Output, Term, TermCx};
use crate::{Error, Needs, StepCx};

/// Negative log-likelihood of the pixels as independent Laplace variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Laplace {
    /// Scale b of a pixel.
    pub scale: f64,
    /// What the decoder's answer means.
    pub output: Output,
    /// Adds the constant of the density, which moves the value, not the gradient.
    pub normalized: bool,
}

impl Default for Laplace {
    fn default() -> Self {
        Self {
            scale: 1.0,
            output: Output::default(),
            normalized: false,
        }
    }
}

impl Config for Laplace {
    fn examples() -> Vec<Self> {
        let full = Self {
            scale: 0.1,
            output: Output::Sigmoid,
            normalized: true,
        };
        vec![Self::default(), full]
    }

    fn check(&self, problems: &mut Problems) {
        let positive = self.scale.is_finite() && self.scale > 0.0;
        problems.require(positive, "scale", "must be a positive number");
    }
}

impl Build<dyn Term> for Laplace {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for Laplace {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let distance = self.output.distance(cx)?; // [B, pixels]
        let per_image = (distance.abs()?.sum(1)? * (1.0 / self.scale))?; // [B]
        let constant = if self.normalized {
            (2.0 * self.scale).ln() * distance.dim(1)? as f64
        } else {
            0.0
        };
        Ok((per_image.mean_all()? + constant)?)
    }
}
