//! A configuration made real: data set, model, objective, optimizer and loader.

use std::sync::Arc;

use candle_core::{DType, Device};
use disentangle_architectures::{Autoencoder, Batch, Volume};
use disentangle_data::{Dataset, Loader, LoaderConfig, Places, Selection};
use disentangle_nn::ParamStore;
use disentangle_objectives::{Error as ObjectiveError, Objective, Provides, TermCx};
use disentangle_optim::Optimizer;
use disentangle_registry::Build;
use disentangle_schedulers::LrScheduler;
use disentangle_seeds::Seeds;

use crate::config::{ConfigError, Representation};
use crate::{Error, ExperimentConfig, RunFolder, checkpoint, labels, upload};

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
    /// The factors that are the labels, if any were chosen.
    pub labels: Option<Selection>,
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
    /// If the model cannot take its images, or labels are missing; all that is missing is named at once.
    pub fn with_dataset(
        config: ExperimentConfig,
        dataset: Arc<dyn Dataset>,
        device: &Device,
    ) -> Result<Self, Error> {
        let labels = choose_labels(&config, dataset.as_ref(), device)?;
        let seeds = Seeds::new(config.seed);
        let store = ParamStore::new(seeds, DType::F32, device);
        let image = volume(dataset.as_ref());
        let space = labels::space(labels.as_ref());
        let build = |builder| config.model.build_labeled(image, &space, builder);
        let experiment = Self {
            model: build(store.trainable())?,
            detached: build(store.detached())?,
            device: device.clone(),
            seeds,
            dataset,
            labels,
            store,
            config,
        };
        experiment.require_representation()?;
        Ok(experiment)
    }

    fn require_representation(&self) -> Result<(), Error> {
        let wants_labels = self.config.eval.representation == Representation::MeanAndLabels;
        if wants_labels && !self.model.has_label_encoder() {
            return Err(ConfigError::Invalid(vec![
                "`eval.representation`: `mean_and_labels` needs a label encoder, which \
                 `model.conditioning` does not provide"
                    .into(),
            ])
            .into());
        }
        Ok(())
    }

    /// Reads and uploads images of the data set, with their labels if any were chosen.
    ///
    /// # Errors
    /// If an image cannot be read.
    pub(crate) fn batch(&self, indices: &[usize]) -> Result<Batch, Error> {
        let (dataset, image) = (self.dataset.as_ref(), volume(self.dataset.as_ref()));
        let mut bytes = vec![0; indices.len() * image.elements()];
        dataset.images(indices, &mut bytes)?;
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| labels::of_images(labels, dataset, indices, &self.device));
        Ok(Batch {
            images: upload::images(&bytes, image, &self.device)?,
            labels: labels.transpose()?,
            second: None,
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

    /// Takes the weights that the configuration says a run begins with, if any.
    pub(crate) fn load_first_weights(&self) -> Result<(), Error> {
        match &self.config.train.init_from {
            Some(weights) => weights.load(&self.store, &self.device),
            None => Ok(()),
        }
    }

    /// Builds what only training needs.
    pub(crate) fn training(&self) -> Result<Training, Error> {
        let train = &self.config.train;
        let objective = self.config.objective.build(
            &TermCx {
                name: String::new(),
                latents: self.model.latents(),
                labels: labels::space(self.labels.as_ref()),
                seeds: self.seeds,
                device: self.device.clone(),
                dtype: DType::F32,
            },
            Provides {
                gaussian_posterior: self.model.is_gaussian(),
                labels: self.labels.is_some(),
                label_encoder: self.model.has_label_encoder(),
                batch_size: train.batch_size,
                train_size: self.dataset.len(),
            },
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

/// Resolves the labels; if they or a need for them fail, every other unmet need is named too.
fn choose_labels(
    config: &ExperimentConfig,
    dataset: &dyn Dataset,
    device: &Device,
) -> Result<Option<Selection>, Error> {
    let mut problems = Vec::new();
    let chosen = labels::choose(&config.train.labels, dataset).unwrap_or_else(|error| {
        problems.push(format!("`train.labels`: {error}"));
        None
    });
    let conditioned = config.model.conditioning.is_some();
    if conditioned && config.train.labels.is_empty() {
        problems.push("`model.conditioning` needs labels: name factors in `train.labels`".into());
    }
    if problems.is_empty() {
        return Ok(chosen);
    }
    problems.extend(unmet_needs(config, dataset, device)?);
    Err(ConfigError::Invalid(problems).into())
}

/// Lists the terms' needs that are unmet, whatever the labels.
fn unmet_needs(
    config: &ExperimentConfig,
    dataset: &dyn Dataset,
    device: &Device,
) -> Result<Vec<String>, Error> {
    let seeds = Seeds::new(config.seed);
    let mut plain = config.model.clone();
    plain.conditioning = None;
    let store = ParamStore::new(seeds, DType::F32, device);
    let model = plain.build(volume(dataset), store.trainable())?;
    let provides = Provides {
        gaussian_posterior: model.is_gaussian(),
        labels: false,
        // Unknown before there are labels.
        label_encoder: true,
        batch_size: config.train.batch_size,
        train_size: dataset.len(),
    };
    let cx = TermCx {
        name: String::new(),
        latents: model.latents(),
        labels: labels::space(None),
        seeds,
        device: device.clone(),
        dtype: DType::F32,
    };
    match config.objective.build(&cx, provides) {
        Ok(_) => Ok(Vec::new()),
        Err(ObjectiveError::Unmet(unmet)) => Ok(unmet.iter().map(ToString::to_string).collect()),
        Err(error) => Err(error.into()),
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
