//! From candle's tensors to slices and back.

use candle_core::{CpuStorage, DType, Layout, Result, Shape, Storage, Tensor, bail};

/// The elements of a contiguous f32 tensor in the host's memory.
pub(crate) fn contiguous_f32<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!(
            "a kernel was given a tensor {:?} that is not contiguous",
            layout.shape()
        ),
    }
}

/// As [`contiguous_f32`], of a storage that may be elsewhere.
pub(crate) fn host_f32<'a>(storage: &'a Storage, layout: &Layout) -> Result<&'a [f32]> {
    match storage {
        Storage::Cpu(storage) => contiguous_f32(storage, layout),
        _ => bail!("a kernel for the CPU was given a tensor of another device"),
    }
}

/// Whether the kernels of this crate take a tensor.
pub(crate) fn is_host_f32(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && tensor.dtype() == DType::F32
}

/// A tensor that takes over a vector, without a copy.
pub(crate) fn tensor_of(data: Vec<f32>, shape: &Shape) -> Result<Tensor> {
    Tensor::from_vec(data, shape, &candle_core::Device::Cpu)
}
