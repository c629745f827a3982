//! The convolution as candle's custom operation, both directions in one.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};

use super::{
    Geometry,
    backward::{Gradients, Operands, backward},
    correlate::{Direction, Epilogue, correlate},
};
use crate::{
    Activation,
    storage::{contiguous_f32, host_f32, tensor_of},
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
        [x, weight]: [&Tensor; 2],
        bias: Option<&Tensor>,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients<Option<Tensor>>> {
        let grad = grad.contiguous()?;
        let wanted = Gradients {
            x: x.track_op(),
            weight: weight.track_op(),
            bias: bias.is_some_and(Tensor::track_op),
        };
        let gradients = {
            let (x, x_layout) = x.storage_and_layout();
            let (weight, weight_layout) = weight.storage_and_layout();
            let (y, y_layout) = y.storage_and_layout();
            let (grad, grad_layout) = grad.storage_and_layout();
            let operands = Operands {
                x: host_f32(&x, x_layout)?,
                weight: host_f32(&weight, weight_layout)?,
                y: host_f32(&y, y_layout)?,
                grad: host_f32(&grad, grad_layout)?,
            };
            backward(
                &self.geometry,
                self.direction,
                self.activation,
                operands,
                wanted,
            )
        };
        let tensor = |data: Option<Vec<f32>>, like: Option<&Tensor>| {
            data.zip(like)
                .map(|(data, like)| tensor_of(data, like.shape()))
                .transpose()
        };
        Ok(Gradients {
            x: tensor(gradients.x, Some(x))?,
            weight: tensor(gradients.weight, Some(weight))?,
            bias: tensor(gradients.bias, bias)?,
        })
    }
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
