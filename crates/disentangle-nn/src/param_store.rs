//! The parameters of a model: named, in name order, each drawn from the stream of its own name.
//!
//! Stands in for candle's `VarMap`, whose order is random and whose draws cannot be seeded on a CPU.
//! It is a candle-nn `SimpleBackend`, so every candle-nn layer can take its parameters from it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{DType, Device, Result, Shape, Tensor, Var, bail};
use candle_nn::init::{FanInOut, NonLinearity, NormalOrUniform};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};
use disentangle_seeds::{Seeds, Stream};

use crate::{Error, StateDict};

/// A shared set of named parameters; clones refer to the same parameters.
#[derive(Debug, Clone)]
pub struct ParamStore {
    seeds: Seeds,
    dtype: DType,
    device: Device,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl ParamStore {
    /// Makes an empty store whose parameters will be drawn from the seeds' `init/<name>` streams.
    pub fn new(seeds: Seeds, dtype: DType, device: &Device) -> Self {
        Self {
            seeds,
            dtype,
            device: device.clone(),
            vars: Arc::default(),
        }
    }

    /// Returns a builder whose layers track gradients.
    pub fn trainable(&self) -> VarBuilder<'static> {
        self.builder(false)
    }

    /// Returns a builder whose layers share the parameters' memory but record no graph.
    ///
    /// candle has no `no_grad`; a model built here follows every update and costs no graph.
    pub fn detached(&self) -> VarBuilder<'static> {
        self.builder(true)
    }

    fn builder(&self, detached: bool) -> VarBuilder<'static> {
        let backend = StoreBackend {
            store: self.clone(),
            detached,
        };
        VarBuilder::from_backend(Box::new(backend), self.dtype, self.device.clone())
    }

    /// Returns the parameters in name order.
    pub fn vars(&self) -> Vec<(String, Var)> {
        let vars = self.lock();
        vars.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Returns how many numbers the parameters hold together.
    pub fn count(&self) -> usize {
        self.lock().values().map(|var| var.elem_count()).sum()
    }

    /// Returns the parameters' values; they share memory with the parameters.
    pub fn state(&self) -> StateDict {
        let vars = self.lock();
        vars.iter()
            .map(|(name, var)| (name.clone(), var.as_detached_tensor()))
            .collect()
    }

    /// Sets every parameter; nothing is changed unless all names and shapes fit.
    ///
    /// # Errors
    /// If a name is missing or extra, or a shape differs.
    pub fn load(&self, state: &StateDict) -> std::result::Result<(), Error> {
        state.require_like(&self.state())?;
        let vars = self.lock();
        for (name, var) in vars.iter() {
            if let Some(value) = state.get(name) {
                // A copy, because a variable cannot be set to what shares its memory: its own state.
                let value = value.to_dtype(self.dtype)?.to_device(&self.device)?;
                var.set(&value.copy()?)?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Var>> {
        // A poisoned map is whole: it is only ever inserted into.
        self.vars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get_or_draw(&self, shape: &Shape, name: &str, init: Init, dtype: DType) -> Result<Var> {
        let mut vars = self.lock();
        if let Some(var) = vars.get(name) {
            if var.shape() != shape {
                bail!(
                    "parameter `{name}` has the shape {:?}, a layer asks for {shape:?}",
                    var.shape()
                );
            }
            return Ok(var.clone());
        }
        let mut stream = self.seeds.stream(&format!("init/{name}"), 0);
        let values = Tensor::from_vec(draw(&mut stream, shape, init), shape, &Device::Cpu)?;
        let var = Var::from_tensor(&values.to_dtype(dtype)?.to_device(&self.device)?)?;
        vars.insert(name.to_owned(), var.clone());
        Ok(var)
    }
}

/// Draws on the host, so that every device starts from the same numbers.
fn draw(stream: &mut Stream, shape: &Shape, init: Init) -> Vec<f32> {
    let mut fill = |draw: &mut dyn FnMut(&mut Stream) -> f64| {
        (0..shape.elem_count())
            .map(|_| draw(stream) as f32)
            .collect()
    };
    match init {
        Init::Const(value) => vec![value as f32; shape.elem_count()],
        Init::Randn { mean, stdev } => fill(&mut |s| mean + stdev * s.normal()),
        Init::Uniform { lo, up } => fill(&mut |s| lo + (up - lo) * s.uniform()),
        Init::Kaiming {
            dist,
            fan,
            non_linearity,
        } => {
            let std = gain(non_linearity) / (fan_of(fan, shape) as f64).sqrt();
            match dist {
                NormalOrUniform::Normal => fill(&mut |s| std * s.normal()),
                NormalOrUniform::Uniform => {
                    fill(&mut |s| 3f64.sqrt() * std * (2.0 * s.uniform() - 1.0))
                }
            }
        }
    }
}

/// PyTorch's gains; candle keeps its own private.
fn gain(non_linearity: NonLinearity) -> f64 {
    match non_linearity {
        NonLinearity::ReLU => 2f64.sqrt(),
        NonLinearity::Tanh => 5.0 / 3.0,
        NonLinearity::Linear | NonLinearity::Sigmoid => 1.0,
        NonLinearity::SELU => 0.75,
        NonLinearity::ExplicitGain(gain) => gain,
    }
}

fn fan_of(fan: FanInOut, shape: &Shape) -> usize {
    let dims = shape.dims();
    let receptive: usize = dims.iter().skip(2).product();
    match fan {
        FanInOut::FanIn => dims.get(1).copied().unwrap_or(1) * receptive,
        FanInOut::FanOut => dims.first().copied().unwrap_or(1) * receptive,
    }
}

struct StoreBackend {
    store: ParamStore,
    detached: bool,
}

impl StoreBackend {
    fn lend(&self, var: &Var) -> Tensor {
        if self.detached {
            var.as_detached_tensor()
        } else {
            var.as_tensor().clone()
        }
    }
}

impl SimpleBackend for StoreBackend {
    fn get(&self, s: Shape, name: &str, h: Init, dtype: DType, _: &Device) -> Result<Tensor> {
        let var = self.store.get_or_draw(&s, name, h, dtype)?;
        Ok(self.lend(&var))
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        match self.store.lock().get(name) {
            Some(var) => Ok(self.lend(var)),
            None => bail!("there is no parameter `{name}`"),
        }
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.store.lock().contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> ParamStore {
        ParamStore::new(Seeds::new(1), DType::F32, &Device::Cpu)
    }

    fn weight(store: &ParamStore, name: &str) -> Vec<f32> {
        let init = Init::Uniform { lo: -1.0, up: 1.0 };
        let tensor = store.trainable().get_with_hints(4, name, init).unwrap();
        tensor.to_vec1().unwrap()
    }

    #[test]
    fn a_parameter_depends_on_its_name_not_on_its_neighbors() {
        let (alone, beside) = (store(), store());
        weight(&beside, "a");
        assert_eq!(weight(&alone, "b"), weight(&beside, "b"));
        assert_ne!(weight(&beside, "a"), weight(&beside, "b"));
    }

    #[test]
    fn detached_layers_follow_updates_without_a_graph() {
        let store = store();
        weight(&store, "w");
        let view = store.detached().get(4, "w").unwrap();
        assert!(!view.track_op());
        let ones = Tensor::ones(4, DType::F32, &Device::Cpu).unwrap();
        store.vars()[0].1.set(&ones).unwrap();
        assert_eq!(view.to_vec1::<f32>().unwrap(), [1.0; 4]);
    }

    #[test]
    fn a_store_can_load_its_own_state() {
        let store = store();
        let before = weight(&store, "w");
        store.load(&store.state()).unwrap();
        assert_eq!(weight(&store, "w"), before);
    }

    #[test]
    fn a_second_request_must_agree_on_the_shape() {
        let store = store();
        weight(&store, "w");
        let error = store.trainable().get(5, "w").unwrap_err().to_string();
        assert!(error.contains('w') && error.contains('5'), "{error}");
    }

    #[test]
    fn candle_nn_layers_can_be_built_on_it() {
        let store = store();
        let layer = candle_nn::linear(3, 2, store.trainable().pp("fc")).unwrap();
        assert_eq!(layer.weight().dims(), [2, 3]);
        let names: Vec<_> = store.vars().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["fc.bias", "fc.weight"]);
    }

    #[test]
    fn loading_is_all_or_nothing() {
        let store = store();
        let (a, b) = (weight(&store, "a"), weight(&store, "b"));
        let mut state: StateDict = store.state();
        state.insert("a", Tensor::zeros(4, DType::F32, &Device::Cpu).unwrap());
        state.insert("b", Tensor::zeros(5, DType::F32, &Device::Cpu).unwrap());
        assert!(store.load(&state).is_err());
        assert_eq!((weight(&store, "a"), weight(&store, "b")), (a, b));
    }
}
