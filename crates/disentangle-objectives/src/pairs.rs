//! Log densities of every latent under every posterior of the batch.

use candle_core::{Result, Tensor};
use disentangle_architectures::DiagonalGaussian;

/// Returns `L[j, i, d] = ln q(z_jd | x_i)`, `[B, B, D]`, in nats.
///
/// # Errors
/// If candle refuses an operation.
pub(crate) fn log_density_pairs(z: &Tensor, posterior: &DiagonalGaussian) -> Result<Tensor> {
    let log_var = posterior.log_var.unsqueeze(0)?; // [1, B, D]
    let precision = log_var.neg()?.exp()?; // [1, B, D]
    let distance = z.unsqueeze(1)?.broadcast_sub(&posterior.mu.unsqueeze(0)?)?; // [B, B, D]
    let scaled = distance.sqr()?.broadcast_mul(&precision)?; // [B, B, D]
    let constant = (log_var + std::f64::consts::TAU.ln())?; // [1, B, D]
    scaled.broadcast_add(&constant)? * -0.5
}
