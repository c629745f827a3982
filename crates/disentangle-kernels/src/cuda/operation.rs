//! A convolution in either direction as one operation of candle, from products and [`primitives`](super::primitives).
//!
//! Layout steps and products run outside of the graph. The last step, which adds the bias, is the graph's node: its
//! arguments are input, weight and bias, and what it reads is what the steps before it left in it.

use std::sync::Mutex;

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail};

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;

use super::primitives::{Fold, Planes, ToChannels, ToImages, Unfold, binary, unary};
use super::sizes::Sizes;
use crate::{
    Activation,
    convolution::{Convolution, Direction},
};

/// Returns a convolution's output of `x`, with gradients for input, weight and bias.
///
/// # Errors
/// If an array has more than 2³¹ numbers, or candle refuses an operation.
pub(crate) fn convolution(
    convolution: Convolution,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    let Some(sizes) = Sizes::new(&convolution.geometry) else {
        bail!("convolutions: more than 2^31 numbers at once; take a smaller batch")
    };
    let node = Node::new(
        convolution,
        sizes,
        bias.is_some(),
        (&x.detach(), &weight.detach()),
    )?;
    let none;
    let bias = match bias {
        Some(bias) => bias,
        None => {
            none = Tensor::zeros(1, x.dtype(), x.device())?;
            &none
        }
    };
    x.apply_op3(weight, &bias.contiguous()?, node)
}

/// The last step of a convolution, and what its gradients need of those before it.
struct Node {
    sizes: Sizes,
    direction: Direction,
    activation: Activation,
    biased: bool,
    output: [usize; 4],
    /// What the last step reads: taken when it runs.
    before: Mutex<Option<Tensor>>,
    /// Columns of the input of a convolution, or the input by channels of a transposed one.
    kept: Tensor,
}

/// Gradients of input, weight and bias.
type Gradients = (Option<Tensor>, Option<Tensor>, Option<Tensor>);

impl Node {
    fn new(
        convolution: Convolution,
        sizes: Sizes,
        biased: bool,
        (x, weight): (&Tensor, &Tensor),
    ) -> Result<Self> {
        let direction = convolution.direction;
        let narrow_channels = convolution.geometry.narrow_channels;
        let weight = weight
            .contiguous()?
            .reshape((narrow_channels, sizes.rows()))?;
        let (kept, before) = match direction {
            Direction::Forwards => {
                let columns = unary(&Unfold(sizes), x)?; // [C·taps, B·h·w]
                let before = weight.matmul(&columns)?; // [N, B·h·w]
                (columns, before)
            }
            Direction::Backwards => {
                let activation = Activation::None;
                let planes = Planes {
                    batch: convolution.geometry.batch,
                    channels: narrow_channels,
                    area: sizes.area(),
                };
                let by_channel = binary(&ToChannels { planes, activation }, x, x)?; // [N, B·h·w]
                let before = weight.t()?.matmul(&by_channel)?; // [C·taps, B·h·w]
                (by_channel, before)
            }
        };
        Ok(Self {
            sizes,
            direction,
            activation: convolution.activation,
            biased,
            output: convolution.output(),
            before: Mutex::new(Some(before)),
            kept,
        })
    }

    /// The step that is left, and what it reads.
    fn last(&self) -> Result<(Last, Tensor)> {
        let before = self.before.lock().ok().and_then(|mut before| before.take());
        let Some(before) = before else {
            bail!("convolutions: a node runs once")
        };
        let (biased, activation) = (self.biased, self.activation);
        let last = match self.direction {
            Direction::Forwards => Last::ToImages(ToImages {
                planes: self.narrow_planes(self.output[1]),
                biased,
                activation,
            }),
            Direction::Backwards => Last::Fold(Fold {
                sizes: self.sizes,
                biased,
                activation,
            }),
        };
        Ok((last, before))
    }

    fn narrow_planes(&self, channels: usize) -> Planes {
        Planes {
            batch: self.output[0],
            channels,
            area: self.sizes.area(),
        }
    }

    /// Of a convolution: `G·Uᵀ` for the weight, `Wᵀ·G` folded for the input.
    fn backward_forwards(
        &self,
        tracked: [bool; 3],
        weight: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients> {
        let op = ToChannels {
            planes: self.narrow_planes(self.output[1]),
            activation: self.activation,
        };
        let grad = binary(&op, grad, y)?; // [N, B·h·w]
        let of_bias = tracked[2].then(|| grad.sum(1)).transpose()?;
        let of_weight = tracked[1].then(|| grad.matmul(&self.kept.t()?));
        let of_x = tracked[0].then(|| {
            let columns = weight.t()?.matmul(&grad)?; // [C·taps, B·h·w]
            let fold = Fold {
                sizes: self.sizes,
                biased: false,
                activation: Activation::None,
            };
            binary(&fold, &columns, &columns)
        });
        Ok((of_x.transpose()?, of_weight.transpose()?, of_bias))
    }

    /// Of a transposed convolution: with the columns `U` of the gradient, `X·Uᵀ` for the weight, `W·U` for the input.
    fn backward_backwards(
        &self,
        tracked: [bool; 3],
        weight: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients> {
        let op = ToChannels {
            planes: Planes::row(y.elem_count()),
            activation: self.activation,
        };
        let grad = match self.activation {
            Activation::None => grad.contiguous()?,
            _ => binary(&op, grad, y)?.reshape(&self.output)?,
        };
        let of_bias = tracked[2].then(|| grad.flatten_from(2)?.sum(2)?.sum(0));
        let columns = unary(&Unfold(self.sizes), &grad)?; // [C·taps, B·h·w]
        let of_weight = tracked[1].then(|| self.kept.matmul(&columns.t()?));
        let of_x = tracked[0].then(|| {
            let by_channel = weight.matmul(&columns)?; // [N, B·h·w]
            let to_images = ToImages {
                planes: self.narrow_planes(by_channel.dim(0)?),
                biased: false,
                activation: Activation::None,
            };
            binary(&to_images, &by_channel, &by_channel)
        });
        Ok((
            of_x.transpose()?,
            of_weight.transpose()?,
            of_bias.transpose()?,
        ))
    }
}

/// The last step: either direction's.
enum Last {
    ToImages(ToImages),
    Fold(Fold),
}

impl CustomOp3 for Node {
    fn name(&self) -> &'static str {
        "convolution-by-products"
    }

    fn cpu_fwd(
        &self,
        _x: &CpuStorage,
        _x_layout: &Layout,
        _weight: &CpuStorage,
        _weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (last, before) = self.last()?;
        let (storage, layout) = before.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            bail!("convolutions: operands on two devices")
        };
        let (y, _) = match last {
            Last::ToImages(last) => last.cpu_fwd(storage, layout, bias, bias_layout),
            Last::Fold(last) => last.cpu_fwd(storage, layout, bias, bias_layout),
        }?;
        Ok((y, Shape::from(&self.output)))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        _x: &CudaStorage,
        _x_layout: &Layout,
        _weight: &CudaStorage,
        _weight_layout: &Layout,
        bias: &CudaStorage,
        bias_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        let (last, before) = self.last()?;
        let (storage, layout) = before.storage_and_layout();
        let Storage::Cuda(storage) = &*storage else {
            bail!("convolutions: operands on two devices")
        };
        let (y, _) = match last {
            Last::ToImages(last) => last.cuda_fwd(storage, layout, bias, bias_layout),
            Last::Fold(last) => last.cuda_fwd(storage, layout, bias, bias_layout),
        }?;
        Ok((y, Shape::from(&self.output)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        y: &Tensor,
        grad: &Tensor,
    ) -> Result<Gradients> {
        let tracked = [x, weight, bias].map(Tensor::track_op);
        let rows = weight
            .detach()
            .contiguous()?
            .reshape((weight.dim(0)?, self.sizes.rows()))?;
        let (y, grad) = (y.detach(), grad.detach());
        let (of_x, of_weight, of_bias) = match self.direction {
            Direction::Forwards => self.backward_forwards(tracked, &rows, &y, &grad),
            Direction::Backwards => self.backward_backwards(tracked, &rows, &y, &grad),
        }?;
        let shaped = |gradient: Option<Tensor>, like: &Tensor| {
            gradient
                .map(|gradient| gradient.reshape(like.shape()))
                .transpose()
        };
        Ok((shaped(of_x, x)?, shaped(of_weight, weight)?, of_bias))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;
    use crate::{Conv2d, ConvTranspose2d, conv_transpose2d, conv2d, convolution::Geometry};

    /// Numbers in `[-1, 1]` without a pattern.
    fn var(shape: &[usize], seed: usize) -> Var {
        let number = |i: usize| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001. - 1.;
        let numbers: Vec<f32> = (0..shape.iter().product()).map(number).collect();
        Var::from_tensor(&Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap()).unwrap()
    }

    /// Compares outputs and the gradients of a sum of squares with those of the kernels for the CPU.
    fn assert_same(found: &Tensor, expected: &Tensor, vars: &[&Var]) {
        let gradients =
            [found, expected].map(|y| y.sqr().unwrap().sum_all().unwrap().backward().unwrap());
        let close = |a: &Tensor, b: &Tensor, what: &str| {
            assert_eq!(a.dims(), b.dims(), "{what}");
            let difference = (a - b)
                .unwrap()
                .abs()
                .unwrap()
                .max_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap();
            let size = b
                .abs()
                .unwrap()
                .max_all()
                .unwrap()
                .to_scalar::<f32>()
                .unwrap();
            // 1e-5 of the largest: sums of at most 600 numbers in f32, in another order.
            assert!(
                difference <= 1e-5 * size.max(1.),
                "{what}: {difference} of {size}"
            );
        };
        close(found, expected, "output");
        for (i, var) in vars.iter().enumerate() {
            let [a, b] = [0, 1].map(|which: usize| gradients[which].get(var).unwrap());
            close(a, b, &format!("gradient {i}"));
        }
    }

    const ACTIVATIONS: [Activation; 3] = [
        Activation::None,
        Activation::Relu,
        Activation::LeakyRelu(0.2),
    ];

    #[test]
    fn convolutions_by_products_are_those_of_the_cpu() {
        // Kernel, stride, padding: those of the architectures, and some that leave a rest.
        let cases = [
            (4, 2, 1),
            (3, 2, 0),
            (1, 2, 0),
            (2, 2, 0),
            (3, 1, 1),
            (3, 3, 2),
            (5, 2, 4),
        ];
        for ((kernel, stride, padding), activation) in cases
            .into_iter()
            .flat_map(|case| ACTIVATIONS.map(|a| (case, a)))
        {
            let (x, weight, bias) = (
                var(&[3, 2, 9, 7], 1),
                var(&[4, 2, kernel, kernel], 2),
                var(&[4], 3),
            );
            let config = Conv2d {
                stride,
                padding,
                activation,
            };
            let expected = conv2d(&x, &weight, Some(&bias), config).unwrap();
            let geometry =
                Geometry::of_conv2d(x.dims(), &weight, Some(&bias), stride, padding).unwrap();
            let this = Convolution {
                geometry,
                direction: Direction::Forwards,
                activation,
            };
            let found = convolution(this, &x, &weight, Some(&bias)).unwrap();
            assert_same(&found, &expected, &[&x, &weight, &bias]);
        }
    }

    #[test]
    fn transposed_convolutions_by_products_are_those_of_the_cpu() {
        // Kernel, stride, padding, output padding.
        let cases = [
            (4, 2, 1, 0),
            (4, 2, 0, 0),
            (3, 1, 0, 0),
            (1, 2, 0, 1),
            (3, 3, 1, 2),
            (2, 1, 0, 0),
        ];
        for ((kernel, stride, padding, output_padding), activation) in cases
            .into_iter()
            .flat_map(|case| ACTIVATIONS.map(|a| (case, a)))
        {
            let (x, weight, bias) = (
                var(&[2, 4, 3, 5], 4),
                var(&[4, 3, kernel, kernel], 5),
                var(&[3], 6),
            );
            let config = ConvTranspose2d {
                stride,
                padding,
                output_padding,
                activation,
            };
            let expected = conv_transpose2d(&x, &weight, Some(&bias), config).unwrap();
            let paddings = [padding, output_padding];
            let geometry =
                Geometry::of_conv_transpose2d(x.dims(), &weight, Some(&bias), stride, paddings)
                    .unwrap();
            let this = Convolution {
                geometry,
                direction: Direction::Backwards,
                activation,
            };
            let found = convolution(this, &x, &weight, Some(&bias)).unwrap();
            assert_same(&found, &expected, &[&x, &weight, &bias]);
        }
    }

    #[test]
    fn only_what_is_tracked_gets_a_gradient_and_no_bias_is_none() {
        let (x, weight) = (var(&[2, 2, 5, 5], 1), var(&[3, 2, 3, 3], 2));
        let config = Conv2d::default();
        let geometry = Geometry::of_conv2d(x.dims(), &weight, None, 1, 0).unwrap();
        let this = Convolution {
            geometry,
            direction: Direction::Forwards,
            activation: Activation::None,
        };
        let found = convolution(this, &x.as_detached_tensor(), &weight, None).unwrap();
        let expected = conv2d(&x.as_detached_tensor(), &weight, None, config).unwrap();
        assert_same(&found, &expected, &[&weight]);
        let gradients = found.sum_all().unwrap().backward().unwrap();
        assert!(gradients.get(&x).is_none());
    }
}
