//! Gradient descent with momentum, in PyTorch's form.
//!
//! `g ← g + λθ`, `b ← μb + g`, `θ ← θ − lr·b`, or `θ ← θ − lr·(g + μb)` with Nesterov's momentum
//! (Sutskever et al. 2013); as `torch.optim.SGD` without dampening.

use candle_core::Tensor;
use disentangle_nn::ParamStore;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rule::{At, Rule, Running};
use crate::{Error, Optimizer};

/// Gradient descent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sgd {
    /// Momentum μ, in `[0, 1)`.
    pub momentum: f64,
    /// Takes the gradient as if the momentum had already moved.
    pub nesterov: bool,
    /// Weight decay λ, through the gradient.
    pub weight_decay: f64,
}

impl Config for Sgd {
    fn examples() -> Vec<Self> {
        let full = Self {
            momentum: 0.9,
            nesterov: true,
            weight_decay: 0.1,
        };
        vec![Self::default(), full]
    }

    fn check(&self, problems: &mut Problems) {
        let unit = (0.0..1.0).contains(&self.momentum);
        problems.require(unit, "momentum", "must lie in [0, 1)");
        let moving = !self.nesterov || self.momentum > 0.0;
        problems.require(moving, "nesterov", "needs a momentum above 0");
        let decay = self.weight_decay.is_finite() && self.weight_decay >= 0.0;
        problems.require(decay, "weight_decay", "must not be negative");
    }
}

impl Build<dyn Optimizer> for Sgd {
    fn build(&self, store: &ParamStore) -> Result<Box<dyn Optimizer>, Error> {
        Ok(Box::new(Running::new(self.clone(), store)?))
    }
}

impl Rule for Sgd {
    fn buffers(&self) -> Vec<&'static str> {
        if self.momentum == 0.0 {
            Vec::new()
        } else {
            vec!["momentum"]
        }
    }

    fn step(&self, at: &At<'_>, buffers: &mut [Tensor]) -> candle_core::Result<Tensor> {
        let gradient = (at.gradient + (at.value * self.weight_decay)?)?;
        let direction = match buffers.first_mut() {
            None => gradient,
            Some(momentum) => {
                *momentum = ((&*momentum * self.momentum)? + &gradient)?;
                if self.nesterov {
                    (gradient + (&*momentum * self.momentum)?)?
                } else {
                    momentum.clone()
                }
            }
        };
        at.value - (direction * at.lr)?
    }
}
