//! A diagonal Gaussian over latents, `z = mu + exp(log_var/2)·eps`: what a VAE infers, and a prior that is learned.

use candle_core::Tensor;
use disentangle_nn::Latents;

use crate::{Error, Posterior};

/// `N(mu, diag(exp(log_var)))` of a batch.
#[derive(Debug, Clone)]
pub struct DiagonalGaussian {
    /// Means `[B, D]`.
    pub mu: Tensor,
    /// Logarithms of the variances `[B, D]`.
    pub log_var: Tensor,
}

impl DiagonalGaussian {
    /// Returns `KL(q(z_d|x) ‖ N(0, 1))` of each image and latent, `[B, D]`, in nats.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn kl_elements(&self) -> candle_core::Result<Tensor> {
        let square = self.mu.sqr()?;
        ((square + self.log_var.exp()?)? - (&self.log_var + 1.0)?)? * 0.5
    }

    /// Returns `KL(q(z_d|x) ‖ p(z_d))` of each image and latent, `[B, D]`, in nats, with
    /// `KL = ½ (((mu − m)² + exp(log_var))·exp(−v) + v − log_var − 1)` and `p = N(m, exp(v))`.
    ///
    /// # Errors
    /// If the prior has another shape.
    pub fn kl_elements_from(&self, prior: &Self) -> candle_core::Result<Tensor> {
        let square = (&self.mu - &prior.mu)?.sqr()?;
        let scaled = ((square + self.log_var.exp()?)? * prior.log_var.neg()?.exp()?)?;
        let spread = (&prior.log_var - &self.log_var)?;
        ((scaled + spread)? - 1.0)? * 0.5
    }
}

impl Posterior for DiagonalGaussian {
    fn mean(&self) -> &Tensor {
        &self.mu
    }

    fn sample(&self, noise: &Tensor) -> Result<Latents, Error> {
        let deviation = (&self.log_var * 0.5)?.exp()?;
        Ok(Latents::new((&self.mu + (deviation * noise)?)?)?)
    }

    fn gaussian(&self) -> Option<&DiagonalGaussian> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn gaussian(mu: f64, log_var: f64) -> DiagonalGaussian {
        let one = |x: f64| Tensor::new(&[[x]], &Device::Cpu).unwrap();
        DiagonalGaussian {
            mu: one(mu),
            log_var: one(log_var),
        }
    }

    fn value(x: &Tensor) -> f64 {
        x.to_vec2().unwrap()[0][0]
    }

    #[test]
    fn the_divergence_from_the_standard_normal_is_the_usual_one() {
        let q = gaussian(0.7, -0.4);
        let from_prior = value(&q.kl_elements_from(&gaussian(0.0, 0.0)).unwrap());
        // 1e-15: one rounding of numbers below 1.
        assert!((from_prior - value(&q.kl_elements().unwrap())).abs() < 1e-15);
    }

    /// `KL(N(1, 4) ‖ N(3, 2)) = ½(4/2 + 4/2 − 1 − ln 2)`.
    #[test]
    fn the_divergence_from_another_gaussian_is_known() {
        let (q, p) = (gaussian(1.0, 4f64.ln()), gaussian(3.0, 2f64.ln()));
        let expected = 0.5 * (2.0 + 2.0 - 1.0 - 2f64.ln());
        assert!((value(&q.kl_elements_from(&p).unwrap()) - expected).abs() < 1e-12);
    }
}
