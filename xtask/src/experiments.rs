//! Trains models and checks that they behave as their objectives promise, and as published runs did.
//!
//! Runs lie in `target/experiments/`; one that is there is gone on with, so an interrupted `experiments`
//! costs nothing twice. Delete the folder after a change to the code.

mod behavior;
mod label_swap;
mod published;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use xshell::Shell;

use crate::commands::{Usage, unknown};
use crate::run_log::Log;
use crate::training::{self, Plan};
use crate::{binary, shell};

/// What asks for the long experiments too.
const ALL: &str = "all";

/// Something that a trained model must do.
struct Experiment {
    name: &'static str,
    /// What its runs have in common.
    config: &'static str,
    /// What it must do, in words.
    claim: &'static str,
    runs: &'static [Run],
    /// Looks at the runs, in their order.
    judge: fn(&Trained<'_>) -> Result<Finding>,
}

/// One run: the common configuration and what differs.
struct Run {
    name: &'static str,
    overrides: &'static [&'static str],
    /// Steps after which it ends; all but the last are resumed.
    lengths: &'static [u64],
}

/// Runs that are done.
struct Trained<'a> {
    shell: &'a Shell,
    folders: Vec<PathBuf>,
}

impl Trained<'_> {
    fn log(&self, run: usize) -> Result<Log> {
        Log::read(self.shell, &self.folders[run].join("events.jsonl"))
    }
}

/// What was seen, and whether it is what was claimed.
struct Finding {
    holds: bool,
    measured: String,
}

/// Runs the short experiments, all of them, or those named.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let chosen = choose(arguments)?;
    let (shell, binary) = (shell()?, binary::build()?);
    let mut failed = Vec::new();
    println!("| experiment | claim | measured | holds |\n|---|---|---|---|");
    for experiment in chosen {
        let folders = experiment
            .runs
            .iter()
            .map(|run| train(&shell, &binary, experiment, run))
            .collect::<Result<_>>()?;
        let trained = Trained {
            shell: &shell,
            folders,
        };
        let finding = (experiment.judge)(&trained)
            .with_context(|| format!("judging `{}`", experiment.name))?;
        let (name, claim, measured) = (experiment.name, experiment.claim, finding.measured);
        let holds = if finding.holds { "yes" } else { "no" };
        println!("| `{name}` | {claim} | {measured} | {holds} |");
        if !finding.holds {
            failed.push(name);
        }
    }
    ensure!(
        failed.is_empty(),
        "these do not hold: {}",
        failed.join(", ")
    );
    Ok(())
}

fn choose(arguments: &[OsString]) -> Result<Vec<&'static Experiment>> {
    if arguments.is_empty() {
        return Ok(behavior::EXPERIMENTS.iter().collect());
    }
    let all = || behavior::EXPERIMENTS.iter().chain(published::EXPERIMENTS);
    if arguments == [ALL] {
        return Ok(all().collect());
    }
    let find = |name: &OsString| -> Result<_, Usage> {
        let name = name.to_string_lossy();
        let found = all().find(|experiment| experiment.name == name);
        let names = all().map(|experiment| experiment.name).chain([ALL]);
        found.ok_or_else(|| unknown("experiment", &name, names))
    };
    Ok(arguments.iter().map(find).collect::<Result<_, _>>()?)
}

/// Trains a run, or what is left of it, and returns its folder.
fn train(shell: &Shell, binary: &Path, experiment: &Experiment, run: &Run) -> Result<PathBuf> {
    let name = format!("{}-{}", experiment.name, run.name);
    let folder = Path::new("target/experiments").join(name);
    for steps in run.lengths {
        let mut plan = Plan::new(experiment.config, &folder, *steps);
        plan.arguments.push("--quiet".into());
        run.overrides.iter().for_each(|set| plan.set(*set));
        training::complete(shell, binary, &plan)?;
    }
    Ok(folder)
}
