//! Entropy from counts, without most of the bias of few rows.
//!
//! `Ĥ = ln N − (1/N) Σ nᵢ G(nᵢ)` with `G(1) = −γ − ln 2`, `G(2) = 2 − γ − ln 2`, `G(2m + 1) = G(2m)` and
//! `G(2m + 2) = G(2m) + 2 / (2m + 1)`; the plug-in estimate has `ln nᵢ` in the place of `G(nᵢ)`.
//! Grassberger 2003, arXiv:physics/0307138. Unlike a constant a cell (Miller & Madow), it knows that
//! cells of few rows are biased otherwise than those of many.

use std::ops::{Add, Sub};

/// Euler's constant.
pub(crate) const GAMMA: f64 = 0.577_215_664_901_532_9;

/// `n ln n` and `n G(n)` of each number of rows.
pub(crate) struct Counts {
    counted: Vec<f64>,
    unbiased: Vec<f64>,
}

/// An entropy or information in nats, twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// The plug-in estimate.
    pub(crate) counted: f64,
    /// Grassberger's.
    pub(crate) unbiased: f64,
}

impl Add for Estimate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            counted: self.counted + other.counted,
            unbiased: self.unbiased + other.unbiased,
        }
    }
}

impl Sub for Estimate {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            counted: self.counted - other.counted,
            unbiased: self.unbiased - other.unbiased,
        }
    }
}

impl Counts {
    /// Makes the terms of counts of up to so many rows.
    pub(crate) fn up_to(rows: usize) -> Self {
        let logarithm = |n: usize| {
            if n == 0 {
                0.0
            } else {
                n as f64 * (n as f64).ln()
            }
        };
        let mut unbiased = vec![0.0; rows + 1];
        let mut g = -GAMMA - std::f64::consts::LN_2;
        for (n, term) in unbiased.iter_mut().enumerate().skip(1) {
            if n % 2 == 0 {
                g += 2.0 / (n - 1) as f64;
            }
            *term = n as f64 * g;
        }
        Self {
            counted: (0..=rows).map(logarithm).collect(),
            unbiased,
        }
    }

    /// Returns the entropy of counts that sum to no more than there are terms for.
    pub(crate) fn entropy(&self, counts: &[u32]) -> Estimate {
        let n: usize = counts.iter().map(|&count| count as usize).sum();
        let of = |terms: &[f64]| {
            let sum: f64 = counts.iter().map(|&count| terms[count as usize]).sum();
            (n as f64).ln() - sum / n as f64
        };
        Estimate {
            counted: of(&self.counted),
            unbiased: of(&self.unbiased),
        }
    }
}

/// Returns `x E₁(2x)`, with the exponential integral `E₁`: what `n G(n)` of a Poisson number `n` of mean `x` exceeds
/// `x ln x` by on average; of interest where cells have few rows.
///
/// `E₁` by Abramowitz & Stegun 1964, 5.1.53 and 5.1.54, to `5e-5`.
pub(crate) fn excess(x: f64) -> f64 {
    let polynomial =
        |terms: &[f64], y: f64| terms.iter().rev().fold(0.0, |sum, term| sum * y + term);
    let y = 2.0 * x;
    let integral = if y <= 0.0 {
        0.0
    } else if y <= 1.0 {
        const TERMS: [f64; 6] = [
            -0.577_215_66,
            0.999_991_93,
            -0.249_910_55,
            0.055_199_68,
            -0.009_760_04,
            0.001_078_57,
        ];
        polynomial(&TERMS, y) - y.ln()
    } else {
        let ratio = polynomial(&[0.250_621, 2.334_733, 1.0], y)
            / polynomial(&[1.681_534, 3.330_657, 1.0], y);
        ratio * (-y).exp() / y
    };
    x * integral
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;

    /// By hand: `n = 3, 1`: `ln 4 − (3 G(3) + G(1)) / 4`, `G(3) = G(2) = 2 − γ − ln 2`.
    #[test]
    fn a_small_sum_is_right() {
        let found = Counts::up_to(4).entropy(&[3, 0, 1]);
        let g = -GAMMA - 2f64.ln();
        assert!((found.unbiased - (4f64.ln() - (3.0 * (2.0 + g) + g) / 4.0)).abs() < 1e-15);
        let counted = 4f64.ln() - 0.75 * 3f64.ln();
        assert!((found.counted - counted).abs() < 1e-15);
    }

    /// 100 rows of 50 equal values: the plug-in estimate is too low by about `49 / 200` nats. The mean of 400 draws
    /// varies by `0.003`.
    #[test]
    fn little_bias_is_left() {
        let counts = Counts::up_to(100);
        let mut stream = Seeds::new(3).stream("test", 0);
        let (mut counted, mut unbiased) = (0.0, 0.0);
        for _ in 0..400 {
            let mut cells = [0u32; 50];
            (0..100).for_each(|_| cells[stream.below(50) as usize] += 1);
            let found = counts.entropy(&cells);
            counted += found.counted / 400.0;
            unbiased += found.unbiased / 400.0;
        }
        let truth = 50f64.ln();
        assert!(truth - counted > 0.2, "{counted}");
        assert!((truth - unbiased).abs() < 0.02, "{unbiased}");
    }

    /// Against the sum over the Poisson distribution; `5e-5` is the error of the approximation of `E₁`.
    #[test]
    fn few_rows_a_cell_exceed_by_the_exponential_integral() {
        let counts = Counts::up_to(60);
        for mean in [0.01f64, 0.3, 0.5, 0.6, 2.0, 5.0] {
            let mut share = (-mean).exp();
            let mut sum = 0.0;
            for n in 1..60 {
                share *= mean / n as f64;
                sum += share * counts.unbiased[n];
            }
            assert!(
                (sum - mean * mean.ln() - excess(mean)).abs() < 5e-5 * mean.max(1.0),
                "{mean}"
            );
        }
        assert_eq!(excess(0.0), 0.0);
    }
}
