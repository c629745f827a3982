//! Adam, in PyTorch's form.
//!
//! `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`,
//! `θ ← θ − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`.
//! Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; `ε` outside the corrected root as in
//! `torch.optim.Adam`.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use disentangle_nn::{ParamStore, StateDict};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        let slot = |(name, var): (String, Var)| -> Result<Slot, Error> {
            let zeros = var.zeros_like()?;
            Ok(Slot {
                name,
                first: zeros.clone(),
                second: zeros,
                var,
            })
        };
        Ok(Box::new(Running {
            config: self.clone(),
            step: 0,
            slots: store
                .vars()
                .into_iter()
                .map(slot)
                .collect::<Result<_, _>>()?,
        }))
    }
}

struct Running {
    config: Adam,
    step: u32,
    slots: Vec<Slot>,
}

/// A parameter and its moments.
struct Slot {
    name: String,
    var: Var,
    first: Tensor,
    second: Tensor,
}

impl Optimizer for Running {
    fn step(&mut self, gradients: &GradStore, lr: f64) -> Result<(), Error> {
        self.step += 1;
        let Adam { beta1, beta2, eps } = self.config;
        let correction = |beta: f64| 1.0 - beta.powf(f64::from(self.step));
        let rate = lr / correction(beta1);
        let root = correction(beta2).sqrt();
        for slot in &mut self.slots {
            slot.first = (&slot.first * beta1)?;
            slot.second = (&slot.second * beta2)?;
            if let Some(gradient) = gradients.get(&slot.var) {
                slot.first = (&slot.first + (gradient * (1.0 - beta1))?)?;
                slot.second = (&slot.second + (gradient.sqr()? * (1.0 - beta2))?)?;
            }
            let denominator = ((slot.second.sqrt()? / root)? + eps)?;
            let change = ((&slot.first / denominator)? * rate)?;
            slot.var.set(&slot.var.as_detached_tensor().sub(&change)?)?;
        }
        Ok(())
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.insert("step", Tensor::new(self.step, &Device::Cpu)?);
        for slot in &self.slots {
            state.insert(format!("first.{}", slot.name), slot.first.clone());
            state.insert(format!("second.{}", slot.name), slot.second.clone());
        }
        Ok(state)
    }

    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        for (name, tensor) in state.iter() {
            if name == "step" {
                self.step = tensor.to_scalar()?;
            }
        }
        for slot in &mut self.slots {
            for (kind, moment) in [("first", &mut slot.first), ("second", &mut slot.second)] {
                if let Some(saved) = state.get(&format!("{kind}.{}", slot.name)) {
                    *moment = saved
                        .to_dtype(slot.var.dtype())?
                        .to_device(slot.var.device())?;
                }
            }
        }
        Ok(())
    }
}
