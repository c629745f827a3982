//! The gradients of the mixture's log densities.
//!
//! `∂out[j, 0]/∂L[j, i, d] = s[j, i]`, the softmax over `i` of the joint, and `∂out[j, d]/∂L[j, i, d]` the softmax of
//! dimension `d`. With `δ = (z − mu)·exp(−log_var)`: `∂L/∂z = −δ`, `∂L/∂mu = δ`,
//! `∂L/∂log_var = ½(δ·(z − mu) − 1)`. Each dimension is one task.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::PairLogWeights;
use super::pairs::Pairs;
use crate::elementary::exp_of_negative;
use crate::storage::{host_f32, tensor_of};

/// Gradients of `z`, `mu` and `log_var`.
pub(super) fn gradients(
    inputs: [&Tensor; 3],
    out: &Tensor,
    grad: &Tensor,
    weights: PairLogWeights,
) -> Result<[Tensor; 3]> {
    let latents = inputs[0].dim(1)?;
    let pairs = pairs_of(inputs, latents)?;
    let out = out.flatten_all()?.to_vec1::<f32>()?;
    let grad = grad.contiguous()?.flatten_all()?.to_vec1::<f32>()?;
    let pass = Pass {
        joint: joint_shares(&pairs, &out, &grad, weights),
        pairs: &pairs,
        out: &out,
        grad: &grad,
        weights,
    };
    let by_dimension: Vec<_> = (0..latents).into_par_iter().map(|d| pass.of(d)).collect();
    let gather = |which: usize| {
        let rows = (0..pairs.batch).flat_map(|i| by_dimension.iter().map(move |g| g[which][i]));
        tensor_of(rows.collect(), inputs[0].shape())
    };
    Ok([gather(0)?, gather(1)?, gather(2)?])
}

fn pairs_of([z, mu, log_var]: [&Tensor; 3], latents: usize) -> Result<Pairs> {
    let (z, z_layout) = z.storage_and_layout();
    let (mu, mu_layout) = mu.storage_and_layout();
    let (log_var, log_var_layout) = log_var.storage_and_layout();
    let inputs = [
        host_f32(&z, z_layout)?,
        host_f32(&mu, mu_layout)?,
        host_f32(&log_var, log_var_layout)?,
    ];
    Ok(Pairs::new(inputs, latents))
}

/// `grad[j, 0]·s[j, i]`, `[B, B]`.
fn joint_shares(pairs: &Pairs, out: &[f32], grad: &[f32], weights: PairLogWeights) -> Vec<f32> {
    let (batch, width) = (pairs.batch, 1 + pairs.latents);
    let mut shares = vec![0f32; batch * batch];
    shares
        .par_chunks_mut(batch)
        .enumerate()
        .for_each(|(j, shares)| {
            shares.copy_from_slice(&weights.row(j, batch, |w| w as f32));
            let mut row = vec![0f32; batch];
            for d in 0..pairs.latents {
                pairs.densities(j, d, &mut row);
                for (share, row) in shares.iter_mut().zip(&row) {
                    *share += row;
                }
            }
            let (out, grad) = (out[j * width], grad[j * width]);
            for share in shares {
                *share = grad * exp_of_negative(*share - out);
            }
        });
    shares
}

struct Pass<'a> {
    pairs: &'a Pairs,
    joint: Vec<f32>,
    out: &'a [f32],
    grad: &'a [f32],
    weights: PairLogWeights,
}

impl Pass<'_> {
    /// The gradients of dimension `d` of `z`, `mu` and `log_var`, `[B]` each.
    fn of(&self, d: usize) -> [Vec<f32>; 3] {
        let (batch, width) = (self.pairs.batch, 1 + self.pairs.latents);
        let dimension = self.pairs.dimension(d);
        let [mut of_z, mut of_mu, mut of_log_var] = [(); 3].map(|()| vec![0f32; batch]);
        let mut shares = vec![0f32; batch];
        for (j, of_z) in of_z.iter_mut().enumerate() {
            let weights = self.weights.row(j, batch, |w| w as f32);
            let at = j * width + 1 + d;
            let (out, grad) = (self.out[at], self.grad[at]);
            dimension.densities(j, &mut shares);
            let joint = &self.joint[j * batch..(j + 1) * batch];
            for ((share, weight), joint) in shares.iter_mut().zip(&weights).zip(joint) {
                *share = grad * exp_of_negative(*share + weight - out) + joint;
            }
            let z = dimension.z[j];
            for i in 0..batch {
                let distance = z - dimension.mu[i];
                let pull = shares[i] * distance * dimension.precision[i];
                of_mu[i] += pull;
                of_log_var[i] += 0.5 * (pull * distance - shares[i]);
                shares[i] = pull;
            }
            *of_z = -sum(&shares);
        }
        [of_z, of_mu, of_log_var]
    }
}

/// In double precision: the pulls of a batch nearly cancel.
fn sum(numbers: &[f32]) -> f32 {
    numbers.iter().map(|&x| f64::from(x)).sum::<f64>() as f32
}
