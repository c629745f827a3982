//! How far a code would reach in a table of more rows.
//!
//! With `t = −ln(share of rows beyond)`, the quantiles of a normal tail grow by its slope times `v = 2 t₀ (√(t / t₀) − 1)` from
//! the threshold at `t₀`, those of a generalized Pareto tail by the slope times `(exp(γ (t − t₀)) − 1) / γ` (Coles 2001, An
//! Introduction to Statistical Modeling of Extreme Values, section 4.2; `γ` is negative if the tail has an end, positive if it
//! is heavy). Here they grow by `(exp(δ v) − 1) / δ`: normal at `δ = 0`. Codes are normal where a prior makes them so, and a
//! few rows tell little of a shape; so `δ` is normal around 0 with the deviation [`SPREAD`] before any row is seen, and after it as
//! the probability-weighted moments of the largest rows say (Hosking & Wallis 1987, Technometrics 29). The slope is drawn too.
//! The largest of `M` rows lies at `t = ln M + g`, `g` being Gumbel's.

use disentangle_seeds::Stream;
use ndarray::ArrayView1;

/// The share of the values that a tail is read from, but no fewer than [`FEWEST`].
const SHARE: f64 = 1.0 / 40.0;

const FEWEST: usize = 20;

/// How far from 0 the shapes of tails are, before any row is seen.
const SPREAD: f64 = 0.3;

/// Shapes beyond these are taken for these: an even distribution's, and one whose variance does not exist.
const SHORTEST: f64 = -1.0;
const HEAVIEST: f64 = 0.5;

/// The tail of values on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tail {
    largest: f64,
    threshold: f64,
    /// Values above the threshold.
    above: f64,
    /// `t₀`.
    start: f64,
    mean_excess: f64,
    /// `δ` and its variance.
    shape: f64,
    variance: f64,
}

/// How far a code may reach on either side.
pub(crate) struct Reach {
    /// Of the code with its sign turned.
    low: Tail,
    high: Tail,
    /// The ends of the code in a table of all rows that there are.
    known: Option<[f32; 2]>,
}

impl Reach {
    /// Reads both tails of a code; it reaches no further than `known`, if that is.
    pub(crate) fn of(code: ArrayView1<'_, f32>, known: Option<[f32; 2]>) -> Self {
        Self {
            low: Tail::of(code.iter().map(|&x| -f64::from(x)).collect()),
            high: Tail::of(code.iter().map(|&x| f64::from(x)).collect()),
            known,
        }
    }

    /// Draws the smallest and largest of so many rows.
    pub(crate) fn ends(&self, rows: usize, stream: &mut Stream) -> [f32; 2] {
        let mut draw = |tail: &Tail| {
            let end = tail.largest_of(rows, stream);
            end.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
        };
        let high = draw(&self.high);
        let low = -draw(&self.low);
        match self.known {
            Some([least, greatest]) => [low.max(least), high.min(greatest)],
            None => [low, high],
        }
    }
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
        let above = FEWEST.max((rows as f64 * SHARE) as usize).min(rows - 1);
        let place = rows - 1 - above;
        let (_, &mut threshold, beyond) = values.select_nth_unstable_by(place, f64::total_cmp);
        beyond.sort_unstable_by(f64::total_cmp);
        let above = above.max(1) as f64;
        let (mut mean, mut weighted) = (0.0, 0.0);
        for (i, x) in beyond.iter().enumerate() {
            let excess = (x - threshold) / above;
            mean += excess;
            weighted += excess * (1.0 - (i as f64 + 0.65) / above);
        }
        // `γ` of the generalized Pareto tail with these moments.
        let spread = mean - 2.0 * weighted;
        let pareto = if spread > 0.0 {
            2.0 - mean / spread
        } else {
            HEAVIEST
        };
        let pareto = pareto.clamp(SHORTEST, HEAVIEST);
        // The least variance that an estimate can have (Smith 1987, Annals of Statistics 15).
        let variance = (1.0 + pareto).powi(2) / above;
        let start = -(above / rows as f64).ln();
        let trust = SPREAD.powi(2) / (SPREAD.powi(2) + variance);
        Self {
            largest: beyond.last().copied().unwrap_or(threshold),
            threshold,
            above,
            start,
            mean_excess: mean,
            shape: (pareto - normal_shape(start)) * trust,
            variance: variance * trust,
        }
    }

    fn largest_of(&self, rows: usize, stream: &mut Stream) -> f64 {
        let shape = self.shape + self.variance.sqrt() * stream.normal();
        // The mean excess of a generalized Pareto tail is `slope / (1 − γ)`.
        let short = (1.0 - shape - normal_shape(self.start)).max(0.0);
        let mean_excess = self.mean_excess * (1.0 + stream.normal() / self.above.sqrt()).max(0.0);
        // `1 − u` lies in (0, 1].
        let gumbel = -(-(1.0 - stream.uniform()).ln()).max(f64::MIN_POSITIVE).ln();
        let end = ((rows as f64).ln() + gumbel).max(self.start);
        let normal = 2.0 * ((self.start * end).sqrt() - self.start);
        let grown = match shape {
            0.0 => normal,
            _ => (shape * normal).exp_m1() / shape,
        };
        (self.threshold + short * mean_excess * grown).max(self.largest)
    }
}

/// `γ` of the generalized Pareto tail that a normal one looks like where half of the excess lies.
fn normal_shape(start: f64) -> f64 {
    -0.5 / (start + 1.0)
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;
    use ndarray::Array1;

    use super::*;

    /// The median of how far 2000 draws of a value are told to reach in 200,000, over 200 such tables.
    fn told(mut value: impl FnMut(&mut Stream) -> f64) -> f64 {
        let mut stream = Seeds::new(1).stream("test", 0);
        let mut reached = [(); 200].map(|()| {
            let code = Array1::from_shape_fn(2000, |_| value(&mut stream) as f32);
            Reach::of(code.view(), None).ends(200_000, &mut stream)[1]
        });
        reached.sort_unstable_by(f32::total_cmp);
        f64::from(reached[100])
    }

    /// The largest of 2000 normal numbers is 3.43 on average, that of 200,000 is 4.54; of numbers with the density
    /// `exp(−x)` 8.2 and 12.8; of even ones within `1e-3` of 1 in both. The median of 200 draws varies by about a tenth of
    /// their own deviation, which is 0.9 and 4.
    #[test]
    fn codes_reach_as_far_as_more_of_them_would() {
        let normal = told(Stream::normal);
        assert!((normal - 4.54).abs() < 0.3, "{normal}");
        let exponential = told(|stream| -(1.0 - stream.uniform()).ln());
        assert!((exponential - 12.8).abs() < 1.5, "{exponential}");
        let even = told(Stream::uniform);
        assert!((1.0..1.02).contains(&even), "{even}");
    }

    #[test]
    fn codes_of_few_values_reach_no_further() {
        let mut stream = Seeds::new(1).stream("test", 0);
        let code = Array1::from_shape_fn(100, |row| (row % 4) as f32);
        assert_eq!(
            Reach::of(code.view(), None).ends(200_000, &mut stream),
            [0.0, 3.0]
        );
        assert_eq!(
            Reach::of(code.slice(ndarray::s![..1]), None).ends(5, &mut stream),
            [0.0, 0.0]
        );
    }

    #[test]
    fn ends_are_finite() {
        let mut stream = Seeds::new(1).stream("test", 0);
        let code = Array1::from_shape_fn(40, |row| if row < 20 { f32::MIN } else { f32::MAX });
        let [low, high] = Reach::of(code.view(), None).ends(usize::MAX, &mut stream);
        assert!(low.is_finite() && high.is_finite(), "{low} {high}");
    }
}
