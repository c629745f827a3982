//! Adam, in PyTorch's form.
//!
//! `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`,
//! `θ ← θ − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`.
//! Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; `ε` outside the corrected root as in
//! `torch.optim.Adam`. In f32 one kernel does it all in place: of a parameter on the CPU, of all
//! parameters at once on CUDA. Elsewhere candle's operations do.

use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Tensor, Var};
use disentangle_kernels::{AdamHyper, AdamState, adam_step};
use disentangle_nn::{ParamStore, StateDict};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// What a step at this rate takes; the first step is 1.
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
        let together =
            |(_, var): &(String, Var)| var.device().is_cuda() && var.dtype() == DType::F32;
        if !vars.is_empty() && vars.iter().all(together) {
            return Ok(Box::new(Together::new(self.clone(), vars)?));
        }
        let slot = |(name, var): (String, Var)| -> Result<Slot, Error> {
            let moments = Moments::zeros(&var)?;
            Ok(Slot { name, var, moments })
        };
        Ok(Box::new(Running {
            config: self.clone(),
            step: 0,
            slots: vars.into_iter().map(slot).collect::<Result<_, _>>()?,
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
    moments: Moments,
}

/// Running means of the gradient and of its square.
enum Moments {
    /// Of an f32 parameter in the host's memory.
    Fused(AdamState),
    Tensors(Tensor, Tensor),
}

impl Moments {
    fn zeros(var: &Var) -> Result<Self, Error> {
        if var.device().is_cpu() && var.dtype() == DType::F32 {
            return Ok(Self::Fused(AdamState::new(var.elem_count())));
        }
        let zeros = var.zeros_like()?;
        Ok(Self::Tensors(zeros.clone(), zeros))
    }

    /// The first and the second moment in the shape of the parameter.
    fn tensors(&self, var: &Var) -> Result<[Tensor; 2], Error> {
        let tensor = |moment: &[f32]| Tensor::from_slice(moment, var.shape(), &Device::Cpu);
        Ok(match self {
            Self::Fused(state) => [tensor(&state.m)?, tensor(&state.v)?],
            Self::Tensors(first, second) => [first.clone(), second.clone()],
        })
    }

    /// Takes saved moments, whose shapes have been checked.
    fn load(&mut self, first: &Tensor, second: &Tensor, var: &Var) -> Result<(), Error> {
        let moved = |moment: &Tensor| moment.to_dtype(var.dtype())?.to_device(var.device());
        let [first, second] = [moved(first)?, moved(second)?];
        match self {
            Self::Fused(state) => {
                state.m = first.flatten_all()?.to_vec1()?;
                state.v = second.flatten_all()?.to_vec1()?;
            }
            Self::Tensors(into_first, into_second) => {
                (*into_first, *into_second) = (first, second);
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        var: &Var,
        gradient: Option<&Tensor>,
        hyper: AdamHyper,
    ) -> Result<(), Error> {
        let (first, second) = match self {
            Self::Fused(state) => {
                let zero;
                let gradient = match gradient {
                    Some(gradient) => gradient,
                    None => {
                        zero = var.zeros_like()?;
                        &zero
                    }
                };
                return Ok(adam_step(var, gradient, state, hyper)?);
            }
            Self::Tensors(first, second) => (first, second),
        };
        let AdamHyper { beta1, beta2, .. } = hyper;
        let correction = |beta: f64| 1.0 - beta.powf(hyper.step as f64);
        *first = (&*first * beta1)?;
        *second = (&*second * beta2)?;
        if let Some(gradient) = gradient {
            *first = (&*first + (gradient * (1.0 - beta1))?)?;
            *second = (&*second + (gradient.sqr()? * (1.0 - beta2))?)?;
        }
        let denominator = ((second.sqrt()? / correction(beta2).sqrt())? + hyper.eps)?;
        let change = ((&*first / denominator)? * (hyper.lr / correction(beta1)))?;
        Ok(var.set(&var.as_detached_tensor().sub(&change)?)?)
    }
}

impl Optimizer for Running {
    fn step(&mut self, gradients: &GradStore, lr: f64) -> Result<(), Error> {
        self.step += 1;
        let hyper = self.config.hyper(lr, self.step);
        for Slot { var, moments, .. } in &mut self.slots {
            moments.step(var, gradients.get(&*var), hyper)?;
        }
        Ok(())
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.insert("step", Tensor::new(self.step, &Device::Cpu)?);
        for slot in &self.slots {
            let [first, second] = slot.moments.tensors(&slot.var)?;
            state.insert(format!("first.{}", slot.name), first);
            state.insert(format!("second.{}", slot.name), second);
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
        for Slot { name, var, moments } in &mut self.slots {
            let saved = |kind: &str| state.get(&format!("{kind}.{name}"));
            if let Some((first, second)) = saved("first").zip(saved("second")) {
                moments.load(first, second, var)?;
            }
        }
        Ok(())
    }
}
