//! How often the 95% interval of a score holds the score of many rows.
//!
//! `cargo run --release -p disentangle-metrics --example interval_coverage -- [ROWS] [DRAWS] [METRICS]`: draws tables
//! of ROWS rows (2000) from a known source DRAWS times (200), and counts how often the interval from 100
//! resamplings holds the score of one table of 200,000 rows.

use disentangle_metrics::{Error, MetricConfig, Outcome, Protocol, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::Array2;
use rayon::prelude::*;

const MANY: usize = 200_000;
const SIZES: [u64; 3] = [4, 6, 10];

/// What codes know of the factors.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// One code a factor, with noise of a fifth of its spread, and a code of noise.
    Noisy,
    /// Each code is a sum of all factors, with noise.
    Mixed,
    /// Nothing.
    Noise,
}

#[expect(clippy::print_stdout, reason = "an experiment shows its result")]
fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, usual| {
        arguments
            .get(place)
            .and_then(|x| x.parse().ok())
            .unwrap_or(usual)
    };
    let (rows, draws) = (number(0, 2000), number(1, 200));
    let names = arguments.get(2).map_or(
        "mig,mig_sup,dcimig,mcc,modularity,factor_vae",
        String::as_str,
    );
    let metrics = names
        .split(',')
        .map(MetricConfig::named)
        .collect::<Result<Vec<_>, _>>()?;
    let protocol = Protocol {
        bootstrap: 100,
        permutations: 0,
        num_train: 2000,
        num_test: 1000,
        ..Protocol::dlib()
    };
    println!(
        "{rows} rows, {draws} draws, {} resamplings",
        protocol.bootstrap
    );
    println!("source  metric         at 200,000  at {rows:>6}    held  width");
    for source in [Source::Noisy, Source::Mixed, Source::Noise] {
        let once = Protocol {
            bootstrap: 0,
            ..protocol.clone()
        };
        let truth = evaluate(&table(source, MANY, 0)?, &once, &metrics, Seeds::new(0))?;
        let runs = (1..=draws).into_par_iter().map(|draw| {
            evaluate(
                &table(source, rows, draw as u64)?,
                &protocol,
                &metrics,
                Seeds::new(draw as u64),
            )
        });
        let runs: Vec<_> = runs.collect::<Result<_, _>>()?;
        for metric in &metrics {
            let Outcome::Score(truth) = &truth.metrics[metric.kind()] else {
                continue;
            };
            let found: Vec<(f64, [f64; 2])> = runs
                .iter()
                .filter_map(|run| match &run.metrics[metric.kind()] {
                    Outcome::Score(score) => Some((score.score, score.interval?)),
                    Outcome::Failed(_) => None,
                })
                .collect();
            let n = found.len() as f64;
            let holds =
                |(_, [low, high]): &&(f64, [f64; 2])| *low <= truth.score && truth.score <= *high;
            let held = found.iter().filter(holds).count() as f64 / n;
            let mean = found.iter().map(|(score, _)| score).sum::<f64>() / n;
            let width = found.iter().map(|(_, [low, high])| high - low).sum::<f64>() / n;
            let source = format!("{source:?}");
            println!(
                "{source:<7} {:<13} {:>11.4} {mean:>11.4} {:>6.1}% {width:>6.4}",
                metric.kind(),
                truth.score,
                100.0 * held
            );
        }
    }
    Ok(())
}

fn table(source: Source, rows: usize, draw: u64) -> Result<Table, Error> {
    let mut stream = Seeds::new(1).stream("coverage", draw);
    let factors = Array2::from_shape_fn((rows, 3), |(_, k)| stream.below(SIZES[k]) as u32);
    let scaled = |row: usize, k: usize| {
        let n = SIZES[k] as f32;
        (factors[[row, k]] as f32 - (n - 1.0) / 2.0) / ((n * n - 1.0) / 12.0).sqrt()
    };
    let codes = Array2::from_shape_fn((rows, 4), |(row, d)| {
        let noise = stream.normal() as f32;
        match source {
            Source::Noise => noise,
            Source::Noisy if d == 3 => noise,
            Source::Noisy => scaled(row, d) + 0.2 * noise,
            Source::Mixed => {
                let weight = |k: usize| ((d * 3 + k) as f32).cos();
                (0..3)
                    .map(|k| weight(k) * scaled(row, k))
                    .sum::<f32>()
                    .tanh()
                    + 0.2 * noise
            }
        }
    });
    Table::new(codes, factors)
}
