//! What several commands ask for: a machine, and a trained run.

use std::path::PathBuf;

use anyhow::Context;
use disentangle_data::DatasetConfig;
use disentangle_trainer::{ConfigError, DeviceChoice, Document, Experiment, RunFolder, hint};

use crate::presets::PRESETS;
use crate::threads;

/// Reads config files with overrides; a file that is not there may be meant as a preset.
pub(crate) fn document(files: &[PathBuf], overrides: &[String]) -> anyhow::Result<Document> {
    for file in files.iter().filter(|file| !file.exists()) {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let names = PRESETS.iter().map(|preset| preset.name);
        let near = hint(&stem, names);
        if !near.is_empty() {
            anyhow::bail!(ConfigError::Invalid(vec![format!(
                "there is no file {}{near} The presets are files in configs/presets/, such as \
                 configs/presets/quickstart.yaml",
                file.display()
            )]));
        }
    }
    Ok(Document::load(files, overrides)?)
}

/// Where to compute.
#[derive(Debug, clap::Args)]
pub(crate) struct Machine {
    /// cpu, cuda or cuda:N.
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// Threads that compute; the available parallelism if absent.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Machine {
    /// The device as the user named it.
    pub(crate) fn device(&self) -> String {
        self.device.to_string()
    }

    /// What tells one of several processes to compute on the same device, with its share of the threads.
    pub(crate) fn arguments(&self, processes: usize) -> [String; 4] {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = self.threads.map_or(cores / processes, usize::from);
        let threads = threads.max(1).to_string();
        [
            "--device".into(),
            self.device(),
            "--threads".into(),
            threads,
        ]
    }

    pub(crate) fn open(&self) -> anyhow::Result<disentangle_trainer::Device> {
        threads::set(self.threads.map(usize::from))?;
        Ok(self.device.open()?)
    }
}

/// A trained run.
#[derive(Debug, clap::Args)]
pub(crate) struct Trained {
    /// Folder of the run.
    run: PathBuf,
    /// Which checkpoint: `last`, `best` or a step.
    #[arg(long, default_value = "last")]
    pub(crate) checkpoint: String,
    /// A config file whose `data` replaces the run's data set.
    #[arg(long, value_name = "CONFIG")]
    data: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
}

impl Trained {
    /// Opens the run with its weights; `adapt` may change the configuration first.
    pub(crate) fn open(
        &self,
        adapt: impl FnOnce(&mut disentangle_trainer::ExperimentConfig) -> anyhow::Result<()>,
    ) -> anyhow::Result<(RunFolder, Experiment)> {
        let device = self.machine.open()?;
        let run = RunFolder::open(&self.run)?;
        let mut config = run.config()?;
        adapt(&mut config)?;
        if let Some(path) = &self.data {
            config.data = Document::load(&[path], &[])?
                .part::<DatasetConfig>("data")
                .with_context(|| format!("reading the data set of {}", path.display()))?;
        }
        let experiment = Experiment::build(config, &device)?;
        experiment.load(&run, &self.checkpoint)?;
        Ok((run, experiment))
    }
}
