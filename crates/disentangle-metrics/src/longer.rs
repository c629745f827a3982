//! Points seen as a sample of a table with more rows: what scores would be there, for intervals.
//!
//! Two things about counted information change with the rows. It is biased upwards by about `(B − 1)(C − 1) / 2N` nats;
//! [`unbiased`](crate::unbiased) takes that off. And bins reach from the smallest to the largest code, so they widen;
//! [`reach`](crate::reach) says how far.
//! Of `M` rows an estimate is `Î + (I − Î) N/M`, with the plug-in `I` and the unbiased `Î`: the bias that so many rows have.

use std::sync::OnceLock;

use ndarray::Array2;

use crate::classes::Classes;
use crate::error::Error;
use crate::histogram::Histogram;
use crate::information::joint;
use crate::parallel::try_map;
use crate::points::Points;
use crate::unbiased::{Counts, Estimate, excess};

/// What does not stand out from nothing by so many standard errors counts as nothing: ratios of noise at few rows say
/// nothing of those at many.
pub(crate) const SIGNIFICANT: f64 = 3.0;

/// Some points, with the ends between which their codes are binned.
pub(crate) struct Sample<'a> {
    points: Points<'a>,
    histogram: Histogram,
    ends: Vec<[f32; 2]>,
    counted: OnceLock<Option<Counted>>,
}

/// Points as part of a table of more rows.
pub struct Longer<'a> {
    points: Points<'a>,
    histogram: Histogram,
    ends: &'a [[f32; 2]],
    counted: &'a OnceLock<Option<Counted>>,
    /// Rows of the longer table, no fewer than the points.
    pub rows: usize,
}

/// Entropies and information of binned codes and factors in a table of many rows, in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct Information {
    /// Mutual information `[D, K]` of codes and factors, not negative.
    pub shared: Array2<f64>,
    /// The entropy of each factor.
    pub of_factors: Vec<f64>,
    /// The entropy of each code.
    pub of_codes: Vec<f64>,
}

/// As [`Information`], of the points themselves.
struct Counted {
    /// With what the unbiased estimate would be of independent columns, on average.
    shared: Array2<(Estimate, f64)>,
    of_factors: Vec<Estimate>,
    of_codes: Vec<Estimate>,
}

impl<'a> Sample<'a> {
    pub(crate) fn new(points: Points<'a>, histogram: Histogram, ends: Vec<[f32; 2]>) -> Self {
        Self {
            points,
            histogram,
            ends,
            counted: OnceLock::new(),
        }
    }

    /// Sees the points as part of so many rows; of fewer than there are, as all of them.
    pub(crate) fn of_rows(&self, rows: usize) -> Longer<'_> {
        Longer {
            points: self.points.view(),
            histogram: self.histogram,
            ends: &self.ends,
            counted: &self.counted,
            rows: rows.max(self.points.codes.nrows()),
        }
    }
}

impl Longer<'_> {
    /// Returns the points.
    pub fn points(&self) -> Points<'_> {
        self.points.view()
    }

    /// Returns the number of bins of a code.
    pub fn bins(&self) -> usize {
        self.histogram.bins
    }

    /// Returns information as the longer table would have it; nothing if codes cannot be binned.
    pub fn information(&self) -> Option<Information> {
        let bin = |code: usize| {
            let column = self.points.codes.column(code);
            self.histogram.bin_between(self.ends[code], column, code)
        };
        let of = || Counted::of(&self.points, self.histogram.bins, &bin).ok();
        Some(self.corrected(self.counted.get_or_init(of).as_ref()?))
    }

    /// Returns information with other bins, so many, of which `bin` gives those of a code's rows.
    pub(crate) fn information_in(
        &self,
        bins: usize,
        bin: impl Fn(usize) -> Result<Vec<u16>, Error> + Sync,
    ) -> Option<Information> {
        let counted = Counted::of(&self.points, bins, &bin);
        Some(self.corrected(&counted.ok()?))
    }

    /// Returns what an estimate from the points would be in the longer table.
    pub(crate) fn corrected_one(&self, estimate: Estimate) -> f64 {
        let share = self.points.codes.nrows() as f64 / self.rows as f64;
        estimate.unbiased + (estimate.counted - estimate.unbiased) * share
    }

    /// Tells whether there are more rows than points.
    pub(crate) fn is_longer(&self) -> bool {
        self.rows > self.points.codes.nrows()
    }

    fn corrected(&self, counted: &Counted) -> Information {
        let each = |estimates: &[Estimate]| {
            let one = |&estimate: &Estimate| self.corrected_one(estimate);
            estimates.iter().map(one).collect()
        };
        Information {
            shared: counted.shared.mapv(|estimate| self.shared(estimate)),
            of_factors: each(&counted.of_factors),
            of_codes: each(&counted.of_codes),
        }
    }

    fn shared(&self, (mut estimate, of_nothing): (Estimate, f64)) -> f64 {
        // Of independent columns `2 N I` is about chi-squared: its variance is twice its mean, `2 N` times the bias.
        // The unbiased estimate's is about twice that.
        let bias = (estimate.counted - estimate.unbiased).max(0.0);
        let error = (2.0 * bias / self.points.codes.nrows() as f64).sqrt();
        if self.is_longer() && estimate.unbiased - of_nothing < SIGNIFICANT * error {
            estimate.unbiased = 0.0;
        }
        self.corrected_one(estimate).max(0.0)
    }
}

impl Counted {
    fn of(
        points: &Points<'_>,
        bins: usize,
        bin: &(impl Fn(usize) -> Result<Vec<u16>, Error> + Sync),
    ) -> Result<Self, Error> {
        let counts = Counts::up_to(points.codes.nrows());
        let factors: Vec<Classes> = points
            .factors
            .columns()
            .into_iter()
            .map(Classes::of)
            .collect();
        let classes = |factor: &Classes| {
            let mut rows = vec![0; factor.count];
            factor
                .of_row
                .iter()
                .for_each(|&class| rows[class as usize] += 1);
            counts.entropy(&rows)
        };
        let of_factors: Vec<Estimate> = factors.iter().map(classes).collect();
        let codes: Vec<(Estimate, Vec<(Estimate, f64)>)> = try_map(points.codes.ncols(), |code| {
            let bin_of = bin(code)?;
            let mut rows = vec![0; bins];
            bin_of.iter().for_each(|&bin| rows[usize::from(bin)] += 1);
            let of_code = counts.entropy(&rows);
            let shared = factors.iter().zip(&of_factors).map(|(factor, &of_factor)| {
                let joint = joint(factor, &bin_of, bins);
                (
                    of_code + of_factor - counts.entropy(&joint),
                    of_nothing(&joint, bins),
                )
            });
            Ok((of_code, shared.collect()))
        })?;
        let shape = (codes.len(), factors.len());
        Ok(Self {
            shared: Array2::from_shape_fn(shape, |(code, factor)| codes[code].1[factor]),
            of_codes: codes.iter().map(|&(of_code, _)| of_code).collect(),
            of_factors,
        })
    }
}

/// Returns the mean of the unbiased estimate for independent columns with the sums of a joint table.
fn of_nothing(joint: &[u32], width: usize) -> f64 {
    let rows: Vec<f64> = joint
        .chunks_exact(width)
        .map(|row| row.iter().map(|&n| f64::from(n)).sum())
        .collect();
    let mut columns = vec![0.0; width];
    for row in joint.chunks_exact(width) {
        for (column, &n) in columns.iter_mut().zip(row) {
            *column += f64::from(n);
        }
    }
    let n: f64 = rows.iter().sum();
    let cells = rows
        .iter()
        .flat_map(|row| columns.iter().map(move |column| row * column / n));
    cells.map(excess).sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;
    use crate::information::{entropy, mutual_information_matrix};
    use crate::reach::range;

    /// A code that tells its factor, and one that tells nothing; with a function of information at so many rows.
    fn with_sample(check: impl Fn(&Points<'_>, &dyn Fn(usize) -> Information)) {
        let mut stream = Seeds::new(1).stream("test", 0);
        let factors = Array2::from_shape_fn((2000, 1), |_| stream.below(10) as u32);
        let codes = Array2::from_shape_fn((2000, 2), |(row, code)| {
            let signal = if code == 0 {
                factors[[row, 0]] as f32
            } else {
                0.0
            };
            signal + 0.2 * stream.normal() as f32
        });
        let points = Points {
            codes: codes.view(),
            factors: factors.view(),
            values: None,
        };
        let ends = codes.columns().into_iter().map(range).collect();
        let sample = Sample::new(points, Histogram::default(), ends);
        check(&points, &|rows| sample.of_rows(rows).information().unwrap());
    }

    #[test]
    fn a_table_of_as_many_rows_has_the_plug_in_information() {
        with_sample(|points, information| {
            let found = information(0);
            let histogram = Histogram::default();
            let plug_in = mutual_information_matrix(points.codes, points.factors, &histogram);
            let difference = &found.shared - &plug_in.unwrap();
            assert!(difference.iter().all(|x| x.abs() < 1e-12), "{difference}");
            assert!((found.of_factors[0] - entropy(points.factors.column(0))).abs() < 1e-12);
        });
    }

    /// `(B − 1)(C − 1) / 2N`, of the bins that have rows, is 0.04 nats at 2000 rows and 0.0004 at 200,000.
    #[test]
    fn more_rows_leave_less_bias() {
        with_sample(|_, information| {
            let (few, many) = (information(0).shared, information(200_000).shared);
            assert!(few[[1, 0]] > 0.02, "{few}");
            assert!(many[[1, 0]] > 0.0 && many[[1, 0]] < 0.001, "{many}");
            assert!(
                many[[0, 0]] > 1.5 && many[[0, 0]] < few[[0, 0]],
                "{many} {few}"
            );
        });
    }
}
