//! Rows of the log densities of a point under every Gaussian of a batch.

use crate::elementary::exp_of_negative;

const LN_TAU: f32 = 1.837_877_1;
/// Numbers summed side by side, so that the loops become vector code and single precision keeps its digits.
const LANES: usize = 16;

/// The points and Gaussians of a batch, by dimension: `[D, B]` each.
pub(super) struct Pairs {
    pub(super) batch: usize,
    pub(super) latents: usize,
    z: Vec<f32>,
    mu: Vec<f32>,
    precision: Vec<f32>,
    /// `−½(log_var + ln 2π)`.
    constant: Vec<f32>,
}

/// One dimension of a batch.
#[derive(Clone, Copy)]
pub(super) struct Dimension<'a> {
    pub(super) z: &'a [f32],
    pub(super) mu: &'a [f32],
    pub(super) precision: &'a [f32],
    constant: &'a [f32],
}

impl Pairs {
    pub(super) fn new([z, mu, log_var]: [&[f32]; 3], latents: usize) -> Self {
        let by_dimension = |x: &[f32]| -> Vec<f32> {
            (0..latents)
                .flat_map(|d| x[d..].iter().step_by(latents).copied())
                .collect()
        };
        let log_var = by_dimension(log_var);
        Self {
            batch: z.len() / latents,
            latents,
            z: by_dimension(z),
            mu: by_dimension(mu),
            precision: log_var.iter().map(|&l| (-l).exp()).collect(),
            constant: log_var.iter().map(|&l| -0.5 * (l + LN_TAU)).collect(),
        }
    }

    pub(super) fn dimension(&self, d: usize) -> Dimension<'_> {
        let range = d * self.batch..(d + 1) * self.batch;
        Dimension {
            z: &self.z[range.clone()],
            mu: &self.mu[range.clone()],
            precision: &self.precision[range.clone()],
            constant: &self.constant[range],
        }
    }

    /// Writes `L[j, i, d]` for every `i`.
    pub(super) fn densities(&self, j: usize, d: usize, row: &mut [f32]) {
        self.dimension(d).densities(j, row);
    }
}

impl Dimension<'_> {
    /// Writes `L[j, i]` for every `i`.
    pub(super) fn densities(&self, j: usize, row: &mut [f32]) {
        let z = self.z[j];
        let gaussians = self.mu.iter().zip(self.precision).zip(self.constant);
        for (out, ((mu, precision), constant)) in row.iter_mut().zip(gaussians) {
            let distance = z - mu;
            *out = constant - 0.5 * distance * distance * precision;
        }
    }
}

/// `ln Σ exp(row)`, shifted by the maximum.
pub(super) fn log_sum_exp(row: &[f32]) -> f32 {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sums = [0f32; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += exp_of_negative(x - max);
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += exp_of_negative(x - max);
    }
    max + sums.iter().sum::<f32>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_sum_exp_keeps_far_values_and_not_a_number() {
        assert_eq!(log_sum_exp(&[-1000.; 4]), -1000. + 4f32.ln());
        assert_eq!(log_sum_exp(&[3., f32::NEG_INFINITY]), 3.);
        let many: Vec<f32> = (0..37).map(|i| i as f32 * 0.1).collect();
        let exact: f64 = many.iter().map(|&x| f64::from(x).exp()).sum();
        // 1e-6: an f32 sum of 37 numbers, and one logarithm.
        assert!((f64::from(log_sum_exp(&many)) - exact.ln()).abs() < 1e-6);
        assert!(log_sum_exp(&[0., f32::NAN]).is_nan());
    }
}
