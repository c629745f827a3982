//! AdamW, in PyTorch's form: Adam whose weights decay by themselves, not through the gradient.
//!
//! `θ ← θ·(1 − lr·λ)`, then Adam's step on the gradient alone. Loshchilov & Hutter 2019,
//! arXiv:1711.05101, algorithm 2, with the schedule in the learning rate, as `torch.optim.AdamW`.

use candle_core::Tensor;
use disentangle_nn::ParamStore;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{At, Rule, Running};
use crate::{Adam, Error, Optimizer};

/// Adam with decoupled weight decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdamW {
    /// Decay of the first moment, in `[0, 1)`.
    pub beta1: f64,
    /// Decay of the second moment, in `[0, 1)`.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Decay λ of the weights, a share of the learning rate.
    pub weight_decay: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.01,
        }
    }
}

impl AdamW {
    /// The step but for the decay.
    fn adam(&self) -> Adam {
        let &Self {
            beta1, beta2, eps, ..
        } = self;
        Adam { beta1, beta2, eps }
    }
}

impl Config for AdamW {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        self.adam().check(problems);
        let decay = self.weight_decay.is_finite() && self.weight_decay >= 0.0;
        problems.require(decay, "weight_decay", "must not be negative");
    }
}

impl Build<dyn Optimizer> for AdamW {
    fn build(&self, store: &ParamStore) -> Result<Box<dyn Optimizer>, Error> {
        Ok(Box::new(Running::new(self.clone(), store)?))
    }
}

impl Rule for AdamW {
    fn buffers(&self) -> Vec<&'static str> {
        self.adam().buffers()
    }

    fn step(&self, at: &At<'_>, buffers: &mut [Tensor]) -> candle_core::Result<Tensor> {
        let change = self.adam().change(at, buffers)?;
        (at.value * (1.0 - at.lr * self.weight_decay))? - change
    }
}
