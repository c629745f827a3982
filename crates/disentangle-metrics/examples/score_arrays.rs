//! Scores an encoder of anybody's: `cargo run -p disentangle-metrics --example score_arrays`.
//!
//! The codes here are made up: two factors, one code each with a little noise, and one code of noise alone. Replace
//! them by arrays of your own, or read them with `disentangle_arrays::read` and `Table::from_arrays`.

use disentangle_metrics::{Error, MetricConfig, Outcome, Protocol, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::Array2;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Error> {
    let mut stream = Seeds::new(0).stream("example", 0);
    let factors = Array2::from_shape_fn((3000, 2), |(_, k)| stream.below([3, 8][k]) as u32);
    let codes = Array2::from_shape_fn((3000, 3), |(row, d)| {
        let noise = stream.normal() as f32;
        match d {
            2 => noise,
            d => factors[[row, d]] as f32 + 0.1 * noise,
        }
    });

    let table = Table::new(codes, factors)?.with_factor_names(["shape", "angle"])?;
    let protocol = Protocol {
        bootstrap: 20,
        ..Protocol::dlib()
    };
    let metrics = ["mig", "modularity", "mcc", "info_mec"].map(MetricConfig::named);
    let metrics = metrics.into_iter().collect::<Result<Vec<_>, _>>()?;
    let scores = evaluate(&table, &protocol, &metrics, Seeds::new(0))?;

    print!("{}", scores.to_text());
    if let Outcome::Score(mig) = &scores.metrics["mig"] {
        println!(
            "MIG {:.3}, 95% interval {:.3?}",
            mig.score,
            mig.interval.unwrap_or_default()
        );
        println!(
            "mutual information of codes (rows) and factors:\n{:.2}",
            mig.matrices["mutual_information"]
        );
    }
    Ok(())
}
