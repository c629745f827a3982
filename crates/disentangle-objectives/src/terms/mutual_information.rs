//! Mutual information between an image's index and its latents, estimated on the batch.
//!
//! `MI = E[ln q(z|x) − ln q(z)]`, the first part of `KL = MI + TC + DWKL`. Chen et al. 2018,
//! arXiv:1802.04942, eq. 2; the weight is their α. `ln q(z)` is that of [`Estimator`].

use candle_core::Tensor;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::aggregate::log_posterior;
use crate::{Error, Estimator, Needs, Scalars, StepCx};

/// Mutual information of images and latents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MutualInformation {
    /// The estimator.
    pub estimator: Estimator,
}

impl Config for MutualInformation {
    fn examples() -> Vec<Self> {
        Estimator::ALL.map(|estimator| Self { estimator }).into()
    }
}

impl Build<dyn Term> for MutualInformation {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for MutualInformation {
    fn needs(&self) -> Needs {
        Needs::of_estimator(self.estimator)
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let conditional = log_posterior(cx.forward.latents.tensor(), cx.gaussian()?)?; // [B]
        let aggregate = cx.aggregate(self.estimator)?;
        Ok((conditional - &aggregate.joint)?.mean_all()?)
    }

    fn scalars(&self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        Ok(Scalars::one(self.estimator.name(), &self.loss(cx)?))
    }
}
