//! `report.html`: what a run's folder and its model say, gathered for a page.
//!
//! Every part is read from the folder, so that a page can be made again at any time; what is not there
//! is left out of it. The pictures need the model, and through it the data.

mod facts;
mod history;
mod measured;
mod warnings;

use disentangle_visualization::RunReport;

use crate::portrait::{self, Portrait, WalkRange};
use crate::{Error, Experiment, RunFolder};
use facts::Facts;
use history::History;
use measured::Measured;

/// Gathers what a page shows of a run; without its model, the pictures are left out.
///
/// # Errors
/// If a file of the run cannot be read or is broken, or if a picture cannot be made.
pub fn run_report(run: &RunFolder, experiment: Option<&Experiment>) -> Result<RunReport, Error> {
    let history = History::read(&run.events())?;
    let measured = Measured::read(run)?;
    let facts = Facts::read(run)?;
    let mut report = RunReport {
        name: run.name(),
        facts: facts.list(&history, &measured),
        scores: measured.rows(),
        scores_note: measured.note(),
        curves: history.curves(),
        matrices: measured.matrices(),
        relations: measured.relations(&run.encodings())?,
        config: facts.config.clone(),
        settings: facts.settings(),
        reproduce: facts::reproduce(run.root()),
        ..RunReport::default()
    };
    if let Some(experiment) = experiment {
        let portrait = Portrait::of(experiment, None, WalkRange::Configured)?;
        report.walks = portrait.walks(experiment)?;
        report.conditions = portrait.conditions(experiment)?;
        report.reconstructions = portrait.pairs(experiment)?;
        report.samples = portrait::samples(experiment)?;
        report.factor_walks = portrait::factor_walks(experiment, portrait.start)?;
    }
    report.warnings = warnings::of(&report, &history, &measured, &facts);
    Ok(report)
}
