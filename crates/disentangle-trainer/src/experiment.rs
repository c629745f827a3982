//! A configuration made real: data set, model, objective, optimizer and loader.

use std::sync::Arc;

use candle_core::{DType, Device};
use disentangle_architectures::{Autoencoder, Volume};
use disentangle_data::{Dataset, Loader, LoaderConfig, Places};
use disentangle_nn::ParamStore;
use disentangle_objectives::{Objective, Provides, TermCx};
use disentangle_optim::Optimizer;
use disentangle_registry::Build;
use disentangle_schedulers::LrScheduler;
use disentangle_seeds::Seeds;

use crate::{Error, ExperimentConfig, RunFolder, checkpoint};

/// The built parts of a run.
pub struct Experiment {
    /// What it was built from.
    pub config: ExperimentConfig,
    /// All randomness.
    pub seeds: Seeds,
    /// The device.
    pub device: Device,
    /// The images.
    pub dataset: Arc<dyn Dataset>,
    /// The model's parameters.
    pub store: ParamStore,
    /// The model that learns.
    pub model: Autoencoder,
    /// The same model without a graph: for encoding and drawing.
    pub detached: Autoencoder,
}

/// What only training needs.
pub(crate) struct Training {
    pub(crate) loader: Loader,
    pub(crate) objective: Objective,
    pub(crate) optimizer: Box<dyn Optimizer>,
    pub(crate) lr: Box<dyn LrScheduler>,
}

impl Experiment {
    /// Opens the data and builds the model with its initial weights.
    ///
    /// # Errors
    /// If the data cannot be opened, or the model cannot take its images.
    pub fn build(config: ExperimentConfig, device: &Device) -> Result<Self, Error> {
        let dataset: Arc<dyn Dataset> = Arc::from(config.data.build(&Places::from_env())?);
        Self::with_dataset(config, dataset, device)
    }

    /// As [`build`](Self::build), on a data set that is open already.
    ///
    /// # Errors
    /// If the model cannot take its images.
    pub fn with_dataset(
        config: ExperimentConfig,
        dataset: Arc<dyn Dataset>,
        device: &Device,
    ) -> Result<Self, Error> {
        let seeds = Seeds::new(config.seed);
        let store = ParamStore::new(seeds, DType::F32, device);
        let image = volume(dataset.as_ref());
        Ok(Self {
            model: config.model.build(image, store.trainable())?,
            detached: config.model.build(image, store.detached())?,
            device: device.clone(),
            seeds,
            dataset,
            store,
            config,
        })
    }

    /// Takes the weights of a run's checkpoint: `last`, `best` or a step.
    ///
    /// # Errors
    /// If there is no such checkpoint, or it does not fit the model.
    pub fn load(&self, run: &RunFolder, which: &str) -> Result<(), Error> {
        let folder = checkpoint::choose(&run.checkpoints(), which)?;
        Ok(self
            .store
            .load(&checkpoint::model(&folder, &self.device)?)?)
    }

    /// Builds what only training needs.
    pub(crate) fn training(&self) -> Result<Training, Error> {
        let train = &self.config.train;
        let provides = Provides {
            gaussian_posterior: self.model.is_gaussian(),
            labels: false,
            batch_size: train.batch_size,
            train_size: self.dataset.len(),
        };
        let objective = self.config.objective.build(
            &TermCx {
                name: String::new(),
                latents: self.model.latents(),
                seeds: self.seeds,
                device: self.device.clone(),
                dtype: DType::F32,
            },
            provides,
        )?;
        let loader = LoaderConfig {
            batch_size: train.batch_size,
            sampling: train.sampling,
            second_batch: objective.needs().second_batch,
            prefetch: train.prefetch,
        };
        Ok(Training {
            loader: Loader::new(self.dataset.clone(), loader, self.seeds)?,
            optimizer: train.optimizer.build(&self.store)?,
            lr: train.lr.build()?,
            objective,
        })
    }
}

/// The size of a data set's images.
pub(crate) fn volume(dataset: &dyn Dataset) -> Volume {
    let shape = dataset.image_shape();
    Volume {
        channels: shape.channels,
        height: shape.height,
        width: shape.width,
    }
}
