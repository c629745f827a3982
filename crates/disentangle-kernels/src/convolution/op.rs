//! Convolutions in a row as one custom operation of candle.
//!
//! Only the input, the output and the parameters are candle's tensors. What lies between, outputs of layers and their
//! gradients, stays in pooled buffers: candle would add each gradient to a tensor of zeros. As an operation has at most
//! three arguments, tracked parameters come joined to one vector, whose gradient candle takes apart.

use std::{mem::MaybeUninit, sync::OnceLock};

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::{
    Convolution, Parameters,
    backward::{Gradients, Operands, backward},
    correlate::correlate,
};
use crate::{
    Activation,
    storage::{contiguous_f32, host_f32, tensor_of},
    workspace::{Workspace, filled},
};

/// Convolutions in a row, for f32 in the host's memory, with gradients.
pub(crate) struct Stack {
    layers: Vec<Layer>,
    /// The outputs of all layers but the last, once it has run.
    between: OnceLock<Vec<Workspace>>,
}

/// A convolution and its parameters, which are contiguous and fit it.
pub(crate) struct Layer {
    pub(crate) convolution: Convolution,
    pub(crate) weight: Tensor,
    pub(crate) bias: Option<Tensor>,
}

impl Stack {
    /// Takes layers, at least one, that fit each other.
    pub(crate) fn new(layers: Vec<Layer>) -> Self {
        Self {
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
        let mut between: Vec<Workspace> = Vec::new();
        let last = self.layers.len() - 1;
        for layer in &self.layers[..last] {
            let mut output = Workspace::new(layer.output_len());
            let source = between.last().map_or(x, |source| source);
            layer.run(source, output.as_unwritten())?;
            if !keep {
                between.clear();
            }
            between.push(output);
        }
        let source = between.last().map_or(x, |source| source);
        let mut result = Ok(());
        #[expect(
            unsafe_code,
            reason = "spares the zeroing of an output that is written whole"
        )]
        // SAFETY: `run` writes all of its target, unless it fails and nothing is returned.
        let y = unsafe {
            filled(self.layers[last].output_len(), |target| {
                result = self.layers[last].run(source, target);
            })
        };
        result.map(|()| (y, between))
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
        let mut parameters = vec![0f32; self.layers.iter().map(Layer::tracked_len).sum()];
        let mut pass = Pass {
            stack: self,
            between,
            x: numbers,
            y,
            rest: &mut parameters,
        };
        let mut inner: Option<Workspace> = None;
        for i in (1..self.layers.len()).rev() {
            let mut grad_x = Workspace::new(between[i - 1].len());
            let grad = inner.as_deref().unwrap_or(grad);
            pass.run(i, grad, Some(grad_x.as_unwritten()))?;
            inner = Some(grad_x);
        }
        let grad = inner.as_deref().unwrap_or(grad);
        if !x.track_op() {
            pass.run(0, grad, None)?;
            return Ok((None, parameters));
        }
        let mut result = Ok(());
        let write = |grad_x: &mut [MaybeUninit<f32>]| result = pass.run(0, grad, Some(grad_x));
        #[expect(
            unsafe_code,
            reason = "spares the zeroing of an output that is written whole"
        )]
        // SAFETY: `run` writes all of a gradient that is wanted, unless it fails and nothing is returned.
        let grad_x = unsafe { filled(numbers.len(), write) };
        result?;
        Ok((Some(tensor_of(grad_x, x.shape())?), parameters))
    }

    /// A layer as its own backward pass sees it: gradients between layers have gone through the activation already.
    fn linear_but_last(&self, i: usize) -> Convolution {
        let mut convolution = self.layers[i].convolution;
        if i + 1 < self.layers.len() {
            convolution.activation = Activation::None;
        }
        convolution
    }
}

/// The way back through a stack, from the last layer to the first.
struct Pass<'a> {
    stack: &'a Stack,
    between: &'a [Workspace],
    x: &'a [f32],
    y: &'a [f32],
    /// The gradients of the parameters of the layers that are left.
    rest: &'a mut [f32],
}

impl Pass<'_> {
    /// Takes one layer back: from the gradient of its output to those of its parameters and, if wanted, of its input.
    fn run(
        &mut self,
        i: usize,
        grad: &[f32],
        grad_x: Option<&mut [MaybeUninit<f32>]>,
    ) -> Result<()> {
        let (layers, between) = (&self.stack.layers, self.between);
        let layer = &layers[i];
        let (rest, bias) = cut(std::mem::take(&mut self.rest), layer.bias.as_ref());
        let (rest, weight) = cut(rest, Some(&layer.weight));
        self.rest = rest;
        let gradients = Gradients {
            x: grad_x,
            weight,
            bias,
        };
        let (x, before) = match i {
            0 => (self.x, Activation::None),
            _ => (&*between[i - 1], layers[i - 1].convolution.activation),
        };
        let (storage, layout) = layer.weight.storage_and_layout();
        let operands = Operands {
            x,
            weight: host_f32(&storage, layout)?,
            y: between.get(i).map_or(self.y, |y| y),
            grad,
            before,
        };
        backward(&self.stack.linear_but_last(i), operands, gradients);
        Ok(())
    }
}

impl Layer {
    fn output_len(&self) -> usize {
        self.convolution.output().iter().product()
    }

    /// Numbers of its parameters that get gradients.
    fn tracked_len(&self) -> usize {
        let parameters = [Some(&self.weight), self.bias.as_ref()];
        let tracked = parameters.into_iter().flatten().filter(|p| p.track_op());
        tracked.map(Tensor::elem_count).sum()
    }

    fn run(&self, source: &[f32], target: &mut [MaybeUninit<f32>]) -> Result<()> {
        let (storage, layout) = self.weight.storage_and_layout();
        let weight = host_f32(&storage, layout)?;
        let bias = self.bias.as_ref().map(Tensor::storage_and_layout);
        let bias = bias.as_ref();
        let bias = bias.map(|(storage, layout)| host_f32(storage, layout));
        let parameters = Parameters {
            weight,
            bias: bias.transpose()?,
        };
        correlate(&self.convolution, source, parameters, target);
        Ok(())
    }
}

/// Cuts a parameter's gradient off the end of those that are left, if it is tracked.
fn cut<'a>(
    rest: &'a mut [f32],
    parameter: Option<&Tensor>,
) -> (&'a mut [f32], Option<&'a mut [f32]>) {
    match parameter.filter(|parameter| parameter.track_op()) {
        Some(parameter) => {
            let (rest, gradient) = rest.split_at_mut(rest.len() - parameter.elem_count());
            (rest, Some(gradient))
        }
        None => (rest, None),
    }
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
