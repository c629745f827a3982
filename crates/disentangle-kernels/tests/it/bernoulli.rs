//! The Bernoulli likelihood.

use candle_core::{DType, Device, Tensor};
use disentangle_kernels::bernoulli_nll;

use crate::support::{double, error, tensor, values, var};

fn inputs(shape: &[usize]) -> (Tensor, Tensor) {
    let logits = (tensor(shape, 1) * 12.).unwrap();
    let targets = ((tensor(shape, 2) + 1.).unwrap() / 2.).unwrap();
    (logits, targets)
}

/// The value, and the gradients of logits and targets.
fn outputs(logits: &Tensor, targets: &Tensor) -> [Tensor; 3] {
    let (logits, targets) = (var(logits), var(targets));
    let nll = bernoulli_nll(&logits, &targets).unwrap();
    let factors = tensor(nll.dims(), 3).to_dtype(nll.dtype()).unwrap();
    let gradients = (&nll * factors)
        .unwrap()
        .sum_all()
        .unwrap()
        .backward()
        .unwrap();
    [
        nll,
        gradients.get(&logits).unwrap().clone(),
        gradients.get(&targets).unwrap().clone(),
    ]
}

#[test]
fn agrees_with_candles_operations_in_double_precision() {
    for shape in [&[3, 2, 5, 7][..], &[1, 1, 64, 64], &[4], &[2, 200]] {
        let (logits, targets) = inputs(shape);
        let single = outputs(&logits, &targets);
        let reference = outputs(&double(&logits), &double(&targets));
        for (single, reference) in single.iter().zip(&reference) {
            assert_eq!(single.dtype(), DType::F32);
            // f32 rounding of the terms.
            assert!(error(single, reference) < 1e-6);
        }
    }
}

/// Computed by hand: `softplus(±1000)` is 1000 or 0, and ln 2 at zero.
#[test]
fn extreme_logits_stay_finite() {
    let logits = [1000f32, -1000., 1000., -1000., 0., f32::MAX, f32::MIN];
    let targets = [1f32, 0., 0., 1., 0.5, 1., 0.];
    let column = |values: &[f32]| Tensor::from_slice(values, (7, 1), &Device::Cpu).unwrap();
    let [nll, grad, _] = outputs(&column(&logits), &column(&targets));
    let expected = [0., 0., 1000., 1000., 2f64.ln(), 0., 0.];
    for (nll, expected) in values(&nll).iter().zip(expected) {
        assert!((nll - expected).abs() < 1e-6, "{nll} is not {expected}");
    }
    assert!(values(&grad).iter().all(|g| g.is_finite()));
    let [nll, grad, _] = outputs(&double(&column(&logits[..])), &double(&column(&targets)));
    assert!(
        values(&nll)
            .iter()
            .chain(&values(&grad))
            .all(|g| g.is_finite())
    );
}

#[test]
fn strided_inputs_give_the_same_as_contiguous_ones() {
    let (logits, targets) = inputs(&[4, 6]);
    let turned = (logits.t().unwrap(), targets.t().unwrap());
    let strided = outputs(&turned.0, &turned.1);
    let contiguous = outputs(
        &turned.0.contiguous().unwrap(),
        &turned.1.contiguous().unwrap(),
    );
    assert!(
        strided
            .iter()
            .zip(&contiguous)
            .all(|(a, b)| values(a) == values(b))
    );
}

#[test]
fn not_a_number_comes_through() {
    let (logits, targets) = inputs(&[2, 3]);
    let nll = bernoulli_nll(&(logits * f64::NAN).unwrap(), &targets).unwrap();
    assert!(values(&nll).iter().all(|x| x.is_nan()));
}

#[test]
fn different_shapes_and_dtypes_are_refused() {
    let (logits, targets) = inputs(&[2, 3]);
    let refusal = |targets: &Tensor| bernoulli_nll(&logits, targets).unwrap_err().to_string();
    assert!(refusal(&targets.t().unwrap()).contains("must have one shape"));
    assert!(refusal(&double(&targets)).contains("must have one dtype"));
}
