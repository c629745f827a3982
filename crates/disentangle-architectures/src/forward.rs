//! What a pass through a model gives.

use candle_core::Tensor;
use disentangle_nn::{Latents, Logits};

use crate::{DiagonalGaussian, Error, LabelPass, Posterior};

/// What the encoder's half of a pass gives.
pub struct Encoded {
    /// `q(z|x)`, or `q(z|x, y)`.
    pub posterior: Box<dyn Posterior>,
    /// What a conditioned model makes of the labels.
    pub labels: Option<LabelPass>,
}

/// What one pass through the model gives.
pub struct Forward {
    /// `q(z|x)`.
    pub posterior: Box<dyn Posterior>,
    /// One sample of it, `[B, D]`.
    pub latents: Latents,
    /// The decoder's answer to the sample.
    pub logits: Logits,
    /// What a conditioned model makes of the labels.
    pub labels: Option<LabelPass>,
}

impl Encoded {
    /// Returns the KL divergence from the prior of each image and latent, `[B, D]`, in nats; nothing if
    /// the posterior is no Gaussian.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn kl_elements(&self) -> Result<Option<Tensor>, Error> {
        kl_elements(self.posterior.as_ref(), self.labels.as_ref())
    }

    /// Returns what the decoder sees beside the latents, `[B, K]`.
    pub fn condition(&self) -> Option<&Tensor> {
        self.labels.as_ref().map(|pass| &pass.condition)
    }
}

impl Forward {
    /// As [`Encoded::kl_elements`].
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn kl_elements(&self) -> Result<Option<Tensor>, Error> {
        kl_elements(self.posterior.as_ref(), self.labels.as_ref())
    }

    /// Returns the prior of the latents, if it is not the standard normal distribution.
    pub fn prior(&self) -> Option<&DiagonalGaussian> {
        self.labels.as_ref().and_then(|pass| pass.prior.as_ref())
    }
}

fn kl_elements(
    posterior: &dyn Posterior,
    labels: Option<&LabelPass>,
) -> Result<Option<Tensor>, Error> {
    let Some(gaussian) = posterior.gaussian() else {
        return Ok(None);
    };
    let prior = labels.and_then(|pass| pass.prior.as_ref());
    Ok(Some(match prior {
        Some(prior) => gaussian.kl_elements_from(prior)?,
        None => gaussian.kl_elements()?,
    }))
}
