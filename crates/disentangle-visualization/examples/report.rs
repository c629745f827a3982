//! Writes the page of a made-up run, and one that compares three.
//!
//! `cargo run -p disentangle-visualization --example report -- FOLDER`
#![expect(clippy::unwrap_used, reason = "the sample is shared with the tests")]

#[path = "../tests/it/sample.rs"]
mod sample;

use std::error::Error;
use std::path::PathBuf;

use disentangle_visualization::Report;

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let folder = argument.map_or_else(std::env::temp_dir, PathBuf::from);
    let runs = vec![sample::run("quickstart", 0.0)];
    Report { runs }.write(&folder.join("report.html"))?;
    let runs = [("beta-1", 0.0), ("beta-4", 1.0), ("beta-16", 2.0)];
    let runs = runs.map(|(name, shift)| sample::run(name, shift)).to_vec();
    Report { runs }.write(&folder.join("compared.html"))?;
    Ok(())
}
