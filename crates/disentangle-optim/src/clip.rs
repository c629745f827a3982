//! Clipping by the norm of the whole gradient: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.

use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor};
use disentangle_nn::ParamStore;

use crate::Error;

/// Scales the gradients of the store's parameters so that their common Euclidean norm is at most
/// `max_norm`, and returns the norm that it was, `[]`.
///
/// The factor is `min(1, max_norm/(norm + 1e-6))`, as in PyTorch's `clip_grad_norm_`. Nothing is read
/// back from the device. A norm that is not finite makes the gradients not finite, which a run reports.
///
/// # Errors
/// If candle refuses an operation.
pub fn clip_by_norm(
    gradients: &mut GradStore,
    store: &ParamStore,
    max_norm: f64,
) -> Result<Tensor, Error> {
    let vars = store.vars();
    let mut squares = Vec::new();
    for (_, var) in &vars {
        if let Some(gradient) = gradients.get(var) {
            squares.push(gradient.detach().to_dtype(DType::F64)?.sqr()?.sum_all()?);
        }
    }
    if squares.is_empty() {
        return Ok(Tensor::zeros((), DType::F64, &candle_core::Device::Cpu)?);
    }
    let norm = Tensor::stack(&squares, 0)?.sum_all()?.sqrt()?; // []
    let factor = ((norm.affine(1.0, 1e-6)?.recip()? * max_norm)?).minimum(1.0)?;
    for (_, var) in &vars {
        if let Some(gradient) = gradients.remove(var) {
            let factor = factor.to_dtype(gradient.dtype())?;
            gradients.insert(var, gradient.broadcast_mul(&factor)?);
        }
    }
    Ok(norm)
}
