//! Gaussian reconstruction.
//!
//! `−ln p(x|z) = Σ_pixels ½(x̂ − x)²/σ²`, with `½ ln 2πσ²` a pixel more if `normalized`; `x̂` is the
//! sigmoid of the decoder's answer, or the answer itself. `σ² = ½` without the constant is the squared
//! error that several libraries call `l2`.

use candle_core::Tensor;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Output, Term, TermCx};
use crate::{Error, Needs, StepCx};

/// Negative log-likelihood of the pixels as independent Gaussian variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gaussian {
    /// Variance σ² of a pixel.
    pub variance: f64,
    /// What the decoder's answer means.
    pub output: Output,
    /// Adds the constant of the density, which moves the value, not the gradient.
    pub normalized: bool,
}

impl Default for Gaussian {
    fn default() -> Self {
        Self {
            variance: 1.0,
            output: Output::default(),
            normalized: false,
        }
    }
}

impl Config for Gaussian {
    fn examples() -> Vec<Self> {
        let full = Self {
            variance: 0.1,
            output: Output::Identity,
            normalized: true,
        };
        vec![Self::default(), full]
    }

    fn check(&self, problems: &mut Problems) {
        let positive = self.variance.is_finite() && self.variance > 0.0;
        problems.require(positive, "variance", "must be a positive number");
    }
}

impl Build<dyn Term> for Gaussian {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for Gaussian {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let distance = self.output.distance(cx)?; // [B, pixels]
        let per_image = (distance.sqr()?.sum(1)? * (0.5 / self.variance))?; // [B]
        let constant = if self.normalized {
            0.5 * (std::f64::consts::TAU * self.variance).ln() * distance.dim(1)? as f64
        } else {
            0.0
        };
        Ok((per_image.mean_all()? + constant)?)
    }
}
