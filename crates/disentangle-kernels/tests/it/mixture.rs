//! Log densities under the mixture of a batch.

use candle_core::{DType, Device, Tensor};
use disentangle_kernels::{PairLogWeights, mixture_log_densities};

use crate::support::{double, error, tensor, values, var};

const WEIGHTS: PairLogWeights = PairLogWeights {
    same: -7.,
    next: -3.,
    other: -4.,
};

fn inputs(batch: usize, latents: usize) -> [Tensor; 3] {
    let scaled = |seed, by: f64| (tensor(&[batch, latents], seed) * by).unwrap();
    [scaled(1, 3.), scaled(2, 2.), scaled(3, 1.5)]
}

/// The value, and the gradients of z, mu and log_var.
fn outputs(inputs: &[Tensor; 3], weights: PairLogWeights) -> [Tensor; 4] {
    let [z, mu, log_var] = inputs.each_ref().map(var);
    let densities = mixture_log_densities(&z, &mu, &log_var, weights).unwrap();
    let factors = tensor(densities.dims(), 4).to_dtype(densities.dtype());
    let loss = (&densities * factors.unwrap()).unwrap().sum_all().unwrap();
    let gradients = loss.backward().unwrap();
    let of = |x: &Tensor| gradients.get(x).unwrap().clone();
    let gradients = [of(&z), of(&mu), of(&log_var)];
    let [z, mu, log_var] = gradients;
    [densities, z, mu, log_var]
}

#[test]
fn agrees_with_candles_operations_in_double_precision() {
    for (batch, latents) in [(1, 1), (2, 3), (5, 1), (17, 4), (64, 20)] {
        for weights in [WEIGHTS, PairLogWeights::uniform(-9.)] {
            let inputs = inputs(batch, latents);
            let single = outputs(&inputs, weights);
            let reference = outputs(&inputs.each_ref().map(double), weights);
            for (single, reference) in single.iter().zip(&reference) {
                assert_eq!(single.dtype(), DType::F32);
                // f32 sums of B·D exponentials and of pulls that nearly cancel.
                assert!(error(single, reference) < 1e-5, "{batch} {latents}");
            }
        }
    }
}

/// By hand: two points on their own centers 3 apart, unit variance, weight ½ each.
#[test]
fn two_points_by_hand() {
    let points = Tensor::new(&[[0f32], [3.]], &Device::Cpu).unwrap();
    let zeros = points.zeros_like().unwrap();
    let weights = PairLogWeights::uniform(0.5f64.ln());
    let densities = mixture_log_densities(&points, &points, &zeros, weights).unwrap();
    let expected = (0.5 * (1. + (-4.5f64).exp())).ln() - 0.5 * std::f64::consts::TAU.ln();
    for value in values(&densities) {
        // 1e-6: f32.
        assert!((value - expected).abs() < 1e-6, "{value} {expected}");
    }
}

/// The exponent of 64 latents 20 deviations apart is far below the smallest f64.
#[test]
fn far_points_stay_finite() {
    let points = (tensor(&[8, 64], 5) * 100.).unwrap();
    let narrow = (tensor(&[8, 64], 6) - 6.).unwrap();
    for inputs in [[&points, &points, &narrow].map(Tensor::clone)] {
        for inputs in [inputs.clone(), inputs.each_ref().map(double)] {
            for output in outputs(&inputs, WEIGHTS) {
                assert!(values(&output).iter().all(|x| x.is_finite()));
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let outputs = pool
            .build()
            .unwrap()
            .install(|| outputs(&inputs(33, 5), WEIGHTS));
        outputs.map(|x| values(&x))
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn strided_inputs_give_the_same_as_contiguous_ones() {
    let turned = inputs(4, 6).map(|x| x.t().unwrap());
    let contiguous = turned.each_ref().map(|x| x.contiguous().unwrap());
    let (a, b) = (outputs(&turned, WEIGHTS), outputs(&contiguous, WEIGHTS));
    assert!(a.iter().zip(&b).all(|(a, b)| values(a) == values(b)));
}

#[test]
fn not_a_number_comes_through() {
    let [z, mu, log_var] = inputs(3, 2);
    let z = (z * f64::NAN).unwrap();
    let densities = mixture_log_densities(&z, &mu, &log_var, WEIGHTS).unwrap();
    assert!(values(&densities).iter().all(|x| x.is_nan()));
}

#[test]
fn different_shapes_and_dtypes_are_refused() {
    let [z, mu, log_var] = inputs(3, 2);
    let refusal = |mu: &Tensor| {
        let densities = mixture_log_densities(&z, mu, &log_var, WEIGHTS);
        densities.unwrap_err().to_string()
    };
    assert!(refusal(&mu.t().unwrap()).contains("must both be one [B, D]"));
    assert!(refusal(&double(&mu)).contains("one dtype"));
}
