//! `export`: writes a trained model in a layout that other programs know.

use std::path::PathBuf;

use disentangle_trainer::{Encoding, evaluate};

use super::inputs::Trained;
use super::print;
use crate::console::{Console, Verbosity};

/// Write a trained model for the Hugging Face hub: card, configuration, weights, scores and traversals.
///
/// The scores are measured from the weights that are written, as `eval` does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle export runs/quickstart --hf exported/quickstart")]
pub(crate) struct Export {
    #[command(flatten)]
    trained: Trained,
    /// The folder to make, in the layout of the Hugging Face hub; it must not hold anything.
    #[arg(long, value_name = "DIR")]
    hf: PathBuf,
}

impl Export {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        disentangle_trainer::Export::require_free(&self.hf)?;
        let (run, experiment) = self.trained.open(|_| Ok(()))?;
        let mut console = Console::new(verbosity);
        let config = &experiment.config;
        let scores = match experiment.dataset.factor_space() {
            Some(_) => {
                let encoding = Encoding::of(&experiment, &mut console)?;
                Some(evaluate(&encoding, &config.eval, config.seed)?)
            }
            None => None,
        };
        let export = disentangle_trainer::Export {
            run: &run,
            experiment: &experiment,
            checkpoint: &self.trained.checkpoint,
            scores: scores.as_ref(),
        };
        for path in export.write(&self.hf)? {
            print(&format!("{}\n", path.display()));
        }
        Ok(())
    }
}
