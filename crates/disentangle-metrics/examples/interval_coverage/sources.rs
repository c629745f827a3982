//! Sources of tables: those that intervals were designed on, and those that they were only tried on.

use std::f32::consts::PI;

use disentangle_metrics::{Error, Table};
use disentangle_seeds::{Seeds, Stream};
use ndarray::Array2;

/// Draws a code of a row from the row's factors, scaled to mean zero and variance one.
type Draw = fn(&[f32], usize, &mut Stream) -> f32;

/// Where tables come from.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    sizes: &'static [u64],
    codes: usize,
    /// Whether value `c` of a factor has a share in proportion to `1 / (c + 1)`, not the same as all others.
    skewed: bool,
    code: Draw,
}

const FEW: &[u64] = &[4, 6, 10];
const MORE: &[u64] = &[3, 4, 6, 8, 10];

impl Source {
    const fn new(name: &'static str, sizes: &'static [u64], codes: usize, code: Draw) -> Self {
        Self {
            name,
            sizes,
            codes,
            skewed: false,
            code,
        }
    }

    /// Draws a table; equal numbers give equal tables.
    pub(crate) fn table(&self, rows: usize, draw: u64) -> Result<Table, Error> {
        let mut stream = Seeds::new(1).stream(&format!("coverage/{}", self.name), draw);
        let mut factors = Array2::zeros((rows, self.sizes.len()));
        let mut codes = Array2::zeros((rows, self.codes));
        let mut scaled = vec![0.0; self.sizes.len()];
        for row in 0..rows {
            for (k, &size) in self.sizes.iter().enumerate() {
                let class = match self.skewed {
                    true => skewed(size, &mut stream),
                    false => stream.below(size),
                };
                factors[[row, k]] = class as u32;
                let n = size as f32;
                scaled[k] = (class as f32 - (n - 1.0) / 2.0) / ((n * n - 1.0) / 12.0).sqrt();
            }
            for d in 0..self.codes {
                codes[[row, d]] = (self.code)(&scaled, d, &mut stream);
            }
        }
        Table::new(codes, factors)
    }
}

/// The sources that intervals were designed on.
pub(crate) fn known() -> Vec<Source> {
    vec![
        // One code a factor, with noise of a fifth of its spread, and a code of noise.
        Source::new("noisy", FEW, 4, |v, d, s| signal(v, d) + 0.2 * normal(s)),
        // Each code is a sum of all factors, with noise.
        Source::new("mixed", FEW, 4, |v, d, s| {
            let weighed = |(k, v): (usize, &f32)| ((d * 3 + k) as f32).cos() * v;
            let sum: f32 = v.iter().enumerate().map(weighed).sum();
            sum.tanh() + 0.2 * normal(s)
        }),
        Source::new("noise", FEW, 4, |_, _, s| normal(s)),
        Source::new("uniform", FEW, 4, |v, d, s| signal(v, d) + 0.3 * even(s)),
        Source::new("laplace", FEW, 4, |v, d, s| signal(v, d) + 0.2 * laplace(s)),
        Source::new("student", FEW, 4, |v, d, s| {
            signal(v, d) + 0.2 * student_5(s)
        }),
        Source::new("squashed", FEW, 4, |v, d, s| {
            (1.5 * (signal(v, d) + 0.3 * normal(s))).tanh()
        }),
        // Up to 40 values, the rarest a fortieth as frequent as the first.
        Source {
            skewed: true,
            ..Source::new("skewed", &[3, 12, 40], 4, |v, d, s| {
                signal(v, d) + 0.3 * normal(s)
            })
        },
    ]
}

/// The sources that intervals were tried on when they were done.
pub(crate) fn held_out() -> Vec<Source> {
    vec![
        // Five codes of a factor each and five of noise, turned.
        Source::new("rotated", MORE, 10, |v, d, s| {
            (0..10).map(|axis| turn(d, axis) * noisy(v, axis, s)).sum()
        }),
        // Half of the codes have collapsed; the others know their factor less and less.
        Source::new("collapsed", MORE, 10, |v, d, s| match d {
            0..5 => signal(v, d) + 0.1 * (d + 1) as f32 * normal(s),
            _ => 0.01 * normal(s),
        }),
        Source::new("weak", FEW, 4, |v, d, s| 0.15 * signal(v, d) + normal(s)),
        // Two codes a factor, which know as much.
        Source::new("copies", FEW, 6, |v, d, s| {
            signal(v, d % 3) + 0.2 * normal(s)
        }),
        // Bounded, with thin ends.
        Source::new("triangle", FEW, 4, |v, d, s| {
            signal(v, d) + 0.2 * (even(s) + even(s))
        }),
        // A tail on one side.
        Source::new("gumbel", FEW, 4, |v, d, s| {
            signal(v, d) - 0.2 * (-(1.0 - s.uniform()).ln()).max(1e-300).ln() as f32
        }),
        // One row of twenty has three times the noise.
        Source::new("mixture", FEW, 4, |v, d, s| {
            let wide = if s.below(20) == 0 { 0.45 } else { 0.15 };
            signal(v, d) + wide * normal(s)
        }),
        // The noise grows with the value.
        Source::new("uneven", FEW, 4, |v, d, s| {
            let value = signal(v, d);
            value + 0.1 * (2.0 + value) * normal(s)
        }),
        Source::new("rounded", FEW, 4, |v, d, s| {
            ((signal(v, d) + 0.2 * normal(s)) * 10.0).round() / 10.0
        }),
        // Lognormal.
        Source::new("exponential", FEW, 4, |v, d, s| {
            (0.5 * (signal(v, d) + 0.2 * normal(s))).exp()
        }),
    ]
}

/// Returns the factor of a code, and nothing for codes beyond factors.
fn signal(scaled: &[f32], d: usize) -> f32 {
    scaled.get(d).copied().unwrap_or(0.0)
}

/// Draws evenly from `[−1, 1)`.
fn even(stream: &mut Stream) -> f32 {
    (2.0 * stream.uniform() - 1.0) as f32
}

fn normal(stream: &mut Stream) -> f32 {
    stream.normal() as f32
}

/// Draws with variance one and a density in proportion to `exp(−√2 |x|)`.
fn laplace(stream: &mut Stream) -> f32 {
    let size = -(1.0 - stream.uniform()).ln() / 2f64.sqrt();
    let sign = if stream.below(2) == 0 { -1.0 } else { 1.0 };
    (sign * size) as f32
}

/// Draws Student's t with five degrees of freedom, scaled to variance one.
fn student_5(stream: &mut Stream) -> f32 {
    let squares: f64 = (0..5).map(|_| stream.normal().powi(2)).sum();
    (stream.normal() / (squares / 5.0).sqrt() * 0.6f64.sqrt()) as f32
}

fn noisy(scaled: &[f32], d: usize, stream: &mut Stream) -> f32 {
    match d < scaled.len() {
        true => scaled[d] + 0.1 * normal(stream),
        false => normal(stream),
    }
}

/// Returns an entry of the orthogonal matrix of the cosine transform of ten values.
fn turn(row: usize, column: usize) -> f32 {
    let scale = if row == 0 { 0.1f32 } else { 0.2 };
    scale.sqrt() * (PI / 10.0 * (column as f32 + 0.5) * row as f32).cos()
}

fn skewed(size: u64, stream: &mut Stream) -> u64 {
    let total: f64 = (1..=size).map(|c| 1.0 / c as f64).sum();
    let mut left = stream.uniform() * total;
    for class in 0..size {
        left -= 1.0 / (class + 1) as f64;
        if left < 0.0 {
            return class;
        }
    }
    size - 1
}
