//! How far a code would reach in a table of more rows.
//!
//! The quantiles of a normal tail grow as the root of `t = −ln(share of rows beyond)`, so `q(t) = u + 2 σ t₀ (√(t / t₀) − 1)`
//! if `u` is the quantile at `t₀` and `σ` the slope there: the 21st largest value, and the mean excess of the 20 above.
//! The largest of `M` rows lies at `t = ln M + g`, `g` being Gumbel's (Coles 2001, An Introduction to Statistical Modeling of
//! Extreme Values, section 3.1). Codes are normal where a prior makes them so. Those of bounded noise are taken a little
//! too far, and those of heavy tails not far enough.

use disentangle_seeds::Stream;
use ndarray::ArrayView1;

/// Values that the tail is read from.
const ABOVE: usize = 20;

/// The tail of values on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tail {
    threshold: f64,
    mean_excess: f64,
    /// The share of values above the threshold.
    share: f64,
}

/// Draws the smallest and largest of so many rows of a code, of which a few are known.
pub(crate) fn ends(code: ArrayView1<'_, f32>, rows: usize, stream: &mut Stream) -> [f32; 2] {
    let mut draw = |tail: Tail| {
        let end = tail.largest(rows, stream);
        end.clamp(f64::from(f32::MIN), f64::from(f32::MAX))
    };
    let high = draw(Tail::of(code.iter().map(|&x| f64::from(x)).collect()));
    let low = -draw(Tail::of(code.iter().map(|&x| -f64::from(x)).collect()));
    [low as f32, high as f32]
}

/// Returns the smallest and the largest value of a code.
pub(crate) fn range(code: ArrayView1<'_, f32>) -> [f32; 2] {
    let wider = |[low, high]: [f32; 2], &x: &f32| [low.min(x), high.max(x)];
    code.iter().fold([f32::INFINITY, f32::NEG_INFINITY], wider)
}

impl Tail {
    /// Reads the tail of the largest of some values, at least one.
    fn of(mut values: Vec<f64>) -> Self {
        let rows = values.len();
        let above = ABOVE.min(rows - 1);
        let place = rows - 1 - above;
        let (_, &mut threshold, largest) = values.select_nth_unstable_by(place, f64::total_cmp);
        let excess: f64 = largest.iter().map(|x| x - threshold).sum();
        Self {
            threshold,
            mean_excess: excess / above.max(1) as f64,
            share: above.max(1) as f64 / rows as f64,
        }
    }

    fn largest(&self, rows: usize, stream: &mut Stream) -> f64 {
        // `1 − u` lies in (0, 1].
        let gumbel = -(-(1.0 - stream.uniform()).ln()).max(f64::MIN_POSITIVE).ln();
        let (start, end) = (-self.share.ln(), (rows as f64).ln() + gumbel);
        self.threshold + 2.0 * self.mean_excess * ((start * end.max(start)).sqrt() - start)
    }
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;
    use ndarray::Array1;

    use super::*;

    /// The largest of 200,000 normal numbers is 4.54 on average, that of 2000 is 3.43. A draw varies by 0.7.
    #[test]
    fn normal_codes_reach_as_far_as_more_of_them_would() {
        let mut stream = Seeds::new(1).stream("test", 0);
        let mut sum = [0.0; 2];
        for _ in 0..100 {
            let code = Array1::from_shape_fn(2000, |_| stream.normal() as f32);
            let [low, high] = ends(code.view(), 200_000, &mut stream);
            sum = [sum[0] + low / 100.0, sum[1] + high / 100.0];
        }
        let [low, high] = sum;
        assert!(
            (high - 4.54).abs() < 0.2 && (low + 4.54).abs() < 0.2,
            "{sum:?}"
        );
    }

    #[test]
    fn codes_of_few_values_reach_no_further() {
        let mut stream = Seeds::new(1).stream("test", 0);
        let code = Array1::from_shape_fn(100, |row| (row % 4) as f32);
        assert_eq!(ends(code.view(), 200_000, &mut stream), [0.0, 3.0]);
        assert_eq!(
            ends(code.slice(ndarray::s![..1]), 5, &mut stream),
            [0.0, 0.0]
        );
    }

    #[test]
    fn ends_are_finite() {
        let mut stream = Seeds::new(1).stream("test", 0);
        let code = Array1::from_shape_fn(40, |row| if row < 20 { f32::MIN } else { f32::MAX });
        let [low, high] = ends(code.view(), usize::MAX, &mut stream);
        assert!(low.is_finite() && high.is_finite(), "{low} {high}");
    }
}
