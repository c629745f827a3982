//! A metric of your own beside those of the crate: `cargo run -p disentangle-metrics --example custom_metric`.
//!
//! It is made of the same pieces as the crate's metrics, and `measure` computes it as `evaluate` computes those. To
//! have it in configs, reports and `disentangle list metrics`, make it a part: docs/add-a-metric.md.

use disentangle_metrics::{
    Error, Metric, MetricConfig, MetricCx, Protocol, Score, Table, entropy, evaluate, measure,
    mutual_information_matrix,
};
use disentangle_seeds::Seeds;
use ndarray::Array2;

/// The share of each factor's entropy that the best code knows, averaged over factors, in `[0, 1]`.
///
/// MIG without its subtraction: it asks whether a factor is in some code, not whether it is in one alone.
struct BestCodeShare;

impl Metric for BestCodeShare {
    fn compute(&self, cx: &MetricCx<'_>) -> Result<Score, Error> {
        let (codes, factors) = (cx.points.codes, cx.points.factors);
        let known = mutual_information_matrix(codes, factors, &cx.protocol.histogram())?; // [D, K]
        let share = |k: usize| {
            let best = known.column(k).fold(0.0, |a: f64, &b| a.max(b));
            best / entropy(factors.column(k))
        };
        let shares: Vec<f64> = (0..known.ncols()).map(share).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        Ok(Score::new(mean)
            .with("per_factor", shares)
            .with_matrix("mutual_information", known))
    }
}

/// Every factor has two codes that both know it, so no gap is left between them.
fn twice() -> Result<Table, Error> {
    let mut stream = Seeds::new(0).stream("example", 0);
    let factors = Array2::from_shape_fn((4000, 2), |_| stream.below(5) as u32);
    let codes = Array2::from_shape_fn((4000, 4), |(row, d)| {
        factors[[row, d / 2]] as f32 + 0.1 * stream.normal() as f32
    });
    Table::new(codes, factors)
}

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Error> {
    let (table, protocol, seeds) = (twice()?, Protocol::dlib(), Seeds::new(0));
    let scores = evaluate(&table, &protocol, &[MetricConfig::named("mig")?], seeds)?;
    print!("{}", scores.to_text());
    let own = measure(&BestCodeShare, &table, &protocol, seeds)?;
    println!("best code's share: {:.3}", own.score);
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn share(table: &Table) -> Result<f64, Error> {
        let score = measure(&BestCodeShare, table, &Protocol::dlib(), Seeds::new(0))?;
        Ok(score.score)
    }

    #[test]
    fn a_factor_that_a_code_holds_counts_in_full_and_another_not() -> Result<(), Error> {
        // The first code is the first coin; no code knows of the second.
        let factors = array![[0, 0], [0, 1], [1, 0], [1, 1]];
        let codes = array![[0.0, 1.0], [0.0, 1.0], [5.0, 1.0], [5.0, 1.0]];
        assert!((share(&Table::new(codes, factors)?)? - 0.5).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn a_copy_of_a_code_takes_nothing_away() -> Result<(), Error> {
        assert!(share(&twice()?)? > 0.9);
        Ok(())
    }

    #[test]
    fn constant_factors_are_gone_and_a_table_without_others_is_refused() -> Result<(), Error> {
        let codes = array![[0.0], [1.0]];
        let table = Table::new(codes.clone(), array![[0, 3], [1, 3]])?;
        assert!((share(&table)? - 1.0).abs() < 1e-12);
        let error = share(&Table::new(codes, array![[3], [3]])?);
        assert!(matches!(error, Err(Error::NothingVaries)));
        Ok(())
    }
}
