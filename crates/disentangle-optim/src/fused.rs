//! Adam of f32 parameters in the host's memory, each by one kernel in place.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use disentangle_kernels::{AdamState, adam_step};
use disentangle_nn::StateDict;

use crate::{Adam, Error, Optimizer};

/// Parameters in f32 on the CPU, and their moments.
pub(crate) struct Fused {
    config: Adam,
    step: u32,
    slots: Vec<Slot>,
}

/// A parameter and its moments.
struct Slot {
    name: String,
    var: Var,
    moments: AdamState,
}

impl Fused {
    pub(crate) fn new(config: Adam, params: Vec<(String, Var)>) -> Self {
        let slot = |(name, var): (String, Var)| Slot {
            moments: AdamState::new(var.elem_count()),
            name,
            var,
        };
        Self {
            config,
            step: 0,
            slots: params.into_iter().map(slot).collect(),
        }
    }
}

impl Optimizer for Fused {
    fn step(&mut self, gradients: &GradStore, lr: f64) -> Result<(), Error> {
        self.step += 1;
        let hyper = self.config.hyper(lr, self.step);
        for Slot { var, moments, .. } in &mut self.slots {
            match gradients.get(&*var) {
                Some(gradient) => adam_step(var, gradient, moments, hyper)?,
                None => adam_step(var, &var.zeros_like()?, moments, hyper)?,
            }
        }
        Ok(())
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.insert("step", Tensor::new(self.step, &Device::Cpu)?);
        for Slot { name, var, moments } in &self.slots {
            for (kind, moment) in [("first", &moments.m), ("second", &moments.v)] {
                let moment = Tensor::from_slice(moment, var.shape(), &Device::Cpu)?;
                state.insert(format!("{kind}.{name}"), moment);
            }
        }
        Ok(state)
    }

    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        if let Some(step) = state.get("step") {
            self.step = step.to_scalar()?;
        }
        for Slot { name, var, moments } in &mut self.slots {
            for (kind, moment) in [("first", &mut moments.m), ("second", &mut moments.v)] {
                if let Some(saved) = state.get(&format!("{kind}.{name}")) {
                    let saved = saved.to_dtype(var.dtype())?.to_device(var.device())?;
                    *moment = saved.flatten_all()?.to_vec1()?;
                }
            }
        }
        Ok(())
    }
}
