//! What the terms of one step see, and what they share.

use std::cell::OnceCell;

use candle_core::Tensor;
use disentangle_architectures::{Autoencoder, Batch, DiagonalGaussian, Forward};
use disentangle_nn::numerics::sigmoid;
use disentangle_nn::{Images, Latents};
use disentangle_seeds::Seeds;

use crate::aggregate::Aggregate;
use crate::{Error, Estimator, Scalars};

/// One training step as the terms see it; expensive things are computed once, on demand.
pub struct StepCx<'a> {
    /// The step, counted from 0: one step is one update of the model.
    pub step: u64,
    /// The batch.
    pub batch: &'a Batch,
    /// The model's pass over it.
    pub forward: &'a Forward,
    /// The model that learns.
    pub model: &'a Autoencoder,
    /// The model without a graph, to encode further images.
    pub detached_model: &'a Autoencoder,
    /// Number of images N of the training set.
    pub train_size: usize,
    /// All randomness.
    pub seeds: &'a Seeds,
    shared: Shared,
}

#[derive(Default)]
struct Shared {
    kl_per_latent: OnceCell<Tensor>,
    aggregates: [OnceCell<Aggregate>; Estimator::ALL.len()],
    second_latents: OnceCell<Latents>,
    reconstruction_label_logits: OnceCell<Tensor>,
}

impl<'a> StepCx<'a> {
    /// Gathers a step; the two models are the one that learns and the same without a graph.
    pub fn new(
        (step, seeds): (u64, &'a Seeds),
        (batch, train_size): (&'a Batch, usize),
        forward: &'a Forward,
        (model, detached_model): (&'a Autoencoder, &'a Autoencoder),
    ) -> Self {
        Self {
            step,
            batch,
            forward,
            model,
            detached_model,
            train_size,
            seeds,
            shared: Shared::default(),
        }
    }

    /// Lends the Gaussian posterior.
    ///
    /// # Errors
    /// [`Error::NoDensity`] if the bottleneck gives none.
    pub fn gaussian(&self) -> Result<&DiagonalGaussian, Error> {
        self.forward.posterior.gaussian().ok_or(Error::NoDensity)
    }

    /// Returns the KL divergence from the prior per latent, mean over the batch, `[D]`, in nats.
    ///
    /// # Errors
    /// If the posterior is no Gaussian.
    pub fn kl_per_latent(&self) -> Result<&Tensor, Error> {
        once(&self.shared.kl_per_latent, || {
            let elements = self.forward.kl_elements()?.ok_or(Error::NoDensity)?; // [B, D]
            Ok(elements.mean(0)?) // [D]
        })
    }

    /// Returns the log densities of the batch's latents under the aggregate posterior.
    ///
    /// # Errors
    /// If the posterior is no Gaussian.
    pub(crate) fn aggregate(&self, estimator: Estimator) -> Result<&Aggregate, Error> {
        once(&self.shared.aggregates[estimator as usize], || {
            let (z, posterior) = (self.forward.latents.tensor(), self.gaussian()?);
            let estimate = Aggregate::estimate(z, posterior, estimator, self.train_size);
            Ok(estimate?)
        })
    }

    /// Returns latents of the second batch, without a graph, `[B, D]`.
    ///
    /// # Errors
    /// [`Error::NoSecondBatch`] if the loader brought none.
    pub fn second_latents(&self) -> Result<&Latents, Error> {
        once(&self.shared.second_latents, || {
            let second = self.batch.second.as_deref().ok_or(Error::NoSecondBatch)?;
            let encoded = self.detached_model.encode(second)?;
            let posterior = encoded.posterior.as_ref();
            let purpose = "noise/second";
            let model = self.detached_model;
            Ok(model.sample(posterior, self.seeds, purpose, self.step)?)
        })
    }

    /// Returns the label encoder's logits of the images, `[B, K]`.
    ///
    /// # Errors
    /// If the model has no label encoder.
    pub fn image_label_logits(&self) -> Result<&Tensor, Error> {
        let pass = self.forward.labels.as_ref();
        let logits = pass.and_then(|pass| pass.logits.as_ref());
        logits.ok_or_else(|| disentangle_architectures::Error::NoLabelEncoder.into())
    }

    /// Returns the label encoder's logits of the reconstructions `sigmoid(logits)`, `[B, K]`, with the
    /// gradients of the decoder and of the label encoder.
    ///
    /// # Errors
    /// If the model has no label encoder.
    pub fn reconstruction_label_logits(&self) -> Result<&Tensor, Error> {
        once(&self.shared.reconstruction_label_logits, || {
            let images = Images::new(sigmoid(self.forward.logits.tensor())?)?;
            Ok(self.model.label_logits(&images)?)
        })
    }

    /// Returns what every run logs besides the terms: the KL per latent, if there is one.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn scalars(&self) -> Result<Scalars, Error> {
        let mut scalars = Scalars::default();
        if self.forward.posterior.gaussian().is_some() {
            let kl = self.kl_per_latent()?;
            scalars.insert("kl/latent", kl);
            scalars.insert("kl/total", &kl.sum_all()?);
        }
        Ok(scalars)
    }
}

fn once<T>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    match cell.get() {
        Some(value) => Ok(value),
        None => {
            let value = make()?;
            Ok(cell.get_or_init(|| value))
        }
    }
}
