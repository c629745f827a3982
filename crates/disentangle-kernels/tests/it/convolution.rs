//! Convolutions and transposed convolutions.

use candle_core::{DType, Device, Result, Tensor};
use disentangle_kernels::{Activation, Conv2d, ConvTranspose2d, conv_transpose2d, conv2d};
use proptest::prelude::*;

use crate::support::{double, error, tensor, values, var};

/// A convolution of either kind.
#[derive(Debug, Clone, Copy)]
struct Case {
    transposed: bool,
    batch: usize,
    channels: [usize; 2],
    image: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    padding: usize,
    output_padding: usize,
    activation: Activation,
    bias: bool,
}

const BASE: Case = Case {
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
    fn inputs(self) -> (Tensor, Tensor, Option<Tensor>) {
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

    fn run(self, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
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
    fn outputs(self, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Vec<Tensor>> {
        let (x, weight, bias) = (var(x), var(weight), bias.map(var));
        let y = self.run(&x, &weight, bias.as_ref().map(|bias| bias.as_tensor()))?;
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
    fn check(self) {
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

#[test]
fn strided_inputs_give_the_same_as_contiguous_ones() {
    for transposed in [false, true] {
        let case = Case {
            transposed,
            channels: [3, 3],
            ..BASE
        };
        let (x, weight, bias) = case.inputs();
        let turned = |t: &Tensor| t.transpose(2, 3).unwrap();
        let expected = case.run(
            &turned(&x).contiguous().unwrap(),
            &turned(&weight).contiguous().unwrap(),
            bias.as_ref(),
        );
        let got = case.run(&turned(&x), &turned(&weight), bias.as_ref());
        assert_eq!(values(&expected.unwrap()), values(&got.unwrap()));
        let narrowed = x.narrow(0, 1, 1).unwrap();
        let expected = case
            .run(&x, &weight, None)
            .unwrap()
            .narrow(0, 1, 1)
            .unwrap();
        assert_eq!(
            values(&case.run(&narrowed, &weight, None).unwrap()),
            values(&expected)
        );
    }
}

#[test]
fn only_tracked_inputs_get_gradients() {
    let (x, weight, bias) = BASE.inputs();
    let weight = var(&weight);
    let y = BASE.run(&x, &weight, bias.as_ref()).unwrap();
    let gradients = y.sum_all().unwrap().backward().unwrap();
    assert!(gradients.get(&weight).is_some());
    assert!(gradients.get(&x).is_none());
    assert!(gradients.get(&bias.unwrap()).is_none());
}

/// Bit for bit, from one run to the next and whatever the number of threads.
#[test]
fn results_do_not_depend_on_the_threads() {
    for transposed in [false, true] {
        let base = Case {
            transposed,
            batch: 37,
            stride: 2,
            kernel: [4, 4],
            padding: 1,
            ..BASE
        };
        for (channels, image) in [([16, 9], [18, 17]), ([40, 70], [2, 3])] {
            let case = Case {
                channels,
                image,
                ..base
            };
            let (x, weight, bias) = case.inputs();
            let run = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                let outputs = pool
                    .install(|| case.outputs(&x, &weight, bias.as_ref()))
                    .unwrap();
                outputs.iter().map(values).collect::<Vec<_>>()
            };
            let first = run(1);
            for threads in [1, 2, 3, 2] {
                assert!(run(threads) == first, "{threads} threads differ from one");
            }
        }
    }
}

#[test]
fn not_a_number_is_not_hidden_by_the_activation() {
    let case = Case {
        activation: Activation::Relu,
        padding: 1,
        ..BASE
    };
    let (x, weight, bias) = case.inputs();
    let y = case
        .run(&(x * f64::NAN).unwrap(), &weight, bias.as_ref())
        .unwrap();
    assert!(values(&y).iter().all(|y| y.is_nan()));
}

#[test]
fn an_empty_batch_gives_an_empty_result() {
    for transposed in [false, true] {
        let case = Case {
            transposed,
            batch: 0,
            ..BASE
        };
        let outputs = {
            let (x, weight, bias) = case.inputs();
            case.run(&x, &weight, bias.as_ref()).unwrap()
        };
        assert_eq!(outputs.dims()[..2], [0, 5]);
    }
}

#[test]
fn wrong_arguments_are_refused_with_the_reason() {
    let refusal = |case: Case, change: fn(&mut [Tensor; 3])| {
        let (x, weight, bias) = case.inputs();
        let mut args = [x, weight, bias.unwrap()];
        change(&mut args);
        let [x, weight, bias] = args;
        case.run(&x, &weight, Some(&bias)).unwrap_err().to_string()
    };
    for transposed in [false, true] {
        let base = Case { transposed, ..BASE };
        let wrong = refusal(base, |args| args[0] = tensor(&[2, 4, 7, 9], 0));
        assert!(wrong.contains("the input has 4 channels"), "{wrong}");
        let wrong = refusal(base, |args| args[0] = tensor(&[4, 7, 9], 0));
        assert!(
            wrong.contains("the input must have 4 dimensions"),
            "{wrong}"
        );
        let wrong = refusal(base, |args| args[1] = tensor(&[4, 7], 0));
        assert!(
            wrong.contains("the weight must have 4 dimensions"),
            "{wrong}"
        );
        let wrong = refusal(base, |args| args[2] = tensor(&[4], 0));
        assert!(
            wrong.contains("the bias must have the shape [5]"),
            "{wrong}"
        );
        let wrong = refusal(Case { stride: 0, ..base }, |_| ());
        assert!(wrong.contains("the stride must be at least 1"), "{wrong}");
        let wrong = refusal(
            Case {
                activation: Activation::LeakyRelu(-1.),
                ..base
            },
            |_| (),
        );
        assert!(wrong.contains("the slope of a leaky relu"), "{wrong}");
        let wrong = refusal(
            Case {
                padding: usize::MAX / 2,
                ..base
            },
            |_| (),
        );
        assert!(wrong.contains("conv"), "{wrong}");
        assert!(!refusal(base, |args| args[1] = double(&args[1])).is_empty());
    }
    let wrong = refusal(
        Case {
            image: [2, 9],
            ..BASE
        },
        |_| (),
    );
    assert!(
        wrong.contains("the kernel 3x3 does not fit the input 2x9"),
        "{wrong}"
    );
    let wrong = refusal(
        Case {
            transposed: true,
            padding: 5,
            ..BASE
        },
        |_| (),
    );
    assert!(wrong.contains("leaves no output"), "{wrong}");
    let wrong = refusal(
        Case {
            transposed: true,
            output_padding: 1,
            ..BASE
        },
        |_| (),
    );
    assert!(wrong.contains("must be smaller than the stride"), "{wrong}");
}
