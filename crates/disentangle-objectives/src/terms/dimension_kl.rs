//! Dimension-wise divergence of the aggregate posterior from the prior, estimated on the batch.
//!
//! `DWKL = Σ_d KL(q(z_d) ‖ p(z_d)) ≈ mean_j(Σ_d ln q(z_jd) − ln p(z_j))`, the last part of
//! `KL = MI + TC + DWKL`. Chen et al. 2018, arXiv:1802.04942, eq. 2; the weight is their γ. The
//! densities are those of [`Estimator`].

use candle_core::Tensor;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Estimator, Needs, Scalars, StepCx};

/// Dimension-wise divergence from the prior.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DimensionKl {
    /// The estimator.
    pub estimator: Estimator,
}

impl Config for DimensionKl {
    fn examples() -> Vec<Self> {
        Estimator::ALL.map(|estimator| Self { estimator }).into()
    }
}

impl Build<dyn Term> for DimensionKl {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for DimensionKl {
    fn needs(&self) -> Needs {
        Needs::of_estimator(self.estimator)
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let prior = cx.log_prior()?; // [B]
        let aggregate = cx.aggregate(self.estimator)?;
        Ok((&aggregate.marginals - prior)?.mean_all()?)
    }

    fn scalars(&self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        Ok(Scalars::one(self.estimator.name(), &self.loss(cx)?))
    }
}
