//! The negative log-likelihood of a Bernoulli distribution from logits, value and gradient in one pass each.
//!
//! `−log p(x|l) = max(l, 0) − l·x + ln(1 + exp(−|l|))`, with the gradient `sigmoid(l) − x`; no exponential of a
//! positive number, so no overflow at any logit.

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use crate::{
    elementary::{exp_of_negative, log1p_of_unit},
    simd::widely,
    storage::{contiguous_f32, tensor_of},
};

/// Returns `Σ −log p(targets | logits)` over all dimensions but the first: `[B, …]` and `[B, …]` to `[B]`.
///
/// Targets lie in `[0, 1]` and may be fractional; they get a gradient too (`−logits`) when they are tracked.
///
/// # Errors
/// If the shapes, dtypes or devices differ, or if there is no batch dimension.
pub fn bernoulli_nll(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    if logits.dims() != targets.dims() || logits.rank() == 0 {
        bail!(
            "bernoulli_nll: logits {:?} and targets {:?} must have one shape [B, …]",
            logits.dims(),
            targets.dims()
        )
    }
    if logits.dtype() != targets.dtype() {
        bail!(
            "bernoulli_nll: logits are {:?} and targets {:?}, they must have one dtype",
            logits.dtype(),
            targets.dtype()
        )
    }
    if !logits.device().same_device(targets.device()) {
        bail!("bernoulli_nll: logits and targets are on different devices")
    }
    if logits.device().is_cpu() && logits.dtype() == DType::F32 {
        logits
            .contiguous()?
            .apply_op2(&targets.contiguous()?, BernoulliNll)
    } else {
        with_candle(logits, targets)
    }
}

/// The same from candle's own operations.
fn with_candle(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let batch = logits.dim(0)?;
    let softplus = (logits.abs()?.neg()?.exp()? + 1.)?.log()?;
    let each = ((logits.relu()? - (logits * targets)?)? + softplus)?;
    each.reshape((batch, each.elem_count() / batch.max(1)))?
        .sum(1)
}

struct BernoulliNll;

impl CustomOp2 for BernoulliNll {
    fn name(&self) -> &'static str {
        "bernoulli-nll"
    }

    fn cpu_fwd(
        &self,
        logits: &CpuStorage,
        logits_layout: &Layout,
        targets: &CpuStorage,
        targets_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let logits = contiguous_f32(logits, logits_layout)?;
        let targets = contiguous_f32(targets, targets_layout)?;
        let batch = logits_layout.dims()[0];
        let mut sums = vec![0f32; batch];
        let pixels = logits.len() / batch.max(1);
        if pixels > 0 {
            (
                &mut sums,
                logits.par_chunks(pixels),
                targets.par_chunks(pixels),
            )
                .into_par_iter()
                .for_each(|(sum, logits, targets)| {
                    *sum = widely(
                        #[inline(always)]
                        || sum_of_nll(logits, targets),
                    );
                });
        }
        Ok((CpuStorage::F32(sums), Shape::from(batch)))
    }

    fn bwd(
        &self,
        logits: &Tensor,
        targets: &Tensor,
        _sums: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut per_image = vec![1; logits.rank()];
        per_image[0] = logits.dim(0)?;
        let grad_logits = logits
            .track_op()
            .then(|| gradient(logits, targets, grad))
            .transpose()?;
        let grad_targets = targets
            .track_op()
            .then(|| logits.neg()?.broadcast_mul(&grad.reshape(per_image)?))
            .transpose()?;
        Ok((grad_logits, grad_targets))
    }
}

/// The sum of an image, in runs short enough that single precision does not lose digits.
#[inline(always)]
fn sum_of_nll(logits: &[f32], targets: &[f32]) -> f32 {
    const RUN: usize = 64;
    let runs = logits.chunks(RUN).zip(targets.chunks(RUN));
    let sum: f64 = runs
        .map(|(logits, targets)| {
            let mut each = [0f32; RUN];
            for ((each, &l), &x) in each.iter_mut().zip(logits).zip(targets) {
                *each = l.max(0.) - l * x + log1p_of_unit(exp_of_negative(-l.abs()));
            }
            each.iter().map(|&nll| f64::from(nll)).sum::<f64>()
        })
        .sum();
    sum as f32
}

/// `grad · (sigmoid(logits) − targets)`.
fn gradient(logits: &Tensor, targets: &Tensor, grad: &Tensor) -> Result<Tensor> {
    let grad = grad.flatten_all()?.to_vec1::<f32>()?;
    let (logits_storage, logits_layout) = logits.storage_and_layout();
    let (targets_storage, targets_layout) = targets.storage_and_layout();
    let logits = crate::storage::host_f32(&logits_storage, logits_layout)?;
    let targets = crate::storage::host_f32(&targets_storage, targets_layout)?;
    let pixels = logits.len() / grad.len().max(1);
    let mut out = vec![0f32; logits.len()];
    if pixels > 0 {
        (
            out.par_chunks_mut(pixels),
            &grad,
            logits.par_chunks(pixels),
            targets.par_chunks(pixels),
        )
            .into_par_iter()
            .for_each(|(out, &grad, logits, targets)| {
                widely(
                    #[inline(always)]
                    || {
                        for ((out, &l), &x) in out.iter_mut().zip(logits).zip(targets) {
                            let small = exp_of_negative(-l.abs());
                            let sigmoid = if l >= 0. { 1. } else { small } / (1. + small);
                            *out = grad * (sigmoid - x);
                        }
                    },
                );
            });
    }
    tensor_of(out, logits_layout.shape())
}
