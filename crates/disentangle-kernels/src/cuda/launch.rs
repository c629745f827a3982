//! Compiling `kernels.cu` for the device at hand, and starting its kernels.

#![expect(
    unsafe_code,
    reason = "a kernel is started with raw addresses, and memory it fills is not zeroed first"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use candle_core::backend::BackendStorage;
use candle_core::cuda_backend::cudarc::driver::{
    CudaFunction, CudaSlice, CudaStream, CudaView, DeviceRepr, LaunchArgs, LaunchConfig,
    PushKernelArg,
};
use candle_core::cuda_backend::cudarc::nvrtc::{CompileOptions, compile_ptx_with_opts};
use candle_core::cuda_backend::{CudaDType, CudaDevice};
use candle_core::{CudaStorage, Error, Layout, Result, bail};

use super::primitives::{Fold, ToChannels, ToImages};
use super::sizes::Sizes;
use crate::StoredImages;

const SOURCE: &str = include_str!("kernels.cu");

/// The most threads of a block; enough to hide latency, few enough for any kernel's registers.
const THREADS: u32 = 256;

/// A tensor as an operation gets it.
type Operand<'a> = (&'a CudaStorage, &'a Layout);

// SAFETY: plain numbers, `repr(C)`, laid out as in `kernels.cu`.
unsafe impl DeviceRepr for Sizes {}

/// Compiled code by compute capability: it takes a tenth of a second.
static COMPILED: Mutex<BTreeMap<(i32, i32), Arc<str>>> = Mutex::new(BTreeMap::new());

fn compiled(device: &CudaDevice) -> Result<Arc<str>> {
    let capability = device.cuda_stream().context().compute_capability();
    let capability = capability.map_err(Error::wrap)?;
    let Ok(mut compiled) = COMPILED.lock() else {
        bail!("the compiler for CUDA panicked before")
    };
    if let Some(code) = compiled.get(&capability) {
        return Ok(code.clone());
    }
    let (major, minor) = capability;
    let options = CompileOptions {
        options: vec![format!("--gpu-architecture=compute_{major}{minor}")],
        name: Some("kernels.cu".into()),
        ..CompileOptions::default()
    };
    let code = compile_ptx_with_opts(SOURCE, options)
        .map_err(|error| Error::msg(format!(
            "NVRTC cannot compile kernels.cu; are libnvrtc and libnvrtc-builtins in the folder `cuda` beside the \
             program, or where the system looks? {error:?}"
        )))?;
    let code: Arc<str> = code.to_src().into();
    compiled.insert(capability, code.clone());
    Ok(code)
}

/// A kernel on a device.
pub(super) struct Launch {
    pub(super) device: CudaDevice,
    function: CudaFunction,
    stream: Arc<CudaStream>,
}

impl Launch {
    /// Takes the kernel of a name to where a tensor is.
    pub(super) fn new(name: &str, storage: &CudaStorage) -> Result<Self> {
        let device = storage.device().clone();
        let code = compiled(&device)?;
        let function = device.get_or_load_custom_func(name, "disentangle-kernels", &code)?;
        Ok(Self {
            function: function.into_cuda_function(),
            stream: device.cuda_stream(),
            device,
        })
    }

    /// Starts it with a thread for each of `n` numbers.
    ///
    /// # Safety
    /// The arguments that `push` adds are those of the kernel, and hold the numbers that it reads and writes.
    pub(super) unsafe fn run<'a>(
        &'a self,
        n: usize,
        push: impl FnOnce(&mut LaunchArgs<'a>),
    ) -> Result<()> {
        let n = u32::try_from(n).map_err(Error::wrap)?;
        if n == 0 {
            return Ok(());
        }
        let config = LaunchConfig {
            grid_dim: (n.div_ceil(THREADS), 1, 1),
            block_dim: (THREADS, 1, 1),
            shared_mem_bytes: 0,
        };
        let mut arguments = self.stream.launch_builder(&self.function);
        push(&mut arguments);
        // SAFETY: as the caller promises.
        unsafe { arguments.launch(config) }.map_err(Error::wrap)?;
        Ok(())
    }

    /// Memory for `n` numbers, each of which the kernel writes.
    fn unwritten(&self, n: usize) -> Result<CudaSlice<f32>> {
        // SAFETY: every kernel here writes all of its output before anything reads it, in the order of the stream.
        unsafe { self.device.alloc::<f32>(n) }
    }

    fn done(self, numbers: CudaSlice<f32>) -> CudaStorage {
        CudaStorage::wrap_cuda_slice(numbers, self.device)
    }

    pub(super) fn unfold(self, wide: Operand<'_>, sizes: Sizes, n: usize) -> Result<CudaStorage> {
        let (wide, mut out) = (numbers(wide)?, self.unwritten(n)?);
        // SAFETY: the arguments of `unfold`; `wide` was checked to have the sizes' shape.
        unsafe {
            self.run(n, |arguments| {
                arguments.arg(&wide).arg(&mut out).arg(&sizes);
            })?;
        }
        Ok(self.done(out))
    }

    pub(super) fn fold(
        self,
        op: &Fold,
        columns: Operand<'_>,
        bias: Operand<'_>,
        n: usize,
    ) -> Result<CudaStorage> {
        let (columns, bias, mut out) = (numbers(columns)?, numbers(bias)?, self.unwritten(n)?);
        let (biased, slope) = (u32::from(op.biased), op.activation.negative_slope());
        // SAFETY: the arguments of `fold`; with `biased`, the bias was checked to have a number a channel.
        unsafe {
            self.run(n, |arguments| {
                arguments
                    .arg(&columns)
                    .arg(&bias)
                    .arg(&mut out)
                    .arg(&op.sizes);
                arguments.arg(&biased).arg(&slope);
            })?;
        }
        Ok(self.done(out))
    }

    pub(super) fn images(
        self,
        op: &ToImages,
        x: Operand<'_>,
        bias: Operand<'_>,
        n: usize,
    ) -> Result<CudaStorage> {
        let (x, bias, mut out) = (numbers(x)?, numbers(bias)?, self.unwritten(n)?);
        let planes = [op.planes.batch, op.planes.channels, op.planes.area].map(|size| size as u32);
        let (biased, slope) = (u32::from(op.biased), op.activation.negative_slope());
        // SAFETY: the arguments of `to_images`; with `biased`, the bias was checked to have a number a channel.
        unsafe {
            self.run(n, |arguments| {
                arguments.arg(&x).arg(&bias).arg(&mut out);
                arguments.arg(&planes[0]).arg(&planes[1]).arg(&planes[2]);
                arguments.arg(&biased).arg(&slope);
            })?;
        }
        Ok(self.done(out))
    }

    pub(super) fn channels(
        self,
        op: &ToChannels,
        grad: Operand<'_>,
        y: Operand<'_>,
        n: usize,
    ) -> Result<CudaStorage> {
        let (grad, y, mut out) = (numbers(grad)?, numbers(y)?, self.unwritten(n)?);
        let planes = [op.planes.batch, op.planes.channels, op.planes.area].map(|size| size as u32);
        let slope = op.activation.negative_slope();
        // SAFETY: the arguments of `to_channels`; both operands have `n` numbers.
        unsafe {
            self.run(n, |arguments| {
                arguments.arg(&grad).arg(&y).arg(&mut out);
                arguments
                    .arg(&planes[0])
                    .arg(&planes[1])
                    .arg(&planes[2])
                    .arg(&slope);
            })?;
        }
        Ok(self.done(out))
    }
}

/// Gathers `n` numbers of images from a table; indices have been checked.
pub(crate) fn gather(
    stored: StoredImages,
    table: Operand<'_>,
    indices: Operand<'_>,
    n: usize,
) -> Result<CudaStorage> {
    let launch = Launch::new("gather", table.0)?;
    let (table, indices) = (elements::<u8>(table)?, elements::<u32>(indices)?);
    let mut out = launch.unwritten(n)?;
    let sizes = [stored.channels, stored.height * stored.width].map(|size| size as u32);
    let (packed, numbers) = (u32::from(stored.packed), n as u32);
    // SAFETY: the arguments of `gather`, and indices below the table's length.
    unsafe {
        launch.run(n, |arguments| {
            arguments.arg(&table).arg(&indices).arg(&mut out);
            arguments
                .arg(&sizes[0])
                .arg(&sizes[1])
                .arg(&packed)
                .arg(&numbers);
        })?;
    }
    Ok(launch.done(out))
}

/// The numbers of a contiguous f32 tensor.
pub(super) fn numbers(operand: Operand<'_>) -> Result<CudaView<'_, f32>> {
    elements(operand)
}

fn elements<'a, T: CudaDType>((storage, layout): Operand<'a>) -> Result<CudaView<'a, T>> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(storage.as_cuda_slice::<T>()?.slice(start..end)),
        None => bail!(
            "a kernel was given a tensor {:?} that is not contiguous",
            layout.shape()
        ),
    }
}
