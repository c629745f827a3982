//! `report`: makes the page of a run again, or one that shows several runs side by side.

use std::path::{Path, PathBuf};

use anyhow::Context;
use disentangle_trainer::{Experiment, RunFolder, run_report};
use disentangle_visualization::{Report as Page, RunReport};

use super::inputs::Machine;
use super::print;
use crate::console::{Console, Verbosity};

/// Make the page of a run again, or one that shows several runs side by side.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle report runs/quickstart
  disentangle report runs/beta-1 runs/beta-4 --out compared.html")]
pub(crate) struct Report {
    /// Folders of the runs.
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// The page; `report.html` in the run's folder, or `compared.html` beside the first of several runs,
    /// if absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
}

impl Report {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let console = Console::new(verbosity);
        let device = self.machine.open()?;
        let runs = self.runs.iter().map(|root| {
            let run = RunFolder::open(root)?;
            // Scores and curves are worth showing even where the data or the weights are gone.
            let experiment = Experiment::build(run.config()?, &device)
                .and_then(|experiment| experiment.load(&run, "last").map(|()| experiment));
            let mut report = run_report(&run, experiment.as_ref().ok())
                .with_context(|| format!("reading the run {}", root.display()))?;
            if let Err(why) = &experiment {
                console.say(&format!("no pictures of {}: {why}", root.display()));
                report
                    .warnings
                    .push(format!("There are no pictures: {why}."));
            }
            anyhow::Ok(report)
        });
        let runs: Vec<RunReport> = runs.collect::<Result<_, _>>()?;
        let path = self.out.clone().unwrap_or_else(|| self.place());
        Page { runs }.write(&path)?;
        print(&format!("{}\n", path.display()));
        Ok(())
    }

    fn place(&self) -> PathBuf {
        match self.runs.as_slice() {
            [run] => run.join("report.html"),
            runs => {
                let beside = runs[0].parent().unwrap_or(Path::new(""));
                beside.join("compared.html")
            }
        }
    }
}
