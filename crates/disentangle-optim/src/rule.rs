//! The part that optimizers share: a parameter, its buffers, and a rule that moves both.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use disentangle_nn::{ParamStore, StateDict};

use crate::{Error, Optimizer};

/// How one parameter moves.
pub(crate) trait Rule: Send {
    /// Names of the tensors it remembers a parameter, all zero at the start.
    fn buffers(&self) -> Vec<&'static str>;

    /// Returns the parameter's next value and moves its buffers, in the order of their names.
    fn step(&self, at: &At<'_>, buffers: &mut [Tensor]) -> candle_core::Result<Tensor>;
}

/// Where a parameter is.
pub(crate) struct At<'a> {
    /// Its value, without a graph.
    pub(crate) value: &'a Tensor,
    /// Its gradient.
    pub(crate) gradient: &'a Tensor,
    /// The learning rate.
    pub(crate) lr: f64,
    /// Steps taken, with this one.
    pub(crate) step: u32,
}

/// Parameters under a rule.
pub(crate) struct Running<R> {
    rule: R,
    step: u32,
    slots: Vec<Slot>,
}

struct Slot {
    name: String,
    var: Var,
    buffers: Vec<Tensor>,
}

impl<R: Rule> Running<R> {
    pub(crate) fn new(rule: R, store: &ParamStore) -> Result<Self, Error> {
        let count = rule.buffers().len();
        let slot = |(name, var): (String, Var)| -> Result<Slot, Error> {
            let buffers = vec![var.zeros_like()?; count];
            Ok(Slot { name, var, buffers })
        };
        let slots = store.vars().into_iter().map(slot);
        Ok(Self {
            step: 0,
            slots: slots.collect::<Result<_, _>>()?,
            rule,
        })
    }
}

impl<R: Rule> Optimizer for Running<R> {
    fn step(&mut self, gradients: &GradStore, lr: f64) -> Result<(), Error> {
        self.step += 1;
        for slot in &mut self.slots {
            let zero = match gradients.get(&slot.var) {
                Some(_) => None,
                None => Some(slot.var.zeros_like()?),
            };
            let Some(gradient) = gradients.get(&slot.var).or(zero.as_ref()) else {
                continue;
            };
            let at = At {
                value: &slot.var.as_detached_tensor(),
                gradient: &gradient.detach(),
                lr,
                step: self.step,
            };
            slot.var.set(&self.rule.step(&at, &mut slot.buffers)?)?;
        }
        Ok(())
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.insert("step", Tensor::new(self.step, &Device::Cpu)?);
        for slot in &self.slots {
            for (kind, buffer) in self.rule.buffers().iter().zip(&slot.buffers) {
                state.insert(format!("{kind}.{}", slot.name), buffer.clone());
            }
        }
        Ok(state)
    }

    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        if let Some(step) = state.get("step") {
            self.step = step.to_scalar()?;
        }
        for slot in &mut self.slots {
            for (kind, buffer) in self.rule.buffers().iter().zip(&mut slot.buffers) {
                if let Some(saved) = state.get(&format!("{kind}.{}", slot.name)) {
                    let saved = saved.to_dtype(slot.var.dtype())?;
                    *buffer = saved.to_device(slot.var.device())?;
                }
            }
        }
        Ok(())
    }
}
