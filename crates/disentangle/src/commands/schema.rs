//! `schema`: the JSON schema of configs.

use disentangle_trainer::schema;

use super::print;

/// Print the JSON schema of configs, for editors that check and complete YAML.
#[derive(Debug, clap::Args)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        print(&schema());
        Ok(())
    }
}
