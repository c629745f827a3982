//! Adam's step over many parameters in one launch.

#![expect(
    unsafe_code,
    reason = "the kernel gets parameters and gradients by their addresses"
)]

use candle_core::cuda_backend::cudarc::driver::{
    DevicePtr, DeviceRepr, DeviceSlice, PushKernelArg,
};
use candle_core::{Result, Storage, Tensor, bail};

use super::launch::{Launch, numbers};
use crate::adam::{AdamMoments, AdamParam, Update};

/// Parameters of a launch; `TENSORS` of `kernels.cu`. An argument of a kernel has at most 4 KB.
const TENSORS: usize = 96;

/// Addresses of parameters and gradients, and where each begins in the moments; laid out as in `kernels.cu`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Tensors {
    param: [u64; TENSORS],
    grad: [u64; TENSORS],
    start: [u32; TENSORS + 1],
    count: u32,
}

// SAFETY: plain numbers, `repr(C)`.
unsafe impl DeviceRepr for Tensors {}
// SAFETY: plain numbers, `repr(C)`, laid out as in `kernels.cu`.
unsafe impl DeviceRepr for Update {}

/// Updates parameters, whose moments lie one behind the other in their order; shapes have been checked.
pub(crate) fn adam_cuda(
    params: &[AdamParam<'_>],
    moments: &AdamMoments,
    update: Update,
) -> Result<()> {
    let mut start = 0;
    for params in params.chunks(TENSORS) {
        start = launch(params, moments, update, start)?;
    }
    Ok(())
}

/// Updates some of the parameters, which begin at `start`; returns where they end.
fn launch(
    params: &[AdamParam<'_>],
    moments: &AdamMoments,
    update: Update,
    start: usize,
) -> Result<usize> {
    let mut tensors = Tensors {
        param: [0; TENSORS],
        grad: [0; TENSORS],
        start: [0; TENSORS + 1],
        count: params.len() as u32,
    };
    let gradients: Vec<Option<Tensor>> = params
        .iter()
        .map(|param| {
            param
                .grad
                .map(|grad| grad.detach().contiguous())
                .transpose()
        })
        .collect::<Result<_>>()?;
    let mut end = start;
    for (i, (param, grad)) in params.iter().zip(&gradients).enumerate() {
        tensors.start[i] = offset(end)?;
        tensors.param[i] = address(param.var.as_tensor())?;
        tensors.grad[i] = grad.as_ref().map_or(Ok(0), address)?;
        end += param.var.elem_count();
    }
    for slot in &mut tensors.start[params.len()..] {
        *slot = offset(end)?;
    }
    let (first, second) = (
        moments.first.storage_and_layout(),
        moments.second.storage_and_layout(),
    );
    let (Storage::Cuda(m), Storage::Cuda(v)) = (&*first.0, &*second.0) else {
        bail!("adam_step_all: the moments are not on the GPU")
    };
    let launch = Launch::new("adam", m)?;
    let (m, v) = (numbers((m, first.1))?, numbers((v, second.1))?);
    // SAFETY: the arguments of `adam`. Parameters and moments are written through shared borrows, as `Var::set` does:
    // candle reads them in the order of the stream, and each number is written by one thread. The gradients live until
    // the launch is on the stream, and memory freed after it is reused in the stream's order.
    unsafe {
        launch.run(end - start, |arguments| {
            arguments.arg(&tensors).arg(&m).arg(&v).arg(&update);
        })?;
    }
    Ok(end)
}

fn offset(offset: usize) -> Result<u32> {
    match u32::try_from(offset) {
        Ok(offset) if offset <= i32::MAX as u32 => Ok(offset),
        _ => bail!("adam_step_all: more than 2^31 parameters"),
    }
}

/// The address of a contiguous f32 tensor's numbers.
fn address(tensor: &Tensor) -> Result<u64> {
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cuda(storage) = &*storage else {
        bail!("adam_step_all: a parameter or gradient is not on the GPU")
    };
    let view = numbers((storage, layout))?;
    let stream = view.stream().clone();
    let (address, _read) = view.device_ptr(&stream);
    Ok(address)
}
