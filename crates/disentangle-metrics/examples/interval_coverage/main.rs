//! How often the 95% interval of a score holds what it speaks of.
//!
//! `cargo run --release -p disentangle-metrics --example interval_coverage -- [ROWS] [DRAWS] [METRICS] [SOURCES]`: draws
//! tables of ROWS rows (2000) DRAWS times (200) from each source, and counts how often the interval from 100
//! resamplings holds the score of 200,000 rows, as a share over five tables of so many (`many`), and the mean score of
//! all tables of ROWS rows (`own`). SOURCES is `known`, those that intervals were designed on, `held_out`, those that they
//! were only tried on, or the name of one. The metric `dci` has ten trees here.

mod sources;

use disentangle_metrics::{
    Dci, Detail, Error, MetricConfig, Outcome, Protocol, Score, Scores, evaluate,
};
use disentangle_seeds::Seeds;
use rayon::prelude::*;

use crate::sources::{Source, held_out, known};

const MANY: usize = 200_000;
/// Tables of many rows; their draws are numbered from here, beyond those of few.
const TRUTHS: std::ops::Range<u64> = 1_000_000..1_000_005;

#[expect(clippy::print_stdout, reason = "an experiment shows its result")]
fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |place: usize| arguments.get(place).map(String::as_str);
    let number = |place, usual| {
        argument(place)
            .and_then(|x| x.parse().ok())
            .unwrap_or(usual)
    };
    let (rows, draws) = (number(0, 2000), number(1, 200));
    let names = argument(2).unwrap_or("mig,mig_sup,dcimig,rmig,jemmig,med,modularity,mcc");
    let metrics: Vec<_> = names.split(',').map(named).collect::<Result<_, _>>()?;
    let sources = match argument(3).unwrap_or("known") {
        "known" => known(),
        "held_out" => held_out(),
        name => known()
            .into_iter()
            .chain(held_out())
            .filter(|source| source.name == name)
            .collect(),
    };
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
    println!(
        "source    metric        at {MANY}  at {rows:>6}    many     own  center   width  speaks of"
    );
    for source in sources {
        report(&source, (rows, draws), &protocol, &metrics)?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an experiment shows its result")]
fn report(
    source: &Source,
    (rows, draws): (usize, usize),
    protocol: &Protocol,
    metrics: &[MetricConfig],
) -> Result<(), Error> {
    let run = |rows, draw, protocol: &Protocol| -> Result<Scores, Error> {
        evaluate(
            &source.table(rows, draw)?,
            protocol,
            metrics,
            Seeds::new(draw),
        )
    };
    let once = Protocol {
        bootstrap: 0,
        ..protocol.clone()
    };
    let truths: Vec<_> = TRUTHS
        .map(|draw| run(MANY, draw, &once))
        .collect::<Result<_, _>>()?;
    let runs = (0..draws as u64)
        .into_par_iter()
        .map(|draw| run(rows, draw, protocol));
    let runs: Vec<_> = runs.collect::<Result<_, _>>()?;
    for metric in metrics {
        let scores = |runs: &[Scores]| -> Vec<Score> {
            let score = |run: &Scores| match &run.metrics[metric.kind()] {
                Outcome::Score(score) => Some(score.clone()),
                Outcome::Failed(_) => None,
            };
            runs.iter().filter_map(score).collect()
        };
        let truths: Vec<f64> = scores(&truths).iter().map(|truth| truth.score).collect();
        let runs = scores(&runs);
        let own = mean(runs.iter().map(|run| run.score));
        let intervals: Vec<[f64; 2]> = runs.iter().filter_map(|run| run.interval).collect();
        let held = |truth: f64| {
            let holds = |[low, high]: &[f64; 2]| f64::from(*low <= truth && truth <= *high);
            100.0 * mean(intervals.iter().map(holds))
        };
        let speaks_of = match runs[0].details.get("interval_rows") {
            Some(Detail::Count(rows)) => *rows,
            _ => 0,
        };
        println!(
            "{:<9} {:<13} {:>9.4} {own:>10.4} {:>6.1}% {:>6.1}% {:>7.4} {:>7.4}  {speaks_of}",
            source.name,
            metric.kind(),
            mean(truths.iter().copied()),
            mean(truths.iter().map(|&truth| held(truth))),
            held(own),
            mean(intervals.iter().map(|[low, high]| (low + high) / 2.0)),
            mean(intervals.iter().map(|[low, high]| high - low)),
        );
    }
    Ok(())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (count, sum) = values.fold((0, 0.0), |(count, sum), x| (count + 1, sum + x));
    sum / f64::from(count)
}

fn named(name: &str) -> Result<MetricConfig, Error> {
    Ok(match MetricConfig::named(name)? {
        MetricConfig::Dci(dci) => MetricConfig::Dci(Dci { trees: 10, ..dci }),
        metric => metric,
    })
}
