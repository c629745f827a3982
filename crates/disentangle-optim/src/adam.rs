//! Adam, in PyTorch's form.
//!
//! `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`,
//! `θ ← θ − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`.
//! Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; `ε` outside the corrected root as in
//! `torch.optim.Adam`. In f32 one kernel does it all in place: of a parameter on the CPU, of all
//! parameters at once on CUDA. Elsewhere candle's operations do.

use candle_core::{DType, Device, Tensor};
use disentangle_kernels::AdamHyper;
use disentangle_nn::ParamStore;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fused::Fused;
use crate::rule::{At, Rule, Running};
use crate::together::Together;
use crate::{Error, Optimizer};

/// Adam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Adam {
    /// Decay of the first moment, in `[0, 1)`.
    pub beta1: f64,
    /// Decay of the second moment, in `[0, 1)`.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
        }
    }
}

impl Adam {
    /// What a step of the kernels takes at this rate; the first step is 1.
    pub(crate) fn hyper(&self, lr: f64, step: u32) -> AdamHyper {
        let &Self { beta1, beta2, eps } = self;
        AdamHyper {
            lr,
            beta1,
            beta2,
            eps,
            step: step.into(),
        }
    }
}

impl Config for Adam {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        let unit = |x: f64| (0.0..1.0).contains(&x);
        problems.require(unit(self.beta1), "beta1", "must lie in [0, 1)");
        problems.require(unit(self.beta2), "beta2", "must lie in [0, 1)");
        problems.require(self.eps > 0.0, "eps", "must be positive");
    }
}

impl Build<dyn Optimizer> for Adam {
    fn build(&self, store: &ParamStore) -> Result<Box<dyn Optimizer>, Error> {
        let vars = store.vars();
        let single = vars.iter().all(|(_, var)| var.dtype() == DType::F32);
        let all = |on: fn(&Device) -> bool| vars.iter().all(|(_, var)| on(var.device()));
        if single && !vars.is_empty() && all(Device::is_cuda) {
            return Ok(Box::new(Together::new(self.clone(), vars)?));
        }
        if single && all(Device::is_cpu) {
            return Ok(Box::new(Fused::new(self.clone(), vars)));
        }
        Ok(Box::new(Running::new(self.clone(), store)?))
    }
}

impl Rule for Adam {
    fn buffers(&self) -> Vec<&'static str> {
        vec!["first", "second"]
    }

    fn step(&self, at: &At<'_>, buffers: &mut [Tensor]) -> candle_core::Result<Tensor> {
        at.value - self.change(at, buffers)?
    }
}

impl Adam {
    /// Moves the moments, and returns what the step takes from the parameter.
    pub(crate) fn change(
        &self,
        at: &At<'_>,
        moments: &mut [Tensor],
    ) -> candle_core::Result<Tensor> {
        let [first, second] = moments else {
            candle_core::bail!("Adam remembers two tensors a parameter");
        };
        let correction = |beta: f64| 1.0 - beta.powf(f64::from(at.step));
        *first = ((&*first * self.beta1)? + (at.gradient * (1.0 - self.beta1))?)?;
        *second = ((&*second * self.beta2)? + (at.gradient.sqr()? * (1.0 - self.beta2))?)?;
        let root = (second.sqrt()? * (1.0 / correction(self.beta2).sqrt()))?;
        let rate = at.lr / correction(self.beta1);
        (&*first / (root + self.eps)?)? * rate
    }
}
