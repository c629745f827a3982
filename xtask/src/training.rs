//! Trains a run with the binary, or what is left of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::run_log::Log;

/// A run to train.
pub(crate) struct Plan<'a> {
    config: &'a str,
    /// Where it lies.
    pub(crate) folder: PathBuf,
    steps: u64,
    overrides: Vec<String>,
    /// What else the binary is told.
    pub(crate) arguments: Vec<String>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(config: &'a str, folder: &Path, steps: u64) -> Self {
        Self {
            config,
            folder: folder.to_owned(),
            steps,
            overrides: vec![format!("train.steps={steps}")],
            arguments: Vec::new(),
        }
    }

    /// Overrides a value of the configuration, `key=value`.
    pub(crate) fn set(&mut self, text: impl Into<String>) {
        self.overrides.push(text.into());
    }
}

/// Trains a run to its end; a finished one is left as it is, one that has begun is gone on with.
pub(crate) fn complete(shell: &Shell, binary: &Path, plan: &Plan<'_>) -> Result<()> {
    let Plan {
        config,
        folder,
        arguments,
        ..
    } = plan;
    let events = folder.join("events.jsonl");
    if shell.path_exists(&events) && Log::read(shell, &events)?.finished() >= Some(plan.steps) {
        return Ok(());
    }
    let begun = shell.path_exists(folder.join("config.yaml"));
    let resume = begun.then_some("--resume");
    let sets = plan.overrides.iter().flat_map(|set| ["--set", set]);
    cmd!(
        shell,
        "{binary} train {config} --run {folder} {sets...} {arguments...} {resume...}"
    )
    .quiet()
    .run()
    .with_context(|| format!("training {}", folder.display()))
}
