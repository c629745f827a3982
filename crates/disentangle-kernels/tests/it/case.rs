//! A convolution of either kind, and its comparison with double precision.

use candle_core::{Result, Tensor};
use disentangle_kernels::{Activation, Conv2d, ConvTranspose2d, conv_transpose2d, conv2d};

use crate::support::{double, error, tensor, var};

/// A convolution of either kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) transposed: bool,
    pub(crate) batch: usize,
    pub(crate) channels: [usize; 2],
    pub(crate) image: [usize; 2],
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: usize,
    pub(crate) padding: usize,
    pub(crate) output_padding: usize,
    pub(crate) activation: Activation,
    pub(crate) bias: bool,
}

pub(crate) const BASE: Case = Case {
    transposed: false,
    batch: 2,
    channels: [3, 5],
    image: [7, 9],
    kernel: [3, 3],
    stride: 1,
    padding: 0,
    output_padding: 0,
    activation: Activation::None,
    bias: true,
};

impl Case {
    pub(crate) fn inputs(self) -> (Tensor, Tensor, Option<Tensor>) {
        let [inputs, outputs] = self.channels;
        let [first, second] = if self.transposed {
            [inputs, outputs]
        } else {
            [outputs, inputs]
        };
        let x = tensor(&[self.batch, inputs, self.image[0], self.image[1]], 1);
        let weight = tensor(&[first, second, self.kernel[0], self.kernel[1]], 2);
        (x, weight, self.bias.then(|| tensor(&[outputs], 3)))
    }

    pub(crate) fn run(self, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        let Self {
            stride,
            padding,
            output_padding,
            activation,
            ..
        } = self;
        if self.transposed {
            let config = ConvTranspose2d {
                stride,
                padding,
                output_padding,
                activation,
            };
            conv_transpose2d(x, weight, bias, config)
        } else {
            conv2d(
                x,
                weight,
                bias,
                Conv2d {
                    stride,
                    padding,
                    activation,
                },
            )
        }
    }

    /// The output, and the gradients of a weighted sum of it.
    pub(crate) fn outputs(
        self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
    ) -> Result<Vec<Tensor>> {
        let (x, weight, bias) = (var(x), var(weight), bias.map(var));
        let y = self.run(&x, &weight, bias.as_ref().map(candle_core::Var::as_tensor))?;
        let factors = tensor(y.dims(), 4).to_dtype(y.dtype())?;
        let gradients = (&y * factors)?.sum_all()?.backward()?;
        let mut all = vec![y];
        for var in [Some(&x), Some(&weight), bias.as_ref()]
            .into_iter()
            .flatten()
        {
            all.push(gradients.get(var).unwrap().clone());
        }
        Ok(all)
    }

    /// Compares with candle's operations in double precision, which the functions fall back to for f64.
    pub(crate) fn check(self) {
        let (x, weight, bias) = self.inputs();
        let single = self.outputs(&x, &weight, bias.as_ref()).unwrap();
        let reference = self
            .outputs(
                &double(&x),
                &double(&weight),
                bias.as_ref().map(double).as_ref(),
            )
            .unwrap();
        for (i, (single, reference)) in single.iter().zip(&reference).enumerate() {
            // f32 sums of up to some thousand products, relative to the largest.
            let error = error(single, reference);
            assert!(error < 1e-5, "{self:?}: output {i} differs by {error}");
        }
    }
}
