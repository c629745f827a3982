//! `list`: what can be written in a config, and the presets.

use clap::builder::PossibleValuesParser;
use disentangle_trainer::kinds;

use super::print;
use crate::presets::PRESETS;

const PRESET_LIST: &str = "presets";

/// List what can be written in a config, and the presets in `configs/presets/`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  disentangle list terms
  disentangle list presets")]
pub(crate) struct List {
    /// One list only, an item a line; presets with what they are.
    #[arg(value_parser = PossibleValuesParser::new(lists()))]
    what: Option<String>,
}

impl List {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.what.as_deref() {
            None => {
                for (what, kinds) in kinds() {
                    print(&format!("{what}: {}\n", kinds.join(", ")));
                }
                let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
                print(&format!("{PRESET_LIST}: {}\n", names.join(", ")));
            }
            Some(PRESET_LIST) => {
                for preset in PRESETS {
                    print(&format!("{}: {}\n", preset.name, preset.about));
                }
            }
            Some(only) => {
                let chosen = kinds().into_iter().filter(|(what, _)| *what == only);
                for kind in chosen.flat_map(|(_, kinds)| kinds) {
                    print(&format!("{kind}\n"));
                }
            }
        }
        Ok(())
    }
}

fn lists() -> Vec<&'static str> {
    let kinds = kinds().into_iter().map(|(what, _)| what);
    kinds.chain([PRESET_LIST]).collect()
}
