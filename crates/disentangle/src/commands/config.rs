//! `config check` and `config show`.

use std::path::PathBuf;

use clap::Subcommand;
use disentangle_trainer::{Document, ExperimentConfig};

use super::print;

/// Check or show configs.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Say whether the files, merged, are a valid config.
    Check(Files),
    /// Print the merged config with every default written out.
    Show(Files),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Files {
    /// Config files, merged left to right.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Override a value.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

impl Config {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (Self::Check(files) | Self::Show(files)) = &self;
        let config: ExperimentConfig = Document::load(&files.files, &files.overrides)?.read()?;
        match self {
            Self::Check(_) => print("the config is valid\n"),
            Self::Show(_) => print(&config.to_yaml()?),
        }
        Ok(())
    }
}
