//! A metric of your own beside those of the crate: `cargo run -p disentangle-metrics --example custom_metric`.
//!
//! It is a function of a table, made of the same pieces as the crate's metrics. To have it in configs, reports and
//! `disentangle list metrics`, make it a part: docs/add-a-metric.md.

use disentangle_metrics::{
    Error, Histogram, MetricConfig, Protocol, Table, entropy, evaluate, mutual_information_matrix,
};
use disentangle_seeds::Seeds;
use ndarray::Array2;

/// The share of each factor's entropy that the best code knows, averaged over factors, in `[0, 1]`.
///
/// MIG without its subtraction: it asks whether a factor is in some code, not whether it is in one alone.
fn best_code_share(table: &Table, protocol: &Protocol) -> Result<f64, Error> {
    let histogram = Histogram {
        bins: protocol.bins,
        edges: protocol.edges,
    };
    let known = mutual_information_matrix(table.codes(), table.factors(), &histogram)?; // [D, K]
    let share = |k: usize| {
        let best = known.column(k).fold(0.0, |a: f64, &b| a.max(b));
        best / entropy(table.factors().column(k))
    };
    Ok((0..known.ncols()).map(share).sum::<f64>() / known.ncols() as f64)
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Error> {
    let mut stream = Seeds::new(0).stream("example", 0);
    let factors = Array2::from_shape_fn((4000, 2), |_| stream.below(5) as u32);
    // Every factor has two codes that both know it, so no gap is left between them.
    let codes = Array2::from_shape_fn((4000, 4), |(row, d)| {
        factors[[row, d / 2]] as f32 + 0.1 * stream.normal() as f32
    });

    let (table, protocol) = (Table::new(codes, factors)?, Protocol::dlib());
    let scores = evaluate(
        &table,
        &protocol,
        &[MetricConfig::named("mig")?],
        Seeds::new(0),
    )?;
    print!("{}", scores.to_text());
    println!(
        "best code's share: {:.3}",
        best_code_share(&table, &protocol)?
    );
    Ok(())
}
