//! Convolutions on NVIDIA GPUs, as products of matrices.
//!
//! With the columns `U` of an image (`[C·taps, B·h·w]`, see [`primitives`]) and weights `W` as `[N, C·taps]`, a
//! convolution is `Y = W·U`, the gradient of its weights `G·Uᵀ`, and that of its input the folding of `Wᵀ·G`; a
//! transposed convolution is the same with input and gradient exchanged. cuBLAS multiplies, over all images at once;
//! four kernels lay out. candle's own transposed convolution on CUDA is a loop per output pixel.
//!
//! [`primitives`] runs on the CPU too, one plain loop each, and so does [`operation`]: there the tests compare it with
//! the kernels of [`convolution`](crate::convolution). It is reached for f32 on CUDA alone.

#[cfg(feature = "cuda")]
mod adam;
#[cfg(feature = "cuda")]
mod launch;
#[cfg(test)]
mod on_host;
mod operation;
mod primitives;
mod sizes;

#[cfg(feature = "cuda")]
pub(crate) use adam::adam_cuda;
#[cfg(feature = "cuda")]
pub(crate) use launch::gather;
#[cfg(feature = "cuda")]
pub(crate) use operation::convolution;

use candle_core::{DType, Tensor};

use crate::convolution::Geometry;

/// Whether the kernels here take these operands: f32 on CUDA, at most 2³¹ numbers an array.
#[cfg_attr(
    not(feature = "cuda"),
    expect(dead_code, reason = "reached with CUDA alone")
)]
pub(crate) fn takes(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    geometry: &Geometry,
) -> bool {
    let here = |tensor: &Tensor| tensor.device().is_cuda() && tensor.dtype() == DType::F32;
    here(x) && here(weight) && bias.is_none_or(here) && sizes::Sizes::new(geometry).is_some()
}
