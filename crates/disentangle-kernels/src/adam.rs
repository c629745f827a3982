//! Adam's step in one pass over a parameter.
//!
//! `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `θ ← θ − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)`.
//! Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; `ε` outside the corrected root as in `torch.optim.Adam`.

use std::cell::RefCell;

use candle_core::{CpuStorage, DType, Device, InplaceOp2, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;

use crate::{
    simd::widely,
    storage::{contiguous_f32, is_host_f32},
};

/// Elements that one task updates; below, threads cost more than they save.
const CHUNK: usize = 1 << 15;

/// The moments of one parameter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AdamState {
    /// Mean of the gradient.
    pub m: Vec<f32>,
    /// Mean of the squared gradient.
    pub v: Vec<f32>,
}

impl AdamState {
    /// Moments of zero for a parameter of `len` elements.
    pub fn new(len: usize) -> Self {
        Self {
            m: vec![0.; len],
            v: vec![0.; len],
        }
    }
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamHyper {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first moment, in `[0, 1)`.
    pub beta1: f64,
    /// Decay of the second moment, in `[0, 1)`.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Steps taken including this one: the first is 1.
    pub step: u64,
}

/// Updates a parameter and its moments in place, in one pass.
///
/// # Errors
/// If the parameter or the gradient is not f32 on the CPU, if their shapes or the moments' lengths differ, or if the
/// step is 0. Nothing has changed then.
pub fn adam_step(
    param: &Var,
    grad: &Tensor,
    state: &mut AdamState,
    hyper: AdamHyper,
) -> Result<()> {
    if !is_host_f32(param) || !is_host_f32(grad) {
        bail!(
            "adam_step: takes f32 on the CPU, got a parameter {:?} on {:?} and a gradient {:?} on {:?}",
            param.dtype(),
            param.device().location(),
            grad.dtype(),
            grad.device().location()
        )
    }
    if param.dims() != grad.dims() {
        bail!(
            "adam_step: the parameter is {:?}, its gradient {:?}",
            param.dims(),
            grad.dims()
        )
    }
    let len = param.elem_count();
    if state.m.len() != len || state.v.len() != len {
        bail!(
            "adam_step: {len} elements, but moments of {} and {}",
            state.m.len(),
            state.v.len()
        )
    }
    if hyper.step == 0 {
        bail!("adam_step: the first step is 1, got 0")
    }
    let update = Update::new(hyper);
    param.inplace_op2(
        &grad.detach().contiguous()?,
        &Step {
            state: RefCell::new(state),
            update,
        },
    )
}

/// A parameter of [`adam_step_all`], and its gradient; without one, it counts as zero.
#[derive(Debug, Clone, Copy)]
pub struct AdamParam<'a> {
    /// The parameter.
    pub var: &'a Var,
    /// Its gradient, of the same shape.
    pub grad: Option<&'a Tensor>,
}

/// The moments of many parameters `[sum of elements]`, one behind the other, on the parameters' device.
#[derive(Debug, Clone)]
pub struct AdamMoments {
    /// Means of the gradients.
    pub first: Tensor,
    /// Means of the squared gradients.
    pub second: Tensor,
}

impl AdamMoments {
    /// Moments of zero for parameters of `len` elements together.
    ///
    /// # Errors
    /// If the device has no room.
    pub fn new(len: usize, device: &Device) -> Result<Self> {
        Ok(Self {
            first: Tensor::zeros(len, DType::F32, device)?,
            second: Tensor::zeros(len, DType::F32, device)?,
        })
    }
}

/// Updates many parameters and their moments in place; on CUDA, 96 a launch.
///
/// # Errors
/// If something is not f32, if devices, shapes or the moments' lengths do not fit each other, or if the step is 0;
/// nothing has changed then.
pub fn adam_step_all(
    params: &[AdamParam<'_>],
    moments: &AdamMoments,
    hyper: AdamHyper,
) -> Result<()> {
    let len: usize = params.iter().map(|param| param.var.elem_count()).sum();
    if moments.first.dims() != [len] || moments.second.dims() != [len] {
        bail!(
            "adam_step_all: {len} elements, but moments of {:?} and {:?}",
            moments.first.dims(),
            moments.second.dims()
        )
    }
    if hyper.step == 0 {
        bail!("adam_step_all: the first step is 1, got 0")
    }
    let gradients = params.iter().filter_map(|param| param.grad);
    let vars = params.iter().map(|param| param.var.as_tensor());
    let device = moments.first.device();
    for tensor in vars
        .chain(gradients)
        .chain([&moments.first, &moments.second])
    {
        if tensor.dtype() != DType::F32 || !tensor.device().same_device(device) {
            bail!("adam_step_all: takes f32 on one device, got {tensor:?}")
        }
    }
    for AdamParam { var, grad } in params {
        if let Some(grad) = grad
            && grad.dims() != var.dims()
        {
            bail!(
                "adam_step_all: the parameter is {:?}, its gradient {:?}",
                var.dims(),
                grad.dims()
            )
        }
    }
    #[cfg(feature = "cuda")]
    if device.is_cuda() {
        return crate::cuda::adam_cuda(params, moments, Update::new(hyper));
    }
    each(params, moments, hyper)
}

/// One parameter after the other, with candle's operations.
fn each(params: &[AdamParam<'_>], moments: &AdamMoments, hyper: AdamHyper) -> Result<()> {
    let update = Update::new(hyper);
    let mut start = 0;
    for AdamParam { var, grad } in params {
        let len = var.elem_count();
        let grad = match grad {
            Some(grad) => grad.detach().flatten_all()?,
            None => Tensor::zeros(len, DType::F32, var.device())?,
        };
        let mean = |moment: &Tensor, beta: f32, rest: f32, x: &Tensor| {
            let old = (moment.narrow(0, start, len)? * f64::from(beta))?;
            old + (x * f64::from(rest))?
        };
        let m = mean(&moments.first, update.beta1, update.rest1, &grad)?;
        let v = mean(&moments.second, update.beta2, update.rest2, &grad.sqr()?)?;
        let root = ((v.sqrt()? * f64::from(update.root))? + f64::from(update.eps))?;
        let change = ((&m / root)? * f64::from(update.rate))?;
        moments.first.slice_set(&m, 0, start)?;
        moments.second.slice_set(&v, 0, start)?;
        var.set(&(var.as_detached_tensor() - change.reshape(var.shape())?)?)?;
        start += len;
    }
    Ok(())
}

struct Step<'a> {
    state: RefCell<&'a mut AdamState>,
    update: Update,
}

impl InplaceOp2 for Step<'_> {
    fn name(&self) -> &'static str {
        "adam-step"
    }

    fn cpu_fwd(
        &self,
        param: &mut CpuStorage,
        param_layout: &Layout,
        grad: &CpuStorage,
        grad_layout: &Layout,
    ) -> Result<()> {
        let grad = contiguous_f32(grad, grad_layout)?;
        let Some((start, end)) = param_layout.contiguous_offsets() else {
            bail!(
                "adam_step: the parameter {:?} is not contiguous",
                param_layout.shape()
            )
        };
        let CpuStorage::F32(param) = param else {
            bail!("adam_step: the parameter is not f32")
        };
        let state = &mut **self.state.borrow_mut();
        let param = &mut param[start..end];
        let update = self.update;
        let chunks = (
            param.par_chunks_mut(CHUNK),
            grad.par_chunks(CHUNK),
            state.m.par_chunks_mut(CHUNK),
            state.v.par_chunks_mut(CHUNK),
        );
        chunks.into_par_iter().for_each(|(param, grad, m, v)| {
            widely(
                #[inline(always)]
                || update.run(param, grad, m, v),
            );
        });
        Ok(())
    }
}

/// The factors of a step, worked out in double precision.
///
/// Laid out as in the kernel for CUDA.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Update {
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    rate: f32,
    root: f32,
    eps: f32,
}

impl Update {
    pub(crate) fn new(hyper: AdamHyper) -> Self {
        let AdamHyper {
            lr,
            beta1,
            beta2,
            eps,
            step,
        } = hyper;
        let correction = |beta: f64| 1. - beta.powf(step as f64);
        Self {
            beta1: beta1 as f32,
            rest1: (1. - beta1) as f32,
            beta2: beta2 as f32,
            rest2: (1. - beta2) as f32,
            rate: (lr / correction(beta1)) as f32,
            root: (1. / correction(beta2).sqrt()) as f32,
            eps: eps as f32,
        }
    }

    /// The factors in the order in which the kernel for CUDA has them.
    #[cfg(test)]
    pub(crate) fn factors(&self) -> [f32; 7] {
        [
            self.beta1, self.rest1, self.beta2, self.rest2, self.rate, self.root, self.eps,
        ]
    }

    #[inline(always)]
    fn run(self, param: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32]) {
        let moments = m.iter_mut().zip(v);
        for ((param, &grad), (m, v)) in param.iter_mut().zip(grad).zip(moments) {
            *m = self.beta1 * *m + self.rest1 * grad;
            *v = self.beta2 * *v + self.rest2 * grad * grad;
            *param -= self.rate * *m / (v.sqrt() * self.root + self.eps);
        }
    }
}
