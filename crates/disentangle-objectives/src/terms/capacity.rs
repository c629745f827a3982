//! Controlled capacity increase.
//!
//! `|KL − C(step)|`, KL the batch mean of the total, `C` a schedule in nats; the weight is γ.
//! Burgess et al. 2018, arXiv:1804.03599, eq. 8.

use candle_core::Tensor;
use disentangle_registry::{Build, Config, Problems};
use disentangle_schedulers::{Linear, NumberOr, Schedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, Scalars, StepCx};

/// The distance of the KL divergence from a moving target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// The target C, in nats.
    pub capacity: Schedule,
}

impl Config for Capacity {
    fn examples() -> Vec<Self> {
        let ramp = Linear {
            from: 0.0,
            to: 25.0,
            start: 0,
            steps: 2000,
        };
        vec![Self {
            capacity: NumberOr(ramp.into()),
        }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("capacity", |p| self.capacity.check_not_negative(p));
    }
}

impl Build<dyn Term> for Capacity {
    fn build(&self, _cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(self.clone()))
    }
}

impl Term for Capacity {
    fn needs(&self) -> Needs {
        Needs {
            gaussian_posterior: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let kl = cx.kl_per_latent()?.sum_all()?;
        Ok((kl - self.capacity.at(cx.step))?.abs()?)
    }

    fn scalars(&self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        let mut scalars = Scalars::default();
        let target = Tensor::new(self.capacity.at(cx.step), &candle_core::Device::Cpu)?;
        scalars.insert("capacity", &target);
        Ok(scalars)
    }
}
