//! Log densities of points under a mixture of diagonal Gaussians that is centered on a batch.
//!
//! With `L[j, i, d] = ln N(z_jd; mu_id, exp(log_var_id))` and log weights `w[j, i]` the result holds
//! `lse_i(w[j, i] + Σ_d L[j, i, d])`, the joint density, and `lse_i(w[j, i] + L[j, i, d])` for each dimension.
//!
//! The `B²·D` numbers `L` are never stored: a row is made, used and forgotten, and made again for the gradient, which
//! keeps one `[B, B]` matrix. Every sum runs in a fixed order, so the result does not depend on the threads.

mod gradient;
mod pairs;

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::storage::{contiguous_f32, is_host_f32};
use pairs::{Pairs, log_sum_exp};

/// Logarithms of the weights `w[j, i]`, which depend on `i − j` modulo the batch alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairLogWeights {
    /// Of `i = j`.
    pub same: f64,
    /// Of `i = j + 1`, around the end of the batch.
    pub next: f64,
    /// Of all others.
    pub other: f64,
}

impl PairLogWeights {
    /// The same weight for every pair.
    pub fn uniform(log_weight: f64) -> Self {
        Self {
            same: log_weight,
            next: log_weight,
            other: log_weight,
        }
    }

    /// The weights of row `j`. In a batch of one, `next` is `same` and `same` wins.
    fn row<T: Copy>(self, j: usize, batch: usize, to: impl Fn(f64) -> T) -> Vec<T> {
        let mut row = vec![to(self.other); batch];
        row[(j + 1) % batch] = to(self.next);
        row[j] = to(self.same);
        row
    }
}

/// Returns `[B, 1 + D]`: the joint log density of each point, then its log density per dimension, in nats.
///
/// `z`, `mu` and `log_var` are `[B, D]` and all get gradients.
///
/// # Errors
/// If the shapes, dtypes or devices differ, or if they are not `[B, D]` with `B` and `D` at least 1.
pub fn mixture_log_densities(
    z: &Tensor,
    mu: &Tensor,
    log_var: &Tensor,
    weights: PairLogWeights,
) -> Result<Tensor> {
    for other in [mu, log_var] {
        if z.dims() != other.dims() || z.rank() != 2 || z.elem_count() == 0 {
            bail!(
                "mixture_log_densities: {:?} and {:?} must both be one [B, D], neither 0",
                z.dims(),
                other.dims()
            )
        }
        if z.dtype() != other.dtype() || !z.device().same_device(other.device()) {
            bail!("mixture_log_densities: the tensors must have one dtype and one device")
        }
    }
    if is_host_f32(z) {
        let op = Mixture { weights };
        z.contiguous()?
            .apply_op3(&mu.contiguous()?, &log_var.contiguous()?, op)
    } else {
        with_candle([z, mu, log_var], weights)
    }
}

/// The same from candle's own operations; `L` is made one dimension at a time.
fn with_candle([z, mu, log_var]: [&Tensor; 3], weights: PairLogWeights) -> Result<Tensor> {
    let (batch, latents) = z.dims2()?;
    let rows: Vec<f64> = (0..batch)
        .flat_map(|j| weights.row(j, batch, |w| w))
        .collect();
    let rows = Tensor::from_vec(rows, (batch, batch), &candle_core::Device::Cpu)?;
    let weights = rows.to_dtype(z.dtype())?.to_device(z.device())?; // [B, B]
    let mut joint = weights.clone();
    let mut columns = Vec::with_capacity(1 + latents);
    for d in 0..latents {
        let of = |x: &Tensor| x.narrow(1, d, 1);
        let log_var = of(log_var)?.t()?; // [1, B]
        let distance = of(z)?.broadcast_sub(&of(mu)?.t()?)?; // [B, B]
        let scaled = distance.sqr()?.broadcast_mul(&log_var.neg()?.exp()?)?;
        let constant = (log_var + std::f64::consts::TAU.ln())?;
        let density = (scaled.broadcast_add(&constant)? * -0.5)?; // [B, B]
        joint = (joint + &density)?;
        columns.push(row_log_sum_exp(&(density + &weights)?)?);
    }
    columns.insert(0, row_log_sum_exp(&joint)?);
    Tensor::cat(&columns, 1)
}

/// `[B, B]` to `[B, 1]`.
fn row_log_sum_exp(x: &Tensor) -> Result<Tensor> {
    let max = x.detach().max_keepdim(1)?;
    x.broadcast_sub(&max)?.exp()?.sum_keepdim(1)?.log()? + max
}

struct Mixture {
    weights: PairLogWeights,
}

impl CustomOp3 for Mixture {
    fn name(&self) -> &'static str {
        "mixture-log-densities"
    }

    fn cpu_fwd(
        &self,
        z: &CpuStorage,
        z_layout: &Layout,
        mu: &CpuStorage,
        mu_layout: &Layout,
        log_var: &CpuStorage,
        log_var_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (batch, latents) = z_layout.shape().dims2()?;
        let pairs = Pairs::new(
            [
                contiguous_f32(z, z_layout)?,
                contiguous_f32(mu, mu_layout)?,
                contiguous_f32(log_var, log_var_layout)?,
            ],
            latents,
        );
        let mut out = vec![0f32; batch * (1 + latents)];
        out.par_chunks_mut(1 + latents)
            .enumerate()
            .for_each(|(j, out)| {
                let weights = self.weights.row(j, batch, |w| w as f32);
                let (mut row, mut joint) = (vec![0f32; batch], weights.clone());
                for d in 0..latents {
                    pairs.densities(j, d, &mut row);
                    for ((joint, row), weight) in joint.iter_mut().zip(&mut row).zip(&weights) {
                        *joint += *row;
                        *row += weight;
                    }
                    out[1 + d] = log_sum_exp(&row);
                }
                out[0] = log_sum_exp(&joint);
            });
        Ok((CpuStorage::F32(out), Shape::from((batch, 1 + latents))))
    }

    fn bwd(
        &self,
        z: &Tensor,
        mu: &Tensor,
        log_var: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let inputs = [z, mu, log_var];
        let gradients = gradient::gradients(inputs, out, grad, self.weights)?;
        let [z, mu, log_var] = gradients.map(Some);
        let tracked =
            |i: usize, gradient: Option<Tensor>| gradient.filter(|_| inputs[i].track_op());
        Ok((tracked(0, z), tracked(1, mu), tracked(2, log_var)))
    }
}
