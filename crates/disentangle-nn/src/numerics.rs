//! Log-space arithmetic that neither overflows nor underflows.

use candle_core::{D, Result, Tensor};
pub use disentangle_kernels::{PairLogWeights, bernoulli_nll, mixture_log_densities};

/// Returns `ln(1 + eˣ)`, elementwise, as `max(x, 0) + ln(1 + e^(−|x|))`.
///
/// # Errors
/// If candle refuses an operation.
pub fn softplus(x: &Tensor) -> Result<Tensor> {
    x.relu()? + (x.abs()?.neg()?.exp()? + 1.0)?.log()?
}

/// Returns `ln Σ eˣ` over the last dimension, shifted by the maximum.
///
/// # Errors
/// If candle refuses an operation.
pub fn log_sum_exp(x: &Tensor) -> Result<Tensor> {
    // The shift cancels in the value and in the gradient, so it need not be differentiated.
    let max = x.detach().max_keepdim(D::Minus1)?;
    let sum = x.broadcast_sub(&max)?.exp()?.sum_keepdim(D::Minus1)?;
    (sum.log()? + max)?.squeeze(D::Minus1)
}

/// Returns the logistic function `1/(1 + e^(−x))`, elementwise.
///
/// # Errors
/// If candle refuses an operation.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    // `½(1 + tanh(x/2))`: tanh saturates where exp would overflow.
    ((x * 0.5)?.tanh()? + 1.0)? * 0.5
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn values(x: &Tensor) -> Vec<f64> {
        x.to_vec1().unwrap()
    }

    fn input() -> Tensor {
        Tensor::new(&[-800.0, -1.0, 0.0, 2.0, 800.0], &Device::Cpu).unwrap()
    }

    #[test]
    fn softplus_keeps_its_tails() {
        let y = values(&softplus(&input()).unwrap());
        // 1e-12: a few roundings in f64.
        let expected = [
            0.0,
            (1.0 + (-1f64).exp()).ln(),
            2f64.ln(),
            (1.0 + 2f64.exp()).ln(),
            800.0,
        ];
        for (y, expected) in y.iter().zip(expected) {
            assert!((y - expected).abs() < 1e-12, "{y} {expected}");
        }
    }

    #[test]
    fn sigmoid_saturates_without_nan() {
        let y = values(&sigmoid(&input()).unwrap());
        assert_eq!((y[0], y[2], y[4]), (0.0, 0.5, 1.0));
        assert!((y[3] - 1.0 / (1.0 + (-2f64).exp())).abs() < 1e-15);
    }

    #[test]
    fn log_sum_exp_survives_large_magnitudes_and_its_gradient_is_softmax() {
        let x = Var::new(&[[-2000.0, -2000.0], [1000.0, 0.0]], &Device::Cpu).unwrap();
        let y = log_sum_exp(x.as_tensor()).unwrap();
        assert_eq!(values(&y), [-2000.0 + 2f64.ln(), 1000.0]);
        let gradients = y.sum_all().unwrap().backward().unwrap();
        let gradient = gradients.get(x.as_tensor()).unwrap();
        assert_eq!(gradient.to_vec2::<f64>().unwrap(), [[0.5, 0.5], [1.0, 0.0]]);
    }
}
