//! One stream of random numbers, with the few draws that training and metrics need.
//!
//! The draws are written here, not taken from a distributions crate, because their values must not
//! change when a dependency does: a saved run resumes with the numbers it began with.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

/// A reproducible stream of random numbers; made by [`Seeds::stream`](crate::Seeds::stream).
#[derive(Debug, Clone)]
pub struct Stream {
    generator: ChaCha8Rng,
    spare_normal: Option<f64>,
}

impl Stream {
    pub(crate) fn new(generator: ChaCha8Rng) -> Self {
        Self {
            generator,
            spare_normal: None,
        }
    }

    /// Returns 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Returns a uniform integer in `0..n`, without modulo bias (Lemire 2019, arXiv:1805.10941).
    ///
    /// # Panics
    /// If `n` is zero: there is nothing to draw from.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "cannot draw from an empty range");
        let threshold = n.wrapping_neg() % n;
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(n);
            if wide as u64 >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Returns a uniform number in `[0, 1)` on a grid of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Returns a standard normal number (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // `1 − u` lies in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare_normal = Some(radius * sin);
        radius * cos
    }

    /// Fills a slice with standard normal numbers.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        out.fill_with(|| self.normal() as f32);
    }

    /// Permutes a slice uniformly (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Seeds;

    fn stream() -> super::Stream {
        Seeds::new(3).stream("test", 0)
    }

    #[test]
    fn below_reaches_every_value_equally() {
        let mut counts = [0; 5];
        let mut stream = stream();
        for _ in 0..50_000 {
            counts[stream.below(5) as usize] += 1;
        }
        // Five standard deviations of a binomial count: 5·√(50000·0.2·0.8) ≈ 447.
        assert!(counts.iter().all(|&n: &i32| (n - 10_000).abs() < 447));
    }

    #[test]
    fn uniform_has_its_mean_and_range() {
        let mut stream = stream();
        let draws: Vec<f64> = (0..50_000).map(|_| stream.uniform()).collect();
        assert!(draws.iter().all(|x| (0.0..1.0).contains(x)));
        // Five standard errors: 5·√(1/12/50000) ≈ 0.0065.
        assert!((draws.iter().sum::<f64>() / 50_000.0 - 0.5).abs() < 0.0065);
    }

    #[test]
    fn normal_has_zero_mean_unit_variance_and_normal_tails() {
        let mut draws = vec![0.0; 100_000];
        stream().fill_normal(&mut draws);
        let moment = |p: i32| draws.iter().map(|&x| f64::from(x).powi(p)).sum::<f64>() / 1e5;
        // Five standard errors of each moment: √(1, 2, 96)·5/√1e5.
        assert!(moment(1).abs() < 0.016);
        assert!((moment(2) - 1.0).abs() < 0.023);
        assert!((moment(4) - 3.0).abs() < 0.155);
    }

    #[test]
    fn shuffle_is_a_permutation_and_moves_things() {
        let mut items: Vec<u32> = (0..100).collect();
        stream().shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
