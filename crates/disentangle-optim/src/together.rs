//! Adam over all parameters at once, their moments one behind the other: on a GPU, one launch instead of one a parameter.
//!
//! What is saved is what [`Adam`] saves elsewhere, so that a run may go on on another device.

use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor, Var};
use disentangle_kernels::{AdamMoments, AdamParam, adam_step_all};
use disentangle_nn::StateDict;

use crate::{Adam, Error, Optimizer};

/// Parameters in f32 on one device, and their moments.
pub(crate) struct Together {
    config: Adam,
    step: u32,
    params: Vec<(String, Var)>,
    moments: AdamMoments,
}

impl Together {
    /// Takes parameters, at least one.
    pub(crate) fn new(config: Adam, params: Vec<(String, Var)>) -> Result<Self, Error> {
        let len = params.iter().map(|(_, var)| var.elem_count()).sum();
        let device = params.first().map_or(&Device::Cpu, |(_, var)| var.device());
        Ok(Self {
            config,
            step: 0,
            moments: AdamMoments::new(len, device)?,
            params,
        })
    }

    /// Calls with each parameter and where it begins in the moments.
    fn each(
        &self,
        mut call: impl FnMut(&str, &Var, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut start = 0;
        for (name, var) in &self.params {
            call(name, var, start)?;
            start += var.elem_count();
        }
        Ok(())
    }
}

impl Optimizer for Together {
    fn step(&mut self, gradients: &GradStore, lr: f64) -> Result<(), Error> {
        self.step += 1;
        let hyper = self.config.hyper(lr, self.step);
        let params = self.params.iter().map(|(_, var)| AdamParam {
            var,
            grad: gradients.get(var),
        });
        let params: Vec<_> = params.collect();
        Ok(adam_step_all(&params, &self.moments, hyper)?)
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.insert("step", Tensor::new(self.step, &Device::Cpu)?);
        self.each(|name, var, start| {
            let kinds = [
                ("first", &self.moments.first),
                ("second", &self.moments.second),
            ];
            for (kind, moment) in kinds {
                let slice = moment.narrow(0, start, var.elem_count())?;
                // A copy: the moments change in place.
                state.insert(
                    format!("{kind}.{name}"),
                    slice.copy()?.reshape(var.shape())?,
                );
            }
            Ok(())
        })?;
        Ok(state)
    }

    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        if let Some(step) = state.get("step") {
            self.step = step.to_scalar()?;
        }
        self.each(|name, var, start| {
            let kinds = [
                ("first", &self.moments.first),
                ("second", &self.moments.second),
            ];
            for (kind, moment) in kinds {
                if let Some(saved) = state.get(&format!("{kind}.{name}")) {
                    let saved = saved.to_dtype(var.dtype())?.to_device(var.device())?;
                    moment.slice_set(&saved.flatten_all()?.contiguous()?, 0, start)?;
                }
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::DType;
    use disentangle_nn::ParamStore;
    use disentangle_registry::Build as _;
    use disentangle_seeds::Seeds;

    use super::*;

    /// A store of three parameters, the last of which gets no gradient.
    fn store() -> ParamStore {
        let store = ParamStore::new(Seeds::new(3), DType::F32, &Device::Cpu);
        let init = candle_nn::Init::Uniform { lo: -1.0, up: 1.0 };
        for (name, shape) in [("a", &[2, 3][..]), ("b", &[4]), ("c", &[1])] {
            store.trainable().get_with_hints(shape, name, init).unwrap();
        }
        store
    }

    fn gradients(store: &ParamStore) -> GradStore {
        let vars = store.vars();
        let sum = |var: &Var| var.sqr().unwrap().sum_all().unwrap();
        (sum(&vars[0].1) + sum(&vars[1].1))
            .unwrap()
            .backward()
            .unwrap()
    }

    fn assert_same(one: &ParamStore, other: &ParamStore) {
        for ((name, a), (_, b)) in one.vars().iter().zip(&other.vars()) {
            let difference = (a.as_tensor() - b.as_tensor()).unwrap().abs().unwrap();
            let difference: f32 = difference
                .flatten_all()
                .unwrap()
                .max(0)
                .unwrap()
                .to_scalar()
                .unwrap();
            // 1e-6: roundings of weights below 1.
            assert!(difference < 1e-6, "{name} {difference}");
        }
    }

    #[test]
    fn all_parameters_move_as_each_would_and_go_on_from_what_the_other_saved() {
        let (one, other) = (store(), store());
        let mut apart = Adam::default().build(&one).unwrap();
        let mut together = Together::new(Adam::default(), other.vars()).unwrap();
        for _ in 0..3 {
            apart.step(&gradients(&one), 0.1).unwrap();
            together.step(&gradients(&other), 0.1).unwrap();
        }
        assert_same(&one, &other);
        let mut resumed = Together::new(Adam::default(), other.vars()).unwrap();
        resumed.load(&apart.state().unwrap()).unwrap();
        apart.load(&together.state().unwrap()).unwrap();
        apart.step(&gradients(&one), 0.1).unwrap();
        resumed.step(&gradients(&other), 0.1).unwrap();
        assert_same(&one, &other);
    }
}
