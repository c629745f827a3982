//! Clipping by the norm of the whole gradient: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.

use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor};
use disentangle_nn::ParamStore;

use crate::Error;

/// Returns the Euclidean norm of all gradients of the store's parameters together, `[]` in f64, on the
/// device; nothing if there are none.
///
/// # Errors
/// If candle refuses an operation.
pub fn gradient_norm(gradients: &GradStore, store: &ParamStore) -> Result<Option<Tensor>, Error> {
    let mut squares = Vec::new();
    for (_, var) in store.vars() {
        if let Some(gradient) = gradients.get(&var) {
            squares.push(gradient.detach().to_dtype(DType::F64)?.sqr()?.sum_all()?);
        }
    }
    if squares.is_empty() {
        return Ok(None);
    }
    Ok(Some(Tensor::stack(&squares, 0)?.sum_all()?.sqrt()?))
}

/// Scales the gradients of the store's parameters so that their common Euclidean norm is at most
/// `max_norm`, and returns the norm that it was, as [`gradient_norm`] does.
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
) -> Result<Option<Tensor>, Error> {
    let Some(norm) = gradient_norm(gradients, store)? else {
        return Ok(None);
    };
    let factor = ((norm.affine(1.0, 1e-6)?.recip()? * max_norm)?).minimum(1.0)?;
    for (_, var) in store.vars() {
        if let Some(gradient) = gradients.remove(&var) {
            let factor = factor.to_dtype(gradient.dtype())?;
            gradients.insert(&var, gradient.broadcast_mul(&factor)?);
        }
    }
    Ok(Some(norm))
}
