//! Values and gradients of convolutions and transposed convolutions.

use candle_core::{DType, Device, Tensor};
use disentangle_kernels::Activation;
use proptest::prelude::*;

use crate::case::{BASE, Case};
use crate::support::{double, error, tensor, values};

/// candle's own convolution in f64, without the fallback's preparations.
#[test]
fn fallback_is_candles_convolution() {
    let case = Case {
        padding: 1,
        stride: 2,
        ..BASE
    };
    let (x, weight, bias) = case.inputs();
    let y = case
        .run(
            &double(&x),
            &double(&weight),
            bias.as_ref().map(double).as_ref(),
        )
        .unwrap();
    let own = double(&x).conv2d(&double(&weight), 1, 2, 1, 1).unwrap();
    let own = own
        .broadcast_add(&double(&bias.unwrap()).reshape((1, 5, 1, 1)).unwrap())
        .unwrap();
    assert!(error(&y, &own) < 1e-14);
}

#[test]
fn the_layers_of_the_architectures_agree() {
    for transposed in [false, true] {
        let base = Case {
            transposed,
            activation: Activation::Relu,
            batch: 5,
            ..BASE
        };
        let layers = [
            // channels, image, kernel, stride, padding
            ([1, 32], 64, 4, 2, 1),
            ([32, 32], 8, 4, 2, 1),
            ([3, 32], 64, 3, 2, 0),
            ([64, 128], 7, 3, 2, 0),
            ([20, 256], 1, 1, 2, 0),
            (
                [256, 40],
                1,
                if transposed { 4 } else { 1 },
                2,
                if transposed { 1 } else { 0 },
            ),
            ([40, 130], 6, 4, 2, 0),
            ([64, 3], 30, 3, 1, 0),
            ([64, 1], 16, 4, 2, 1),
            ([16, 64], 4, 2, 2, 0),
        ];
        for (channels, size, kernel, stride, padding) in layers {
            let (image, kernel) = ([size; 2], [kernel; 2]);
            Case {
                channels,
                image,
                kernel,
                stride,
                padding,
                ..base
            }
            .check();
        }
    }
}

#[test]
fn large_images_and_batches_agree() {
    Case {
        channels: [2, 3],
        image: [61, 67],
        batch: 3,
        stride: 2,
        padding: 1,
        ..BASE
    }
    .check();
    let many = Case {
        channels: [4, 6],
        image: [5, 4],
        batch: 131,
        padding: 1,
        ..BASE
    };
    many.check();
    Case {
        transposed: true,
        stride: 2,
        output_padding: 1,
        ..many
    }
    .check();
}

fn cases() -> impl Strategy<Value = Case> {
    let activation = prop_oneof![
        Just(Activation::None),
        Just(Activation::Relu),
        Just(Activation::LeakyRelu(0.2)),
    ];
    let sizes = (
        1..=3usize,
        [1..=5usize, 1..=5],
        [1..=9usize, 1..=9],
        [1..=5usize, 1..=5],
    );
    (
        any::<bool>(),
        sizes,
        1..=3usize,
        0..=3usize,
        0..3usize,
        activation,
        any::<bool>(),
    )
        .prop_map(
            |(
                transposed,
                (batch, channels, image, kernel),
                stride,
                padding,
                output_padding,
                activation,
                bias,
            )| {
                let output_padding = if transposed {
                    output_padding % stride
                } else {
                    0
                };
                Case {
                    transposed,
                    batch,
                    channels,
                    image,
                    kernel,
                    stride,
                    padding,
                    output_padding,
                    activation,
                    bias,
                }
            },
        )
}

/// Strides larger than the kernel leave target pixels that no kernel position reaches.
#[test]
fn pixels_that_no_kernel_position_reaches_are_filled() {
    Case {
        transposed: true,
        channels: [1, 1],
        image: [1, 2],
        kernel: [3, 1],
        stride: 2,
        padding: 1,
        ..BASE
    }
    .check();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_shape_agrees(case in cases()) {
        let (x, weight, bias) = case.inputs();
        // Sizes that leave no output are refused, which another test shows.
        prop_assume!(case.run(&x, &weight, bias.as_ref()).is_ok());
        case.check();
    }
}

#[test]
fn gradients_are_those_of_central_differences() {
    for transposed in [false, true] {
        let activation = Activation::LeakyRelu(0.3);
        let (image, kernel) = ([3, 2], [2, 3]);
        let case = Case {
            transposed,
            activation,
            image,
            kernel,
            stride: 2,
            padding: 1,
            ..BASE
        };
        let (x, weight, bias) = case.inputs();
        let args = [x, weight, bias.unwrap()];
        let outputs = case.outputs(&args[0], &args[1], Some(&args[2])).unwrap();
        let loss = |args: &[Tensor]| {
            let y = case.run(&args[0], &args[1], Some(&args[2])).unwrap();
            let factors = values(&tensor(y.dims(), 4));
            values(&y)
                .iter()
                .zip(factors)
                .map(|(y, factor)| y * factor)
                .sum::<f64>()
        };
        for (i, gradient) in outputs[1..].iter().enumerate() {
            for (at, gradient) in values(gradient).into_iter().enumerate() {
                // Piecewise linear: a step that crosses no kink has no truncation error.
                const STEP: f64 = 1. / 1024.;
                let moved = |by: f64| {
                    let mut moved = values(&args[i]);
                    moved[at] += by;
                    let mut args = args.clone();
                    let shape = args[i].shape().clone();
                    args[i] = Tensor::from_vec(moved, shape, &Device::Cpu).unwrap();
                    args[i] = args[i].to_dtype(DType::F32).unwrap();
                    loss(&args)
                };
                let difference = (moved(STEP) - moved(-STEP)) / (2. * STEP);
                // f32 outputs of size 1 rounded to 6e-8, divided by the step.
                assert!(
                    (difference - gradient).abs() < 2e-3,
                    "{difference} is not {gradient}"
                );
            }
        }
    }
}
