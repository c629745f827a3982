//! `config check` and `config show`.

use std::path::PathBuf;

use clap::Subcommand;
use disentangle_trainer::ExperimentConfig;

use super::inputs::document;
use super::print;

/// Check or show configs.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Say whether the files, merged, are a valid config.
    #[command(after_help = "Example:
  disentangle config check configs/presets/quickstart.yaml --set train.lr=1e-4")]
    Check(Files),
    /// Print the merged config with every default written out.
    #[command(after_help = "Example:
  disentangle config show configs/presets/quickstart.yaml --set objective.terms.kl.weight=6")]
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
        let config: ExperimentConfig = document(&files.files, &files.overrides)?.read()?;
        match self {
            Self::Check(_) => print("the config is valid\n"),
            Self::Show(_) => print(&config.to_yaml()?),
        }
        Ok(())
    }
}
