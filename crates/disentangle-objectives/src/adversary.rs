//! A network that a term owns: it learns in `update`, and `loss` sees it as it is.
//!
//! The network's parameters have a store, an optimizer and a learning rate of their own. `judge` lends
//! them detached, so that no gradient of the model's loss reaches them; `judge_to_learn` lends them
//! trainable, and what it judges must be detached, so that no gradient of theirs reaches the model.
//! Their random streams are `init/terms.<entry>.<parameter>`.

use candle_core::{Device, Tensor};
use disentangle_architectures::{Discriminator, DiscriminatorConfig, DiscriminatorCx};
use disentangle_nn::{Initialization, ParamStore, Params, StateDict};
use disentangle_optim::{Adam, Optimizer, OptimizerConfig};
use disentangle_registry::{Build, Config, Problems};
use disentangle_schedulers::{LearningRate, LrScheduler};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, TermCx};

/// A term's own network and how it learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdversaryConfig {
    /// The network.
    pub network: DiscriminatorConfig,
    /// How its weights begin.
    pub initialization: Initialization,
    /// How it learns.
    pub optimizer: OptimizerConfig,
    /// How fast it learns; `plateau` listens to the mean objective of the epoch.
    pub lr: LearningRate,
}

/// The discriminator of Kim & Mnih 2018, arXiv:1802.05983, appendix B.
impl Default for AdversaryConfig {
    fn default() -> Self {
        let adam = Adam {
            beta1: 0.5,
            beta2: 0.9,
            ..Adam::default()
        };
        Self {
            network: DiscriminatorConfig::default(),
            initialization: Initialization::default(),
            optimizer: adam.into(),
            lr: 1e-4.into(),
        }
    }
}

impl Config for AdversaryConfig {
    fn examples() -> Vec<Self> {
        let of = |network| Self {
            network,
            ..Self::default()
        };
        DiscriminatorConfig::examples()
            .into_iter()
            .map(of)
            .collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("network", |p| self.network.check(p));
        problems.within("optimizer", |p| self.optimizer.check(p));
        problems.within("lr", |p| self.lr.check(p));
    }
}

/// A term's own network, ready to judge and to learn.
pub struct Adversary {
    store: ParamStore,
    path: String,
    learning: Box<dyn Discriminator>,
    fixed: Box<dyn Discriminator>,
    optimizer: Box<dyn Optimizer>,
    lr: Box<dyn LrScheduler>,
}

impl Adversary {
    /// Builds the network of the entry `cx.name` from `inputs` numbers to `classes` logits.
    ///
    /// # Errors
    /// If a part cannot be built.
    pub fn new(
        config: &AdversaryConfig,
        cx: &TermCx,
        inputs: usize,
        classes: usize,
    ) -> Result<Self, Error> {
        let store = ParamStore::new(cx.seeds, cx.dtype, &cx.device);
        let path = format!("terms.{}", cx.name);
        let network = |params: &Params| {
            let params = params.pp(&path);
            config.network.build(&DiscriminatorCx {
                inputs,
                classes,
                params,
            })
        };
        let learning = network(&Params::new(store.trainable(), config.initialization))?;
        let fixed = network(&Params::new(store.detached(), config.initialization))?;
        Ok(Self {
            optimizer: config.optimizer.build(&store)?,
            lr: config.lr.build()?,
            learning,
            fixed,
            path,
            store,
        })
    }

    /// Returns the logits `[B, classes]` of `x` `[B, inputs]`, differentiable in `x` alone.
    ///
    /// # Errors
    /// If `x` has another width.
    pub fn judge(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(self.fixed.forward(x)?)
    }

    /// Returns the logits `[B, classes]` of `x` `[B, inputs]`, differentiable in the network alone.
    ///
    /// # Errors
    /// If `x` has another width.
    pub fn judge_to_learn(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(self.learning.forward(&x.detach())?)
    }

    /// Takes one step down a loss `[]` of what [`judge_to_learn`](Self::judge_to_learn) said.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn learn(&mut self, loss: &Tensor, step: u64) -> Result<(), Error> {
        Ok(self.optimizer.step(&loss.backward()?, self.lr.at(step))?)
    }

    /// Returns the learning rate at a step.
    pub fn lr(&self, step: u64) -> f64 {
        self.lr.at(step)
    }

    /// Takes in the mean objective of an epoch that has just ended.
    pub fn end_of_epoch(&mut self, mean_objective: f64) {
        self.lr.end_of_epoch(mean_objective);
    }

    /// Returns `network.*`, `optimizer.*` and, if the learning rate has a memory, `lr`.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        let strip = |mut inner: StateDict| inner.split_off(&self.path);
        state.extend_under("network", strip(self.store.state()));
        state.extend_under("optimizer", self.optimizer.state()?);
        let lr = self.lr.state().to_numbers();
        if !lr.is_empty() {
            state.insert("lr", Tensor::from_vec(lr.clone(), lr.len(), &Device::Cpu)?);
        }
        Ok(state)
    }

    /// Goes on from a saved state, strictly.
    ///
    /// # Errors
    /// If a tensor is missing, extra or of another shape.
    pub fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        let mut rest = state.clone();
        let mut network = StateDict::default();
        network.extend_under(&self.path, rest.split_off("network"));
        self.store.load(&network)?;
        self.optimizer.load(&rest.split_off("optimizer"))?;
        if let Some(numbers) = rest.get("lr") {
            let lr = self.lr.state().with_numbers(&numbers.to_vec1()?)?;
            self.lr.load(lr)?;
        }
        Ok(())
    }
}
