//! The interval of a score, from resampled rows.
//!
//! A metric that can tell its score `θ̂_M` of `M` rows from fewer ([`Metric::of_longer`]) has an interval for that: the
//! quantiles of `θ̂_M + θ − θ̂*_M` over resamplings, `θ` being the score and `θ̂*_M` that of `M` rows as told from resampled
//! rows, whose own table has the score `θ`. All three see codes in the same bins, which reach as far as those of `M` rows may;
//! that is drawn anew each time. It is the basic bootstrap (Davison & Hinkley 1997, section 5.2) of `θ̂_M`.
//! Any other has the interval `θ + (θ̄* − θ*)` of the resampled scores `θ*` and their mean: it holds the mean score of so many
//! rows as there are.

use disentangle_seeds::Stream;

use crate::error::Error;
use crate::longer::Sample;
use crate::metrics::Metric;
use crate::points::Points;
use crate::protocol::Protocol;
use crate::reach::{Reach, range};
use crate::scores::Score;

/// The share of resampled scores outside of an interval, on each side.
const TAIL: f64 = 0.025;

/// What resampling gave for a metric.
#[derive(Default)]
pub(crate) struct Resampled {
    scores: Vec<f64>,
    /// What the score of many rows may be, where the metric can tell.
    of_many: Vec<f64>,
}

impl Resampled {
    /// Adds a resampled score and what that of many rows may be.
    pub(crate) fn push(&mut self, (score, of_many): (f64, f64)) {
        self.scores.push(score);
        self.of_many.push(of_many);
    }

    /// Adds a resampled score, if there is one.
    pub(crate) fn push_alone(&mut self, score: Result<Score, Error>) {
        self.scores.extend(score.map(|score| score.score));
    }

    /// Adds to the score of so many rows its interval, and what it says.
    pub(crate) fn add_to(self, score: &mut Score, rows: usize, protocol: &Protocol) {
        if self.scores.len() < 2 {
            return;
        }
        let (mean, deviation) = moments(&self.scores);
        let (mut sample, rows) = match self.of_many.len() {
            0 | 1 => (
                self.scores.iter().map(|x| score.score + mean - x).collect(),
                rows,
            ),
            _ => (self.of_many, protocol.interval_rows.max(rows)),
        };
        sample.sort_unstable_by(f64::total_cmp);
        score.interval = Some([quantile(&sample, TAIL), quantile(&sample, 1.0 - TAIL)]);
        let mut say = |key: &str, value| score.details.insert(key.to_owned(), value);
        say("interval_rows", rows.into());
        say("bootstrap_bias", (mean - score.score).into());
        say("standard_error", deviation.into());
        let (scored, count) = (self.scores.len(), protocol.bootstrap);
        if scored < count {
            let failed = count - scored;
            let warning = format!("{failed} of {count} resamplings could not be scored");
            score.warnings.push(warning);
        }
    }
}

/// The points and a resampling of them.
pub(crate) struct Round<'a> {
    own: Sample<'a>,
    drawn: Sample<'a>,
    /// Binned between the ends of its own codes, as the score is.
    drawn_as_is: Sample<'a>,
    rows: usize,
}

impl<'a> Round<'a> {
    /// Draws how far each code may reach in many rows.
    pub(crate) fn new(
        (own, drawn): (Points<'a>, Points<'a>),
        reaches: &[Reach],
        protocol: &Protocol,
        stream: &mut Stream,
    ) -> Self {
        let rows = protocol.interval_rows.max(own.codes.nrows());
        let ends = |reach: &Reach| reach.ends(rows, stream);
        let ends: Vec<_> = reaches.iter().map(ends).collect();
        let columns = drawn.codes.columns().into_iter();
        let ranges = columns.map(range).collect();
        let histogram = protocol.histogram();
        Self {
            own: Sample::new(own, histogram, ends.clone()),
            drawn: Sample::new(drawn, histogram, ends),
            drawn_as_is: Sample::new(drawn, histogram, ranges),
            rows,
        }
    }

    /// Returns the score of the resampled rows, and what that of many rows may be; nothing if the metric cannot tell.
    pub(crate) fn scores(&self, metric: &dyn Metric) -> Option<(f64, f64)> {
        let score = |sample: &Sample<'_>, rows| {
            let score = metric.of_longer(&sample.of_rows(rows));
            score.filter(|score| score.is_finite())
        };
        let (many, own) = (score(&self.own, self.rows)?, score(&self.own, 0)?);
        let (drawn, as_is) = (score(&self.drawn, self.rows)?, score(&self.drawn_as_is, 0)?);
        Some((as_is, many + own - drawn))
    }
}

/// Returns the mean and the standard deviation.
pub(crate) fn moments(sample: &[f64]) -> (f64, f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let squares: f64 = sample.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

/// Returns a quantile of sorted numbers, interpolated linearly: of `R`, the share `p` lies below the `p (R + 1)`th on average.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() + 1) as f64 - 1.0;
    let place = place.clamp(0.0, (sorted.len() - 1) as f64);
    let (low, part) = (place as usize, place.fract());
    let high = (low + 1).min(sorted.len() - 1);
    sorted[low] + part * (sorted[high] - sorted[low])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.625), 3.0);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.975), 4.0);
        assert_eq!(moments(&[1.0, 3.0]), (2.0, 2f64.sqrt()));
    }
}
