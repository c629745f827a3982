//! Convolutions in a row.

use candle_core::{DType, Device, Tensor, Var};
use disentangle_kernels::{
    Activation, Conv2d, ConvKind, ConvLayer, ConvTranspose2d, conv_stack, conv_transpose2d, conv2d,
};
use proptest::prelude::*;

use crate::support::{tensor, values, var};

/// A layer's kind, output channels, kernel, stride, padding, activation, bias.
type Choice = (bool, usize, usize, usize, usize, u8, bool);

/// Layers with parameters of their own, as far as they fit the image.
fn layers(choices: &[Choice], mut channels: usize, mut side: usize) -> Vec<ConvLayer> {
    let mut layers = Vec::new();
    for (seed, &(transposed, outputs, kernel, stride, padding, activation, bias)) in
        (10..).zip(choices)
    {
        let activation = match activation {
            0 => Activation::None,
            1 => Activation::Relu,
            _ => Activation::LeakyRelu(0.2),
        };
        let padding = padding.min(kernel - 1);
        let (first, second, kind) = if transposed {
            let full = (side - 1) * stride + kernel;
            if full <= 2 * padding || full > 24 {
                continue;
            }
            side = full - 2 * padding;
            let config = ConvTranspose2d {
                stride,
                padding,
                output_padding: 0,
                activation,
            };
            (channels, outputs, ConvKind::ConvTranspose2d(config))
        } else {
            if side + 2 * padding < kernel {
                continue;
            }
            side = (side + 2 * padding - kernel) / stride + 1;
            let config = Conv2d {
                stride,
                padding,
                activation,
            };
            (outputs, channels, ConvKind::Conv2d(config))
        };
        channels = outputs;
        layers.push(ConvLayer {
            weight: tensor(&[first, second, kernel, kernel], seed),
            bias: bias.then(|| tensor(&[outputs], seed + 10)),
            kind,
        });
    }
    layers
}

fn one_by_one(x: &Tensor, layers: &[ConvLayer]) -> Tensor {
    layers.iter().fold(x.clone(), |x, layer| {
        let bias = layer.bias.as_ref();
        match layer.kind {
            ConvKind::Conv2d(config) => conv2d(&x, &layer.weight, bias, config),
            ConvKind::ConvTranspose2d(config) => conv_transpose2d(&x, &layer.weight, bias, config),
        }
        .unwrap()
    })
}

/// The layers with variables for parameters, and these.
fn learning(layers: &[ConvLayer]) -> (Vec<ConvLayer>, Vec<Var>) {
    let mut vars = Vec::new();
    let mut own = |tensor: &Tensor| {
        vars.push(var(tensor));
        vars[vars.len() - 1].as_tensor().clone()
    };
    let layers = layers.iter().map(|layer| ConvLayer {
        weight: own(&layer.weight),
        bias: layer.bias.as_ref().map(&mut own),
        kind: layer.kind,
    });
    (layers.collect(), vars)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stack_is_its_layers_one_after_the_other_bit_for_bit(
        choices in prop::collection::vec(
            (any::<bool>(), 1..=5usize, 1..=4usize, 1..=3usize, 0..=2usize, 0..=2u8, any::<bool>()),
            1..=5,
        ),
        batch in 1..=3usize, channels in 1..=3usize, side in 1..=12usize,
    ) {
        let plain = layers(&choices, channels, side);
        prop_assume!(!plain.is_empty());
        let x = var(&tensor(&[batch, channels, side, side], 1));
        let (layers, vars) = learning(&plain);

        let y = conv_stack(&x, &layers).unwrap();
        let expected = one_by_one(&x, &layers);
        prop_assert_eq!(y.dims(), expected.dims());
        prop_assert_eq!(values(&y), values(&expected));
        let detached = conv_stack(&x.as_detached_tensor(), &plain).unwrap();
        prop_assert_eq!(values(&detached), values(&expected));
        prop_assert!(!detached.track_op());

        let factors = tensor(y.dims(), 4);
        let gradients = (y * &factors).unwrap().sum_all().unwrap().backward().unwrap();
        let reference = (expected * factors).unwrap().sum_all().unwrap().backward().unwrap();
        for var in vars.iter().chain([&x]) {
            let (gradient, reference) = (gradients.get(var).unwrap(), reference.get(var).unwrap());
            prop_assert_eq!(values(gradient), values(reference));
        }
    }
}

#[test]
fn other_dtypes_fall_back_to_the_layers() {
    let double = |tensor: &Tensor| tensor.to_dtype(DType::F64).unwrap();
    let choices = [(false, 4, 3, 2, 1, 1, true), (true, 2, 4, 2, 1, 0, true)];
    let layers = layers(&choices, 3, 8);
    let x = tensor(&[2, 3, 8, 8], 1);
    let doubles: Vec<_> = layers
        .iter()
        .map(|layer| ConvLayer {
            weight: double(&layer.weight),
            bias: layer.bias.as_ref().map(double),
            kind: layer.kind,
        })
        .collect();
    let y = conv_stack(&double(&x), &doubles).unwrap();
    assert_eq!(y.dtype(), DType::F64);
    let difference = (y - double(&conv_stack(&x, &layers).unwrap())).unwrap();
    let largest = difference.abs().unwrap().max_all().unwrap();
    // 1e-5: f32 sums of some hundred products.
    assert!(largest.to_scalar::<f64>().unwrap() < 1e-5);
}

#[test]
fn parameters_that_are_not_tracked_get_no_gradient() {
    let choices = [(false, 4, 3, 1, 0, 1, true), (false, 2, 3, 1, 0, 1, true)];
    let frozen = layers(&choices, 3, 8);
    let (mut learning, vars) = learning(&frozen);
    learning[0] = frozen[0].clone();
    let x = tensor(&[2, 3, 8, 8], 1);
    let loss = conv_stack(&x, &learning).unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();
    assert!(gradients.get(&frozen[0].weight).is_none());
    assert!(gradients.get(&x).is_none());
    assert_eq!(gradients.get(&vars[2]).unwrap().dims(), [2, 4, 3, 3]);

    let x = var(&x);
    let loss = conv_stack(&x, &frozen).unwrap().sum_all().unwrap();
    assert_eq!(loss.backward().unwrap().get(&x).unwrap().dims(), x.dims());
}

#[test]
fn gradients_can_be_taken_twice() {
    let choices = [(false, 4, 3, 2, 1, 1, true), (true, 2, 4, 2, 1, 0, true)];
    let (layers, vars) = learning(&layers(&choices, 3, 8));
    let y = conv_stack(&tensor(&[2, 3, 8, 8], 1), &layers).unwrap();
    let loss = y.sqr().unwrap().sum_all().unwrap();
    let [first, second] = [(); 2].map(|()| loss.backward().unwrap());
    for var in &vars {
        assert_eq!(
            values(first.get(var).unwrap()),
            values(second.get(var).unwrap())
        );
    }
}

#[test]
fn layers_that_do_not_fit_are_refused() {
    let x = Tensor::zeros((1, 3, 8, 8), DType::F32, &Device::Cpu).unwrap();
    let none = conv_stack(&x, &[]).unwrap_err().to_string();
    assert!(none.contains("no layers"), "{none}");
    let mut layers = layers(
        &[(false, 4, 3, 1, 0, 1, true), (false, 2, 3, 1, 0, 1, true)],
        3,
        8,
    );
    layers[1].weight = tensor(&[2, 5, 3, 3], 1);
    let error = conv_stack(&x, &layers).unwrap_err().to_string();
    assert!(error.contains("4 channels"), "{error}");
}
