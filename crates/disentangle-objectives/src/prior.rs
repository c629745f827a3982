//! The prior of the latents: `N(0, I)`, or `p(z|y)` where the model learns one a label.

use candle_core::Tensor;
use disentangle_architectures::{DiagonalGaussian, Posterior};

use crate::aggregate::{log_posterior, log_prior};
use crate::{Error, StepCx};

impl StepCx<'_> {
    /// Returns `ln p(z)`, or `ln p(z|y)`, of the batch's latents, `[B]`, in nats.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub(crate) fn log_prior(&self) -> Result<Tensor, Error> {
        let z = self.forward.latents.tensor();
        Ok(match self.forward.prior() {
            Some(prior) => log_posterior(z, prior)?,
            None => log_prior(z)?,
        })
    }

    /// Turns standard normal noise `[n, D]` into samples of the prior; a learned one takes the labels of
    /// the batch in turn, so that the samples follow their frequencies.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub(crate) fn prior_samples(&self, noise: &Tensor) -> Result<Tensor, Error> {
        let Some(prior) = self.forward.prior() else {
            return Ok(noise.clone());
        };
        let (count, batch) = (noise.dim(0)?, prior.mu.dim(0)?);
        let rows: Vec<u32> = (0..count).map(|row| (row % batch) as u32).collect();
        let rows = Tensor::from_vec(rows, count, noise.device())?;
        let chosen = DiagonalGaussian {
            mu: prior.mu.contiguous()?.index_select(&rows, 0)?,
            log_var: prior.log_var.contiguous()?.index_select(&rows, 0)?,
        };
        Ok(chosen.sample(noise)?.tensor().clone())
    }
}
