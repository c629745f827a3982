//! Batches of a data set, each a pure function of (seed, step).
//!
//! Nothing has to be saved to resume: step s of a run that was interrupted sees the images that it would
//! have seen. disentanglement-pytorch replays the same order each epoch; here epochs differ.

mod batches;
mod order;

use std::sync::Arc;

use disentangle_registry::{Config, Problems};
use disentangle_seeds::Seeds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::Error;
use crate::factor_space::FactorSpace;

pub use self::batches::Batches;
use self::order::Order;
pub use self::order::Sampling;

/// How batches are drawn from a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoaderConfig {
    /// Images in a batch.
    pub batch_size: usize,
    /// Whether an image may come again before all others have come.
    pub sampling: Sampling,
    /// Whether each batch comes with a second one, drawn independently (FactorVAE needs it).
    pub second_batch: bool,
    /// Batches that are made ahead of use on a thread; 0 makes each when it is asked for.
    pub prefetch: usize,
}

impl Default for LoaderConfig {
    fn default() -> Self {
        Self {
            batch_size: 64,
            sampling: Sampling::Epochs,
            second_batch: false,
            prefetch: 2,
        }
    }
}

impl Config for LoaderConfig {
    fn examples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                sampling: Sampling::WithReplacement,
                second_batch: true,
                ..Self::default()
            },
        ]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(self.batch_size > 0, "batch_size", "must be at least 1");
        let most = "must be at most 1024: each takes a batch of memory";
        problems.require(self.prefetch <= 1024, "prefetch", most);
    }
}

/// A batch on the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostBatch {
    /// The images' indices in the data set `[B]`.
    pub indices: Vec<usize>,
    /// The images `[B, H, W, C]`, `0..=255`; empty if the loader makes none.
    pub images: Vec<u8>,
    /// The images' class indices `[B, K]`; empty if there are no labels.
    pub factors: Vec<u32>,
    /// A second, independent batch, if the loader makes one; it has none of its own.
    pub second: Option<Box<HostBatch>>,
}

/// Draws batches; clones share the data set and what is remembered of the current epoch.
#[derive(Clone)]
pub struct Loader {
    dataset: Arc<dyn Dataset>,
    config: LoaderConfig,
    first: Arc<Order>,
    second: Option<Arc<Order>>,
    reads_images: bool,
}

impl Loader {
    /// Makes a loader; random numbers come from the purposes `shuffle` and `shuffle/second`.
    ///
    /// # Errors
    /// If the config is invalid, the data set is empty, a batch without replacement is larger than the
    /// data set, or images cannot be drawn by their weights.
    pub fn new(
        dataset: Arc<dyn Dataset>,
        config: LoaderConfig,
        seeds: Seeds,
    ) -> Result<Self, Error> {
        crate::datasets::checked(&config)?;
        let weights = dataset.weights()?;
        let sums = weights
            .as_deref()
            .map(order::sums)
            .transpose()?
            .map(Arc::new);
        let order = |purpose| {
            let (len, batch_size) = (dataset.len(), config.batch_size);
            let order = Order::new(len, batch_size, config.sampling, (seeds, purpose))?;
            Ok::<_, Error>(Arc::new(order.weighted(sums.clone())))
        };
        Ok(Self {
            first: order("shuffle")?,
            second: (config.second_batch)
                .then(|| order("shuffle/second"))
                .transpose()?,
            dataset,
            config,
            reads_images: true,
        })
    }

    /// Makes batches of indices and factors only, for whoever has the images already.
    pub fn without_images(self) -> Self {
        Self {
            reads_images: false,
            ..self
        }
    }

    /// Returns the data set.
    pub fn dataset(&self) -> &Arc<dyn Dataset> {
        &self.dataset
    }

    /// Returns the configuration.
    pub fn config(&self) -> &LoaderConfig {
        &self.config
    }

    /// Returns the number of whole batches in the data set; the rest of an epoch is dropped.
    ///
    /// With replacement it is the same number, at least 1: an epoch then is only a unit of length.
    pub fn batches_per_epoch(&self) -> u64 {
        self.first.batches_per_epoch()
    }

    /// Returns the indices `[B]` of the images of a step, a pure function of (seed, step).
    pub fn batch_indices(&self, step: u64) -> Vec<usize> {
        let mut indices = Vec::new();
        self.first.fill(step, &mut indices);
        indices
    }

    /// Makes the batch of a step, a pure function of (seed, step).
    ///
    /// # Errors
    /// If the data set cannot read its images.
    pub fn batch(&self, step: u64) -> Result<HostBatch, Error> {
        let mut batch = HostBatch::default();
        self.fill(step, &mut batch)?;
        Ok(batch)
    }

    /// Makes the batch of a step in the memory of another one.
    ///
    /// # Errors
    /// If the data set cannot read its images; what `batch` holds then is unspecified.
    pub fn fill(&self, step: u64, batch: &mut HostBatch) -> Result<(), Error> {
        self.fill_one(&self.first, step, batch)?;
        match &self.second {
            None => batch.second = None,
            Some(order) => self.fill_one(order, step, batch.second.get_or_insert_default())?,
        }
        Ok(())
    }

    /// Returns the batches from a step on, without end; made ahead on a thread if the config says so.
    pub fn batches(&self, first_step: u64) -> Batches {
        Batches::new(self.clone(), first_step)
    }

    fn fill_one(&self, order: &Order, step: u64, batch: &mut HostBatch) -> Result<(), Error> {
        order.fill(step, &mut batch.indices);
        if self.reads_images {
            let n_bytes = batch.indices.len() * self.dataset.image_shape().n_bytes();
            batch.images.resize(n_bytes, 0);
            self.dataset.images(&batch.indices, &mut batch.images)?;
        }
        let n_factors = self
            .dataset
            .factor_space()
            .map_or(0, FactorSpace::n_factors);
        batch.factors.resize(batch.indices.len() * n_factors, 0);
        if n_factors > 0 {
            let rows = batch.factors.chunks_exact_mut(n_factors);
            for (&index, factors) in batch.indices.iter().zip(rows) {
                self.dataset.factors(index, factors)?;
            }
        }
        Ok(())
    }
}
