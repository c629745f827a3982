//! Total correlation of the aggregate posterior, estimated on the batch.
//!
//! `TC(z) = KL(q(z) ‖ ∏_d q(z_d)) ≈ mean_j(ln q(z_j) − Σ_d ln q(z_jd))`, from the decomposition
//! `KL = MI + TC + DWKL` of Chen et al. 2018, arXiv:1802.04942, eq. 2. The densities are those of
//! [`Estimator`].
//!
//! β-TCVAE is `kl` with weight 1 beside this term with weight β − 1, or `mutual_information`, this term
//! and `dimension_kl` with the weights α, β, γ.

use candle_core::Tensor;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Estimator, Needs, Scalars, StepCx};

/// Total correlation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TotalCorrelation {
    /// The estimator.
    pub estimator: Estimator,
}

impl Config for TotalCorrelation {
    fn examples() -> Vec<Self> {
        Estimator::ALL.map(|estimator| Self { estimator }).into()
    }
}

impl Build<dyn Term> for TotalCorrelation {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for TotalCorrelation {
    fn needs(&self) -> Needs {
        Needs::of_estimator(self.estimator)
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let aggregate = cx.aggregate(self.estimator)?;
        Ok((&aggregate.joint - &aggregate.marginals)?.mean_all()?)
    }

    fn scalars(&self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        Ok(Scalars::one(self.estimator.name(), &self.loss(cx)?))
    }
}
