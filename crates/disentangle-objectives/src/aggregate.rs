//! Log densities of the aggregate posterior `q(z) = 1/N Σ_n q(z|x_n)`, estimated on the batch.
//!
//! With `L[j, i, d] = ln q(z_jd|x_i)` both estimators give
//! `ln q(z_j) ≈ lse_i(ln W[j, i] + Σ_d L[j, i, d])` and `ln q(z_jd) ≈ lse_i(ln W[j, i] + L[j, i, d])`:
//!
//! - `mws`, minibatch weighted sampling: `W = 1/(B·N)`. Biased, and its constant moves the value by
//!   `ln(B·N)` a density, not the gradient.
//! - `mss`, minibatch stratified sampling: `W[j, j] = 1/N`, `W[j, (j+1) mod B] = (N − M)/(N·M)`, the
//!   rest `1/M`, with `M = B − 1`.
//!
//! Chen et al. 2018, arXiv:1802.04942, appendix C. Two traps of well-known ports: the weight `1/N`
//! belongs on the diagonal, where a point meets its own posterior, and the weight of a pair is added
//! once, after the sum over latents.

use candle_core::Tensor;
use disentangle_architectures::DiagonalGaussian;
use disentangle_nn::numerics::{PairLogWeights, mixture_log_densities};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How densities of the aggregate posterior are estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Minibatch weighted sampling.
    #[default]
    Mws,
    /// Minibatch stratified sampling; the training set must not be smaller than the batch.
    Mss,
}

impl Estimator {
    /// Every estimator.
    pub const ALL: [Self; 2] = [Self::Mws, Self::Mss];

    /// Returns its name, which is logged beside what it estimates.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mws => "mws",
            Self::Mss => "mss",
        }
    }

    /// Returns `ln W` for a batch of `batch` out of `train_size` images.
    fn log_weights(self, batch: usize, train_size: usize) -> PairLogWeights {
        let (b, n) = (batch as f64, train_size as f64);
        let m = b - 1.0;
        match self {
            Self::Mws => PairLogWeights::uniform(-(b * n).ln()),
            Self::Mss => PairLogWeights {
                same: -n.ln(),
                next: ((n - m) / (n * m)).ln(),
                other: -m.ln(),
            },
        }
    }
}

/// Log densities of the batch's latents, `[B]` each, in nats.
pub(crate) struct Aggregate {
    /// `ln q(z)`.
    pub(crate) joint: Tensor,
    /// `Σ_d ln q(z_d)`.
    pub(crate) marginals: Tensor,
}

impl Aggregate {
    /// Estimates the densities of `z` `[B, D]`.
    pub(crate) fn estimate(
        z: &Tensor,
        posterior: &DiagonalGaussian,
        estimator: Estimator,
        train_size: usize,
    ) -> candle_core::Result<Self> {
        let (batch, latents) = z.dims2()?;
        let weights = estimator.log_weights(batch, train_size);
        let DiagonalGaussian { mu, log_var } = posterior;
        let densities = mixture_log_densities(z, mu, log_var, weights)?; // [B, 1 + D]
        Ok(Self {
            joint: densities.narrow(1, 0, 1)?.squeeze(1)?,
            marginals: densities.narrow(1, 1, latents)?.sum(1)?,
        })
    }
}

/// Returns `ln q(z|x)` of each image and its own sample, `[B]`, in nats.
pub(crate) fn log_posterior(
    z: &Tensor,
    posterior: &DiagonalGaussian,
) -> candle_core::Result<Tensor> {
    let precision = posterior.log_var.neg()?.exp()?; // [B, D]
    let scaled = ((z - &posterior.mu)?.sqr()? * precision)?;
    sum_of_log_densities(&(scaled + &posterior.log_var)?)
}

/// Returns `ln p(z)` under the prior `N(0, I)`, `[B]`, in nats.
pub(crate) fn log_prior(z: &Tensor) -> candle_core::Result<Tensor> {
    sum_of_log_densities(&z.sqr()?)
}

/// `Σ_d −½(x_d + ln 2π)`.
fn sum_of_log_densities(x: &Tensor) -> candle_core::Result<Tensor> {
    (x + std::f64::consts::TAU.ln())?.sum(1)? * -0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights of a row stand for N images: they sum to 1 for `mss`, and to 1/N for `mws`.
    #[test]
    fn weights_sum_to_what_they_stand_for() {
        let sum = |estimator: Estimator, batch: usize, n: usize| {
            let weights = estimator.log_weights(batch, n);
            weights.same.exp() + weights.next.exp() + (batch - 2) as f64 * weights.other.exp()
        };
        // 1e-12: a few roundings.
        assert!((sum(Estimator::Mss, 64, 1000) - 1.0).abs() < 1e-12);
        assert!((sum(Estimator::Mss, 2, 2) - 1.0).abs() < 1e-12);
        assert!((sum(Estimator::Mws, 64, 1000) - 1e-3).abs() < 1e-12);
    }

    #[test]
    fn the_default_of_the_config_is_named_as_in_the_paper() {
        assert_eq!(Estimator::default().name(), "mws");
    }
}
