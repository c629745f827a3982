//! Scores codes and factors that are columns of CSV files: `cargo run -p disentangle-metrics --example score_csv`.
//!
//! Give the names of your own two files, or none: the example then writes a pair to try. The same without a line of
//! code: `disentangle metrics --codes codes.csv --factors factors.csv`.

use std::error::Error;
use std::path::{Path, PathBuf};

use disentangle_arrays::{read, write};
use disentangle_metrics::{MetricConfig, Outcome, Protocol, Table, evaluate};
use disentangle_seeds::Seeds;
use ndarray::Array2;

#[expect(clippy::print_stdout, reason = "an example shows its result")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    let [codes, factors] = match <[PathBuf; 2]>::try_from(arguments) {
        Ok(files) => files,
        Err(none) if none.is_empty() => write_a_pair(folder.path())?,
        Err(_) => return Err("usage: CODES.csv FACTORS.csv, or nothing".into()),
    };

    let table = Table::from_arrays(&read(&codes, None)?, &read(&factors, None)?)?;
    let metrics = [MetricConfig::named("mig")?, MetricConfig::named("dci")?];
    let scores = evaluate(&table, &Protocol::dlib(), &metrics, Seeds::new(0))?;

    print!("{}", scores.to_text());
    for (name, outcome) in &scores.metrics {
        match outcome {
            Outcome::Score(score) => println!("{name} is {:.3}", score.score),
            Outcome::Failed(reason) => println!("{name} cannot be computed: {reason}"),
        }
    }
    Ok(())
}

/// Two factors; the first code mixes them, the second knows one alone.
fn write_a_pair(folder: &Path) -> Result<[PathBuf; 2], Box<dyn Error>> {
    let mut stream = Seeds::new(0).stream("example", 0);
    let factors = Array2::from_shape_fn((1000, 2), |_| stream.below(4) as u32);
    let codes = Array2::from_shape_fn((1000, 2), |(row, d)| match d {
        0 => factors[[row, 0]] as f32 + 0.5 * factors[[row, 1]] as f32,
        _ => factors[[row, 1]] as f32 + 0.1 * stream.normal() as f32,
    });
    let paths = ["codes.csv", "factors.csv"].map(|name| folder.join(name));
    write(&paths[0], &[("codes", (&codes).into())])?;
    write(&paths[1], &[("factors", (&factors).into())])?;
    Ok(paths)
}
