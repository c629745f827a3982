//! Tensors of pseudo-random numbers and comparisons.

use candle_core::{DType, Device, Tensor, Var};

/// Numbers in `[-1, 1]` that depend on the seed and the position only.
pub(crate) fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.
    };
    (0..len).map(|_| next()).collect()
}

pub(crate) fn tensor(shape: &[usize], seed: u64) -> Tensor {
    let len = shape.iter().product();
    Tensor::from_vec(numbers(len, seed), shape, &Device::Cpu).unwrap()
}

pub(crate) fn var(tensor: &Tensor) -> Var {
    Var::from_tensor(tensor).unwrap()
}

pub(crate) fn double(tensor: &Tensor) -> Tensor {
    tensor.detach().to_dtype(DType::F64).unwrap()
}

pub(crate) fn values(tensor: &Tensor) -> Vec<f64> {
    double(tensor).flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference, relative to the largest value of the reference.
pub(crate) fn error(tensor: &Tensor, reference: &Tensor) -> f64 {
    assert_eq!(tensor.dims(), reference.dims());
    let (a, b) = (values(tensor), values(reference));
    let scale = b.iter().fold(1e-3f64, |max, x| max.max(x.abs()));
    let differences = a.iter().zip(&b).map(|(a, b)| (a - b).abs());
    // `max` would drop NaN.
    differences.fold(0f64, |max, d| if d <= max { max } else { d }) / scale
}
