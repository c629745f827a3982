//! What convolutions do at their borders: strides, threads, empty batches, wrong arguments.

use candle_core::Tensor;
use disentangle_kernels::Activation;

use crate::case::{BASE, Case};
use crate::support::{double, tensor, values, var};

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
