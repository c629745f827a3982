//! The convolutions of two autoencoders, by this crate and by candle: what the example times and the benchmark too.

use candle_core::{Device, Result, Tensor};
use disentangle_kernels::{Activation, Conv2d, ConvTranspose2d, conv_transpose2d, conv2d};

/// Images in a batch.
pub(crate) const BATCH: usize = 64;

/// A layer: transposed or not, channels in and out, image, kernel, stride, padding.
#[derive(Clone, Copy)]
pub(crate) struct Layer(
    pub(crate) bool,
    pub(crate) [usize; 2],
    pub(crate) usize,
    pub(crate) usize,
    pub(crate) usize,
    pub(crate) usize,
);

/// Burgess et al. 2018, gray.
pub(crate) const BURGESS: [Layer; 8] = [
    Layer(false, [1, 32], 64, 4, 2, 1),
    Layer(false, [32, 32], 32, 4, 2, 1),
    Layer(false, [32, 32], 16, 4, 2, 1),
    Layer(false, [32, 32], 8, 4, 2, 1),
    Layer(true, [32, 32], 4, 4, 2, 1),
    Layer(true, [32, 32], 8, 4, 2, 1),
    Layer(true, [32, 32], 16, 4, 2, 1),
    Layer(true, [32, 1], 32, 4, 2, 1),
];

/// `padless_conv64` and `simple_conv64`, RGB, D = 20.
pub(crate) const PAPER: [Layer; 12] = [
    Layer(false, [3, 32], 64, 3, 2, 0),
    Layer(false, [32, 32], 31, 3, 2, 0),
    Layer(false, [32, 64], 15, 3, 2, 0),
    Layer(false, [64, 128], 7, 3, 2, 0),
    Layer(false, [128, 256], 3, 3, 2, 0),
    Layer(false, [20, 256], 1, 1, 2, 0),
    Layer(true, [256, 256], 1, 4, 2, 1),
    Layer(true, [256, 128], 2, 4, 2, 0),
    Layer(true, [128, 128], 6, 4, 2, 0),
    Layer(true, [128, 64], 14, 4, 2, 0),
    Layer(true, [64, 64], 30, 4, 2, 0),
    Layer(true, [64, 3], 62, 3, 1, 0),
];

impl Layer {
    /// Input, weight and bias with numbers of the size they have in a network.
    pub(crate) fn inputs(self) -> Result<[Tensor; 3]> {
        let Self(transposed, [inputs, outputs], size, kernel, ..) = self;
        let [first, second] = if transposed {
            [inputs, outputs]
        } else {
            [outputs, inputs]
        };
        let wave = |shape: &[usize], scale: f32| {
            let len = shape.iter().product::<usize>();
            let values: Vec<f32> = (0..len).map(|i| scale * (i as f32 * 0.7).sin()).collect();
            Tensor::from_vec(values, shape, &Device::Cpu)
        };
        let scale = 1. / ((inputs * kernel * kernel) as f32).sqrt();
        Ok([
            wave(&[BATCH, inputs, size, size], 1.)?,
            wave(&[first, second, kernel, kernel], scale)?,
            wave(&[outputs], 0.1)?,
        ])
    }

    /// This crate's operation.
    pub(crate) fn ours(self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let Self(transposed, _, _, _, stride, padding) = self;
        let activation = Activation::Relu;
        if transposed {
            let config = ConvTranspose2d {
                stride,
                padding,
                activation,
                ..ConvTranspose2d::default()
            };
            conv_transpose2d(x, weight, Some(bias), config)
        } else {
            conv2d(
                x,
                weight,
                Some(bias),
                Conv2d {
                    stride,
                    padding,
                    activation,
                },
            )
        }
    }

    /// The same from candle's.
    pub(crate) fn candles(self, x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let Self(transposed, _, _, _, stride, padding) = self;
        let y = if transposed {
            x.conv_transpose2d(weight, padding, 0, stride, 1)?
        } else {
            x.conv2d(weight, padding, stride, 1, 1)?
        };
        y.broadcast_add(&bias.reshape((1, (), 1, 1))?)?.relu()
    }

    /// Multiplications and additions of one pass; a step has three, but for a first layer.
    pub(crate) fn gflop(self) -> f64 {
        let Self(transposed, [inputs, outputs], size, kernel, stride, padding) = self;
        let narrow = if transposed {
            size
        } else {
            (size + 2 * padding - kernel) / stride + 1
        };
        (2 * BATCH * inputs * outputs * kernel * kernel * narrow * narrow) as f64 / 1e9
    }

    /// What it is called in a report.
    pub(crate) fn title(self) -> String {
        let Self(transposed, [inputs, outputs], size, kernel, stride, padding) = self;
        let kind = if transposed { "T" } else { "C" };
        format!("{kind} {inputs}->{outputs} {size}x{size} k{kernel} s{stride} p{padding}")
    }
}
