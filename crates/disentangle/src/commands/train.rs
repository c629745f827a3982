//! `train`: trains, logs, draws, saves, measures.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use disentangle_trainer::{
    Document, Error, Event, Experiment, ExperimentConfig, Logs, Observer, RunFolder, Trainer,
};

use super::inputs::{Machine, document};
use crate::console::{Console, Verbosity};
use crate::interrupt::Interrupt;

/// Train a model, then draw and measure what it has learned.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  disentangle train configs/presets/quickstart.yaml
  disentangle train configs/presets/quickstart.yaml --set seed=1 --run runs/seed-1
  disentangle train --resume --run runs/seed-1
  disentangle train --resume --run runs/seed-1 --set train.steps=20000")]
pub(crate) struct Train {
    /// Config files, merged left to right.
    configs: Vec<PathBuf>,
    /// Override a value, such as objective.terms.kl.weight=4.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Folder of the run; `runs/<name of the last config>` if absent.
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Go on with the run from its newest checkpoint.
    #[arg(long)]
    resume: bool,
    /// Resume even if the configuration differs in more than its length.
    #[arg(long, requires = "resume")]
    force: bool,
    #[command(flatten)]
    machine: Machine,
}

impl Train {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let root = self.root()?;
        let trainer = if self.resume {
            let run = RunFolder::reopen(&root)?;
            let config = self.resumed(&run)?;
            Trainer::resume(config, run, &self.machine.open()?)?
        } else {
            let config: ExperimentConfig = self.document()?.read()?;
            RunFolder::require_free(&root)?;
            let experiment = Experiment::build(config, &self.machine.open()?)?;
            Trainer::new(experiment, &root)?
        };
        watched(trainer, &root, &self.machine, verbosity)
    }

    fn document(&self) -> anyhow::Result<Document> {
        document(&self.configs, &self.overrides)
    }

    fn root(&self) -> anyhow::Result<PathBuf> {
        let name = self.configs.last().and_then(|path| path.file_stem());
        match (&self.run, name) {
            (Some(run), _) => Ok(run.clone()),
            (None, Some(name)) => Ok(Path::new("runs").join(name)),
            (None, None) => {
                bail!(Error::Config(disentangle_trainer::ConfigError::Invalid(
                vec!["nothing to train: name a config, such as configs/presets/quickstart.yaml, \
                      or a run with --run DIR --resume"
                    .into()]
            )))
            }
        }
    }

    /// The run's own configuration; only its length may be changed.
    fn resumed(&self, run: &RunFolder) -> anyhow::Result<ExperimentConfig> {
        let saved = run.config()?;
        if self.configs.is_empty() && self.overrides.is_empty() {
            return Ok(saved);
        }
        let document = if self.configs.is_empty() {
            Document::load(&[run.config_path()], &self.overrides)?
        } else {
            self.document()?
        };
        let asked: ExperimentConfig = document.read()?;
        if !self.force {
            run.require_same(&saved, &asked)?;
        }
        run.save_config(&asked)
            .context("saving the extended configuration")?;
        Ok(asked)
    }
}

/// Trains the run of a folder to its end: a new one, or what is left of one of the same configuration.
pub(crate) fn complete(
    config: ExperimentConfig,
    root: &Path,
    machine: &Machine,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    let trainer = if RunFolder::open(root).is_ok() {
        let run = RunFolder::reopen(root)?;
        run.require_same(&run.config()?, &config)?;
        run.save_config(&config)?;
        Trainer::resume(config, run, &machine.open()?)?
    } else {
        RunFolder::require_free(root)?;
        Trainer::new(Experiment::build(config, &machine.open()?)?, root)?
    };
    watched(trainer, root, machine, verbosity)
}

/// Trains, with console and logs.
fn watched(
    mut trainer: Trainer,
    root: &Path,
    machine: &Machine,
    verbosity: Verbosity,
) -> anyhow::Result<()> {
    let run = RunFolder::open(root)?;
    run.write_meta(&machine.device(), rayon::current_num_threads())?;
    let mut observers = Observers {
        console: Console::new(verbosity),
        log: Logs::open(&run, trainer.config(), trainer.step())?,
        interrupt: Interrupt::catch()?,
    };
    trainer.run(&mut observers)?;
    observers.console.say(&contents(root));
    Ok(())
}

/// Console and logs, both; and whoever presses Ctrl-C.
struct Observers {
    console: Console,
    log: Logs,
    interrupt: Interrupt,
}

impl Observer for Observers {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        self.log.on(event)?;
        self.console.on(event)
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.requested()
    }
}

/// Says what the run's folder holds, and where.
fn contents(root: &Path) -> String {
    const CONTENTS: [(&str, &[&str]); 6] = [
        ("report", &["report.html"]),
        ("scores", &["metrics.json", "metrics-untrained.json"]),
        ("pictures", &["images/"]),
        ("codes", &["encodings/codes.npy", "encodings/factors.npy"]),
        ("log", &["events.jsonl", "scalars.csv", "tensorboard/"]),
        ("weights", &["checkpoints/"]),
    ];
    let mut lines = format!("\nrun       {}", root.display());
    for (what, names) in CONTENTS {
        let there: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| root.join(name).exists())
            .collect();
        if !there.is_empty() {
            let _ = write!(lines, "\n{what:<9} {}/{}", root.display(), there.join(", "));
        }
    }
    lines
}
