//! `metrics`: scores saved arrays, as the binary `disentangle-metrics` does.

use std::io::IsTerminal;

use disentangle_metrics::cli::Metrics;

use super::print;
use crate::console::Verbosity;

/// Scores the arrays and prints what the command leaves for standard output.
pub(crate) fn run(command: &Metrics, verbosity: Verbosity) -> anyhow::Result<()> {
    let report = command.run(std::io::stdout().is_terminal())?;
    if !(verbosity.quiet && report.written) {
        print(&report.text);
    }
    Ok(report.require_scores()?)
}
