//! How sure a score is: intervals by resampling rows, and nulls by shuffling factors.
//!
//! Intervals: see [`interval`](crate::interval). Rows that train and rows that test are resampled apart, so no row is in both.
//! The null is the mean score over shuffled rows of factors, which keep all that factors have in common with
//! each other and nothing that they have with codes.

use std::collections::BTreeMap;

use disentangle_seeds::{Seeds, Stream};

use crate::evaluate::{Drawn, run};
use crate::interval::{Resampled, Round, moments};
use crate::metrics::MetricConfig;
use crate::points::{Points, Rows, head};
use crate::protocol::Protocol;
use crate::reach::{Reach, range};
use crate::scores::Outcome;
use crate::table::Table;

/// From here on, what shuffled factors score is worth a warning.
const HIGH_NULL: f64 = 0.1;

/// What scores were computed from.
pub(crate) struct Uncertain<'a> {
    pub(crate) table: &'a Table,
    pub(crate) drawn: &'a Drawn,
    pub(crate) protocol: &'a Protocol,
    pub(crate) seeds: Seeds,
}

impl Uncertain<'_> {
    /// Adds to each score its interval, standard error, and the bias that resampling shows.
    pub(crate) fn add_intervals(
        &self,
        metrics: &[MetricConfig],
        outcomes: &mut BTreeMap<String, Outcome>,
    ) {
        let scored =
            |metric: &&MetricConfig| matches!(outcomes.get(metric.kind()), Some(Outcome::Score(_)));
        let metrics: Vec<_> = metrics.iter().filter(scored).collect();
        let count = if metrics.is_empty() {
            0
        } else {
            self.protocol.bootstrap
        };
        let own = self.drawn.cx(self.table, self.protocol, self.seeds);
        let reaches: Vec<Reach> = if count == 0 {
            Vec::new()
        } else {
            // A grid is all rows that there are.
            let all = self.table.is_grid().then(|| self.table.codes());
            let known = |code| all.as_ref().map(|all| range(all.column(code)));
            let columns = own.points.codes.columns().into_iter().enumerate();
            let reach = |(code, column)| Reach::of(column, known(code));
            columns.map(reach).collect()
        };
        let mut samples: BTreeMap<&str, Resampled> = BTreeMap::new();
        for round in 0..count {
            let mut stream = self.seeds.stream("metric/bootstrap", round as u64);
            let (table, drawn, seeds) = self.resample(&mut stream);
            let cx = drawn.cx(&table, self.protocol, seeds);
            let points = (own.points.view(), cx.points.view());
            let round = Round::new(points, &reaches, self.protocol, &mut stream);
            for metric in &metrics {
                let sample = samples.entry(metric.kind()).or_default();
                let part = metric.as_part();
                match round.scores(part) {
                    Some(scores) => sample.push(scores),
                    None => sample.push_alone(run(part, &cx)),
                }
            }
        }
        for (kind, sample) in samples {
            if let Some(Outcome::Score(score)) = outcomes.get_mut(kind) {
                sample.add_to(score, own.points.codes.nrows(), self.protocol);
            }
        }
    }

    /// Adds to scores that reward noise what they give to shuffled factors; returns warnings.
    pub(crate) fn add_nulls(
        &self,
        metrics: &[MetricConfig],
        outcomes: &mut BTreeMap<String, Outcome>,
    ) -> Vec<String> {
        let mut samples: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        let scored = |metric: &&MetricConfig| {
            metric.as_part().rewards_noise()
                && matches!(outcomes.get(metric.kind()), Some(Outcome::Score(_)))
        };
        let metrics: Vec<_> = metrics.iter().filter(scored).collect();
        let rounds = if metrics.is_empty() {
            0
        } else {
            self.protocol.permutations
        };
        for round in 0..rounds {
            let mut stream = self.seeds.stream("metric/permutation", round as u64);
            let (table, drawn) = self.shuffle(&mut stream);
            let cx = drawn.cx(&table, self.protocol, self.seeds);
            for metric in &metrics {
                let score = metric.as_part().score_alone(&cx);
                if let Some(score) = score.ok().filter(|score| score.is_finite()) {
                    samples.entry(metric.kind()).or_default().push(score);
                }
            }
        }
        let mut warnings = Vec::new();
        for (kind, sample) in samples {
            let Some(Outcome::Score(score)) = outcomes.get_mut(kind) else {
                continue;
            };
            let (null, _) = moments(&sample);
            let above = sample.iter().filter(|&&x| x >= score.score).count();
            let p_value = (above + 1) as f64 / (sample.len() + 1) as f64;
            score.details.insert("null".to_owned(), null.into());
            score
                .details
                .insert("null_p_value".to_owned(), p_value.into());
            if null < 1.0 {
                let corrected = (score.score - null) / (1.0 - null);
                score
                    .details
                    .insert("null_corrected".to_owned(), corrected.into());
            }
            if null > HIGH_NULL {
                warnings.push(format!(
                    "{kind}: shuffled factors score {null:.2}, so read `null_corrected`: 0 is noise, 1 is perfect"
                ));
            }
        }
        warnings
    }

    /// Draws rows anew, with replacement, as many as there are; training and test rows apart.
    fn resample(&self, stream: &mut Stream) -> (Table, Drawn, Seeds) {
        let mut draw = |from: usize, to: usize| -> Vec<usize> {
            let range = (to - from) as u64;
            (from..to)
                .map(|_| from + stream.below(range) as usize)
                .collect()
        };
        let (table, drawn);
        if let Some((train, test)) = self.points_of_grid() {
            let train = train.select(&draw(0, train.codes.nrows()));
            let test = test.select(&draw(0, test.codes.nrows()));
            table = self.table.clone();
            drawn = self.drawn.with_points(train, test);
        } else {
            table = match self.table.test() {
                Some(test) => {
                    let train = self.table.select(&draw(0, self.table.codes().nrows()));
                    let test = test.select(&draw(0, test.codes().nrows()));
                    train
                        .with_test(test)
                        .expect("resampled rows are of the same kind")
                }
                None => {
                    let rows = self.table.codes().nrows();
                    let mut chosen = draw(0, head(rows));
                    chosen.extend(draw(head(rows), rows));
                    self.table.select(&chosen)
                }
            };
            drawn = Drawn::new(&table, self.protocol, self.seeds);
        }
        (table, drawn, Seeds::new(stream.next_u64()))
    }

    /// The points that were drawn from a grid, to train and to test; nothing for any other table.
    fn points_of_grid(&self) -> Option<(Points<'_>, Points<'_>)> {
        let (Some(train), Some(test), true) =
            (&self.drawn.train, &self.drawn.test, self.table.is_grid())
        else {
            return None;
        };
        Some((Points::of_rows(train), Points::of_rows(test)))
    }

    fn shuffle(&self, stream: &mut Stream) -> (Table, Drawn) {
        let mut order = |rows: usize| {
            let mut order: Vec<_> = (0..rows).collect();
            stream.shuffle(&mut order);
            order
        };
        if let Some((train, test)) = self.points_of_grid() {
            let mut shuffled = |points: &Points<'_>| Rows {
                codes: points.codes.to_owned(),
                ..points.select(&order(points.codes.nrows()))
            };
            let drawn = self.drawn.with_points(shuffled(&train), shuffled(&test));
            return (self.table.clone(), drawn);
        }
        let rows = self.table.codes().nrows();
        let shuffled = self.table.with_factors_of(&order(rows));
        let drawn = Drawn::new(&shuffled, self.protocol, self.seeds);
        (shuffled, drawn)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn uncertain(table: &Table, check: impl Fn(&Uncertain<'_>)) {
        let (protocol, seeds) = (Protocol::fast(), Seeds::new(0));
        let drawn = Drawn::new(table, &protocol, seeds);
        check(&Uncertain {
            table,
            drawn: &drawn,
            protocol: &protocol,
            seeds,
        });
    }

    /// Codes and factors say of each row whether it trains.
    fn rows(kinds: impl Iterator<Item = u32>) -> Table {
        let factors = Array2::from_shape_vec((0, 1), Vec::new());
        let mut factors = factors.expect("an empty array");
        for kind in kinds {
            factors.push_row(array![kind].view()).expect("a row of one");
        }
        Table::new(factors.mapv(|kind| kind as f32), factors).expect("a table")
    }

    #[test]
    fn rows_that_train_and_rows_that_test_are_resampled_apart() {
        let whole = rows((0..100).map(|row| u32::from(row >= 90)));
        let parts = rows((0..90).map(|_| 0)).with_test(rows((0..10).map(|_| 1)));
        for table in [whole, parts.expect("of one kind")] {
            uncertain(&table, |uncertain| {
                let mut stream = Seeds::new(1).stream("test", 0);
                let (table, drawn, seeds) = uncertain.resample(&mut stream);
                let cx = drawn.cx(&table, uncertain.protocol, seeds);
                assert_eq!((cx.train.codes.nrows(), cx.test.codes.nrows()), (90, 10));
                assert!(cx.train.codes.iter().all(|&kind| kind == 0.0));
                assert!(cx.test.codes.iter().all(|&kind| kind == 1.0));
            });
        }
    }

    #[test]
    fn resampled_codes_keep_their_factors_and_shuffled_ones_do_not() {
        let grid = Table::grid(Array2::zeros((60, 1)), &[60]).expect("a grid");
        let grid = Table::grid(grid.factors().mapv(|class| class as f32), &[60]).expect("a grid");
        for table in [grid, rows(0..60)] {
            uncertain(&table, |uncertain| {
                let mut stream = Seeds::new(1).stream("test", 0);
                let (table, drawn, seeds) = uncertain.resample(&mut stream);
                let cx = drawn.cx(&table, uncertain.protocol, seeds);
                assert_eq!(cx.train.codes, cx.train.factors.mapv(|class| class as f32));
                let (table, drawn) = uncertain.shuffle(&mut stream);
                let cx = drawn.cx(&table, uncertain.protocol, seeds);
                assert_ne!(cx.train.codes, cx.train.factors.mapv(|class| class as f32));
            });
        }
    }
}
