//! `study`: many runs from one file.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use disentangle_study::{Collected, PlannedRun, Status, Study as Plan, status};

use super::inputs::Machine;
use super::{print, train};
use crate::console::{Console, Verbosity};
use crate::jobs;

/// Train many runs that one file describes, and compare them.
#[derive(Debug, Subcommand)]
pub(crate) enum Study {
    /// List the runs by number, and how far each is.
    List(StudyFile),
    /// Train one run, or all that are not done.
    Run(Run),
    /// Put the scores of the runs that are done into study.csv and study.html.
    Collect(StudyFile),
}

/// A study, and where its runs lie.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle study list configs/studies/tiny.yaml
  disentangle study run configs/studies/tiny.yaml --all --jobs 2
  disentangle study collect configs/studies/tiny.yaml")]
pub(crate) struct StudyFile {
    /// Files of the study, merged left to right.
    #[arg(required = true)]
    study: Vec<PathBuf>,
    /// Override a value, such as config.train.steps=1000.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Folder of the runs; `runs/<name of the last file>` if absent.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle study run configs/studies/tiny.yaml --index 3
  disentangle study run configs/studies/tiny.yaml --all --jobs 2")]
pub(crate) struct Run {
    #[command(flatten)]
    file: StudyFile,
    /// Number of the run.
    #[arg(long, conflicts_with = "all", required_unless_present = "all")]
    index: Option<usize>,
    /// All runs that are not done; those that have begun are gone on with.
    #[arg(long)]
    all: bool,
    /// Runs at a time, each a process of its own.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), requires = "all")]
    jobs: u16,
    #[command(flatten)]
    machine: Machine,
}

impl StudyFile {
    fn load(&self) -> anyhow::Result<Plan> {
        Ok(Plan::load(&self.study, &self.overrides)?)
    }

    fn name(&self) -> String {
        let name = self.study.last().and_then(|path| path.file_stem());
        name.map_or("study".into(), |name| name.to_string_lossy().into_owned())
    }

    fn root(&self) -> PathBuf {
        let named = || Path::new("runs").join(self.name());
        self.out.clone().unwrap_or_else(named)
    }

    /// What another process needs to read the same study.
    fn arguments(&self) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<_> = self
            .study
            .iter()
            .map(|path| path.clone().into_os_string())
            .collect();
        for text in &self.overrides {
            arguments.extend(["--set".into(), text.into()]);
        }
        arguments.extend(["--out".into(), self.root().into_os_string()]);
        arguments
    }
}

impl Study {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        match self {
            Self::List(file) => list(&file),
            Self::Run(run) => run.run(verbosity),
            Self::Collect(file) => collect(&file, verbosity),
        }
    }
}

fn list(file: &StudyFile) -> anyhow::Result<()> {
    let root = file.root();
    for run in file.load()?.runs() {
        let status = status(&root.join(run.folder()), &run.config()?)?;
        print(&format!(
            "{}  seed {:<3} {status:<14}  {}\n",
            run.folder(),
            run.seed,
            run.setting()
        ));
    }
    Ok(())
}

fn collect(file: &StudyFile, verbosity: Verbosity) -> anyhow::Result<()> {
    let root = file.root();
    let collected = Collected::read(&file.load()?, &root)?;
    anyhow::ensure!(
        collected.done() > 0,
        "no run of the study in {} is done",
        root.display()
    );
    let (table, page) = (root.join("study.csv"), root.join("study.html"));
    collected.write_csv(&table)?;
    collected.report(&file.name()).write(&page)?;
    let (done, all) = (collected.done(), collected.rows.len());
    Console::new(verbosity).say(&format!("{done} of {all} runs are done"));
    print(&format!("{}\n{}\n", table.display(), page.display()));
    Ok(())
}

impl Run {
    fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let (study, root) = (self.file.load()?, self.file.root());
        if let Some(index) = self.index {
            let run = study.run(index)?;
            let folder = root.join(run.folder());
            if status(&folder, &run.config()?)? == Status::Done {
                Console::new(verbosity).say(&format!("run {} is done", run.folder()));
                return Ok(());
            }
            return train::complete(run.config()?, &folder, &self.machine, verbosity);
        }
        let mut left = Vec::new();
        for run in study.runs() {
            if status(&root.join(run.folder()), &run.config()?)? != Status::Done {
                left.push(run);
            }
        }
        let console = Console::new(verbosity);
        console.say(&format!("{} of {} runs are left", left.len(), study.len()));
        let failed = jobs::run_all(&left, usize::from(self.jobs), &console, |run| {
            self.command(run)
        })?;
        anyhow::ensure!(
            failed == 0,
            "{failed} of {} runs failed; the same command tries them again",
            left.len()
        );
        Ok(())
    }

    /// The process that trains one run.
    fn command(&self, run: &PlannedRun) -> anyhow::Result<std::process::Command> {
        let mut command = std::process::Command::new(std::env::current_exe()?);
        command
            .args(["study", "run"])
            .args(self.file.arguments())
            .args(["--index", &run.index.to_string(), "--quiet"])
            .args(self.machine.arguments(usize::from(self.jobs)));
        Ok(command)
    }
}
