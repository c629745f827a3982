//! The convolution as candle's custom operation, both directions in one.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::{
    Geometry,
    correlate::{Direction, Epilogue, correlate},
    weight_gradient::weight_gradient,
};
use crate::{
    Activation,
    storage::{contiguous_f32, host_f32, tensor_of},
    workspace::Workspace,
};

/// `activation(convolution(x, weight) + bias)` for f32 in the host's memory, with gradients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Convolution {
    pub(crate) geometry: Geometry,
    pub(crate) direction: Direction,
    pub(crate) activation: Activation,
}

impl Convolution {
    /// Runs it on tensors that [`Geometry`] has checked.
    pub(crate) fn apply(
        self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<Tensor> {
        let (x, weight) = (x.contiguous()?, weight.contiguous()?);
        match bias {
            Some(bias) => x.apply_op3(&weight, &bias.contiguous()?, self),
            None => x.apply_op2(&weight, self),
        }
    }

    fn forward(&self, x: &[f32], weight: &[f32], bias: Option<&[f32]>) -> (CpuStorage, Shape) {
        let epilogue = Epilogue {
            bias,
            activation: self.activation,
        };
        let y = correlate(&self.geometry, self.direction, x, weight, epilogue);
        let (channels, [height, width]) = match self.direction {
            Direction::Forwards => (self.geometry.narrow_channels, self.geometry.narrow),
            Direction::Backwards => (self.geometry.wide_channels, self.geometry.wide),
        };
        let shape = Shape::from((self.geometry.batch, channels, height, width));
        (CpuStorage::F32(y), shape)
    }

    /// The gradients of those of `x`, `weight` and the bias that are tracked.
    fn backward(
        &self,
        args: [&Tensor; 2],
        bias: Option<&Tensor>,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients> {
        let grad = grad.contiguous()?;
        let mut gradients = Gradients::default();
        let (grad_storage, grad_layout) = grad.storage_and_layout();
        let (y_storage, y_layout) = y.storage_and_layout();
        let grad = host_f32(&grad_storage, grad_layout)?;
        let y = host_f32(&y_storage, y_layout)?;
        let masked = (self.activation != Activation::None)
            .then(|| through_activation(self.activation, y, grad));
        let grad = masked.as_deref().unwrap_or(grad);
        let [x, weight] = args;
        let (x_storage, x_layout) = x.storage_and_layout();
        let (weight_storage, weight_layout) = weight.storage_and_layout();
        if x.track_op() {
            let back = match self.direction {
                Direction::Forwards => Direction::Backwards,
                Direction::Backwards => Direction::Forwards,
            };
            let weight = host_f32(&weight_storage, weight_layout)?;
            let plain = Epilogue {
                bias: None,
                activation: Activation::None,
            };
            let grad_x = correlate(&self.geometry, back, grad, weight, plain);
            gradients.x = Some(tensor_of(grad_x, x_layout.shape())?);
        }
        if weight.track_op() {
            let x = host_f32(&x_storage, x_layout)?;
            let grad_weight = match self.direction {
                Direction::Forwards => weight_gradient(&self.geometry, x, grad),
                Direction::Backwards => weight_gradient(&self.geometry, grad, x),
            };
            gradients.weight = Some(tensor_of(grad_weight, weight_layout.shape())?);
        }
        if let Some(bias) = bias.filter(|bias| bias.track_op()) {
            let channels = bias.elem_count();
            let area = grad.len() / (self.geometry.batch * channels).max(1);
            gradients.bias = Some(tensor_of(
                sum_by_channel(grad, channels, area),
                bias.shape(),
            )?);
        }
        Ok(gradients)
    }
}

#[derive(Default)]
struct Gradients {
    x: Option<Tensor>,
    weight: Option<Tensor>,
    bias: Option<Tensor>,
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (
            contiguous_f32(x, x_layout)?,
            contiguous_f32(weight, weight_layout)?,
        );
        Ok(self.forward(x, weight, None))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let gradients = self.backward([x, weight], None, y, grad)?;
        Ok((gradients.x, gradients.weight))
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution-with-bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (
            contiguous_f32(x, x_layout)?,
            contiguous_f32(weight, weight_layout)?,
        );
        Ok(self.forward(x, weight, Some(contiguous_f32(bias, bias_layout)?)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let gradients = self.backward([x, weight], Some(bias), y, grad)?;
        Ok((gradients.x, gradients.weight, gradients.bias))
    }
}

/// The gradient before the activation, from the output after it.
fn through_activation(activation: Activation, y: &[f32], grad: &[f32]) -> Workspace {
    const CHUNK: usize = 1 << 14;
    let slope = activation.negative_slope();
    let mut masked = Workspace::new(grad.len());
    (
        masked.par_chunks_mut(CHUNK),
        y.par_chunks(CHUNK),
        grad.par_chunks(CHUNK),
    )
        .into_par_iter()
        .for_each(|(out, y, grad)| {
            for ((out, &y), &grad) in out.iter_mut().zip(y).zip(grad) {
                *out = if y > 0. { grad } else { grad * slope };
            }
        });
    masked
}

/// The sum over images and pixels of each channel.
fn sum_by_channel(grad: &[f32], channels: usize, area: usize) -> Vec<f32> {
    let mut sums = vec![0f32; channels];
    if area > 0 {
        sums.par_iter_mut().enumerate().for_each(|(c, sum)| {
            let images = grad.chunks(area).skip(c).step_by(channels);
            *sum = images.map(sum_of).sum::<f64>() as f32;
        });
    }
    sums
}

/// A sum by runs short enough that single precision does not lose digits.
fn sum_of(values: &[f32]) -> f64 {
    let run = |run: &[f32]| {
        let mut lanes = [0f32; 16];
        let chunks = run.chunks_exact(16);
        let rest: f32 = chunks.remainder().iter().sum();
        for chunk in chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane += value;
            }
        }
        lanes.iter().map(|&lane| f64::from(lane)).sum::<f64>() + f64::from(rest)
    };
    values.chunks(256).map(run).sum()
}
