//! Convolutions in a row as one custom operation of candle.
//!
//! Only the input, the output and the parameters are candle's tensors. What lies between, outputs of layers and their
//! gradients, stays in pooled buffers: candle would add each gradient to a tensor of zeros. As an operation has at most
//! three arguments, tracked parameters come joined to one vector, whose gradient candle takes apart.

use std::{mem::MaybeUninit, ops::Deref, sync::OnceLock};

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Storage, Tensor, bail};

use super::{
    Convolution, Parameters,
    backward::{Gradients, Operands, backward},
    forward::forward,
    plan::Plan,
};
use crate::{
    storage::{contiguous_f32, host_f32, is_host_f32, tensor_of},
    workspace::{Workspace, filled},
};

/// Convolutions in a row, for f32 in the host's memory, with gradients.
pub(crate) struct Stack {
    layers: Vec<Layer>,
    plan: Plan,
    /// The outputs of all layers but the last, once it has run.
    between: OnceLock<Vec<Workspace>>,
}

/// A convolution and its parameters, which are contiguous and fit it.
pub(crate) struct Layer {
    pub(crate) convolution: Convolution,
    pub(crate) weight: Tensor,
    pub(crate) bias: Option<Tensor>,
}

impl Convolution {
    /// Its output where a kernel takes these operands; none where candle has to do it.
    pub(crate) fn apply(
        self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<Option<Tensor>> {
        #[cfg(feature = "cuda")]
        if crate::cuda::takes(x, weight, bias, &self.geometry) {
            return crate::cuda::convolution(self, x, weight, bias).map(Some);
        }
        if !(is_host_f32(x) && is_host_f32(weight) && bias.is_none_or(is_host_f32)) {
            return Ok(None);
        }
        let layer = Layer {
            convolution: self,
            weight: weight.contiguous()?,
            bias: bias.map(Tensor::contiguous).transpose()?,
        };
        Stack::new(vec![layer]).apply(&x.contiguous()?).map(Some)
    }
}

impl Stack {
    /// Takes layers, at least one, that fit each other.
    pub(crate) fn new(layers: Vec<Layer>) -> Self {
        let convolutions = layers.iter().map(|layer| layer.convolution).collect();
        Self {
            plan: Plan::new(convolutions),
            layers,
            between: OnceLock::new(),
        }
    }

    /// Runs it on a contiguous input that fits the first layer.
    pub(crate) fn apply(self, x: &Tensor) -> Result<Tensor> {
        let tracked = |layer: &Layer| {
            let parameters = [Some(&layer.weight), layer.bias.as_ref()];
            parameters.map(|parameter| Some(parameter.filter(|p| p.track_op())?.flatten_all()))
        };
        let tracked: Vec<_> = self.layers.iter().flat_map(tracked).flatten().collect();
        let tracked: Vec<Tensor> = tracked.into_iter().collect::<Result<_>>()?;
        if !tracked.is_empty() {
            return x.apply_op2(&Tensor::cat(&tracked, 0)?, self);
        }
        if x.track_op() {
            return x.apply_op1(self);
        }
        let (storage, layout) = x.storage_and_layout();
        let (y, _) = self.forward(host_f32(&storage, layout)?, false)?;
        tensor_of(y, &self.shape())
    }

    fn shape(&self) -> Shape {
        let last = self.layers.last();
        let dims = last.map_or([0; 4], |layer| layer.convolution.output());
        Shape::from(&dims)
    }

    /// The output, and the outputs of the layers before the last if they are to be kept.
    fn forward(&self, x: &[f32], keep: bool) -> Result<(Vec<f32>, Vec<Workspace>)> {
        let guards = self.guards();
        let parameters = parameters(&guards)?;
        let mut between = Vec::new();
        let write = |y: &mut [MaybeUninit<f32>]| {
            between = forward(&self.plan, &parameters, x, (y, keep));
        };
        #[expect(
            unsafe_code,
            reason = "spares the zeroing of an output that is written whole"
        )]
        // SAFETY: `forward` writes all of the output.
        let y = unsafe { filled(self.shape().elem_count(), write) };
        Ok((y, between))
    }

    fn forward_keeping(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (y, between) = self.forward(contiguous_f32(x, layout)?, true)?;
        if self.between.set(between).is_err() {
            bail!("convolutions: a stack runs once")
        }
        Ok((CpuStorage::F32(y), self.shape()))
    }

    /// The gradient of the input, if it is tracked, and that of the joined parameters.
    fn backward(
        &self,
        x: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Vec<f32>)> {
        let Some(between) = self.between.get() else {
            bail!("convolutions: no gradient before the stack has run")
        };
        let grad = grad.contiguous()?;
        let storages = [x, y, &grad].map(Tensor::storage_and_layout);
        let mut slices = [&[][..]; 3];
        for (slice, (storage, layout)) in slices.iter_mut().zip(&storages) {
            *slice = host_f32(storage, layout)?;
        }
        let [numbers, y, grad] = slices;
        let operands = Operands {
            x: numbers,
            between,
            y,
            grad,
        };
        let guards = self.guards();
        let parameters = parameters(&guards)?;
        let mut joined = vec![0f32; self.layers.iter().map(Layer::tracked_len).sum()];
        let mut rest = joined.as_mut_slice();
        let gradients = self.layers.iter().map(|layer| Gradients {
            weight: cut(&mut rest, Some(&layer.weight)),
            bias: cut(&mut rest, layer.bias.as_ref()),
        });
        let gradients = gradients.collect();
        if !x.track_op() {
            backward(&self.plan, &parameters, operands, None, gradients);
            return Ok((None, joined));
        }
        let write = |grad_x: &mut [MaybeUninit<f32>]| {
            backward(&self.plan, &parameters, operands, Some(grad_x), gradients);
        };
        #[expect(
            unsafe_code,
            reason = "spares the zeroing of an output that is written whole"
        )]
        // SAFETY: `backward` writes all of a gradient that is wanted.
        let grad_x = unsafe { filled(numbers.len(), write) };
        Ok((Some(tensor_of(grad_x, x.shape())?), joined))
    }

    fn guards(&self) -> Vec<Guards<'_>> {
        let layers = self.layers.iter();
        layers
            .map(|layer| (guard(&layer.weight), layer.bias.as_ref().map(guard)))
            .collect()
    }
}

/// A tensor's storage while it is read.
type Guard<'a> = (Box<dyn Deref<Target = Storage> + 'a>, &'a Layout);
/// Those of a layer's weight and bias.
type Guards<'a> = (Guard<'a>, Option<Guard<'a>>);

fn guard(tensor: &Tensor) -> Guard<'_> {
    let (storage, layout) = tensor.storage_and_layout();
    (Box::new(storage), layout)
}

fn parameters<'a>(guards: &'a [Guards<'_>]) -> Result<Vec<Parameters<'a>>> {
    let of = |((storage, layout), bias): &'a Guards<'_>| {
        let bias = bias.as_ref();
        let bias = bias.map(|(storage, layout)| host_f32(storage, layout));
        Ok(Parameters {
            weight: host_f32(storage, layout)?,
            bias: bias.transpose()?,
        })
    };
    guards.iter().map(of).collect()
}

impl Layer {
    /// Numbers of its parameters that get gradients.
    fn tracked_len(&self) -> usize {
        let parameters = [Some(&self.weight), self.bias.as_ref()];
        let tracked = parameters.into_iter().flatten().filter(|p| p.track_op());
        tracked.map(Tensor::elem_count).sum()
    }
}

/// Cuts a parameter's gradient off the beginning of those that are left, if it is tracked.
fn cut<'a>(rest: &mut &'a mut [f32], parameter: Option<&Tensor>) -> Option<&'a mut [f32]> {
    let parameter = parameter.filter(|parameter| parameter.track_op())?;
    rest.split_off_mut(..parameter.elem_count())
}

impl CustomOp1 for Stack {
    fn name(&self) -> &'static str {
        "convolutions"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        self.forward_keeping(x, layout)
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.backward(x, y, grad)?.0)
    }
}

impl CustomOp2 for Stack {
    fn name(&self) -> &'static str {
        "convolutions-with-parameters"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        _joined: &CpuStorage,
        _joined_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.forward_keeping(x, layout)
    }

    fn bwd(
        &self,
        x: &Tensor,
        joined: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let (x, parameters) = self.backward(x, y, grad)?;
        Ok((x, Some(tensor_of(parameters, joined.shape())?)))
    }
}
