//! `list`: what can be written in a config.

use disentangle_trainer::kinds;

use super::print;

/// List what can be written in a config.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// One list only: terms, encoders, decoders, bottlenecks, datasets, metrics, schedules,
    /// learning_rates or optimizers.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(kinds().into_iter().map(|(what, _)| what)))]
    what: Option<String>,
}

impl List {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        for (what, kinds) in kinds() {
            match self.what.as_deref() {
                None => print(&format!("{what}: {}\n", kinds.join(", "))),
                Some(only) if only == what => print(&format!("{}\n", kinds.join("\n"))),
                Some(_) => {}
            }
        }
        Ok(())
    }
}
