//! `schema`: the JSON schema of configs.

use disentangle_trainer::schema;

use super::print;

/// Print the JSON schema of configs, for editors that check and complete YAML.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle schema > schema.json
In an editor with the YAML language server, a config begins with
  # yaml-language-server: $schema=schema.json")]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        print(&schema());
        Ok(())
    }
}
