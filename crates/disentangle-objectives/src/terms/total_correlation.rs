//! Total correlation of the aggregate posterior, estimated on the batch.
//!
//! `TC(z) = KL(q(z) ‖ ∏_d q(z_d))`, from the decomposition of Chen et al. 2018, arXiv:1802.04942,
//! eq. 2. With `L[j, i, d] = ln q(z_jd|x_i)` minibatch weighted sampling (their appendix C.1) gives
//! `ln q(z_j) ≈ lse_i Σ_d L[j, i, d] − ln(B·N)` and `ln q(z_jd) ≈ lse_i L[j, i, d] − ln(B·N)`.
//! The constants move the value, not the gradient.
//!
//! β-TCVAE is `kl` with weight 1 beside this term with weight β − 1.

use candle_core::Tensor;
use disentangle_nn::numerics::log_sum_exp;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, StepCx};

/// How densities of the aggregate posterior are estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Minibatch weighted sampling.
    #[default]
    Mws,
}

/// Total correlation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TotalCorrelation {
    /// The estimator.
    pub estimator: Estimator,
}

impl Config for TotalCorrelation {
    fn examples() -> Vec<Self> {
        vec![Self {
            estimator: Estimator::Mws,
        }]
    }
}

impl Build<dyn Term> for TotalCorrelation {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for TotalCorrelation {
    fn needs(&self) -> Needs {
        Needs {
            gaussian_posterior: true,
            several_images: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let pairs = cx.log_density_pairs()?; // [B, B, D]
        let (batch, _, latents) = pairs.dims3()?;
        let joint = log_sum_exp(&pairs.sum(2)?)?; // [B]
        // `log_sum_exp` works on the last dimension.
        let marginals = log_sum_exp(&pairs.transpose(1, 2)?.contiguous()?)?.sum(1)?; // [B]
        let Estimator::Mws = self.estimator;
        let constant = (batch as f64 * cx.train_size as f64).ln();
        // One constant belongs to the joint, one to each marginal.
        let value = (joint - marginals)?.mean_all()?;
        Ok((value + constant * (latents as f64 - 1.0))?)
    }
}
