//! `encode`: writes codes and factors.

use std::path::PathBuf;

use disentangle_trainer::Encoding;

use super::inputs::Trained;
use crate::console::{Console, Verbosity};

/// Write the codes `[N, D]` and factors `[N, K]` of a data set.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  disentangle encode runs/quickstart --out codes.npz
  disentangle encode runs/quickstart --out table.csv
  disentangle metrics --codes table.csv:z --factors table.csv:shape,scale")]
pub(crate) struct Encode {
    #[command(flatten)]
    trained: Trained,
    /// Where to: .npz, .safetensors, .csv or .tsv for codes and factors, .npy for the codes alone. In a table of text
    /// the codes are z_0, z_1, … and the factors have their names; beside other files a NAME.names.json has these.
    #[arg(long)]
    out: PathBuf,
}

impl Encode {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let (_, experiment) = self.trained.open(|config| {
            // Here all codes are asked for.
            config.eval.images = None;
            Ok(())
        })?;
        let mut console = Console::new(verbosity);
        let encoding = Encoding::of(&experiment, &mut console)?;
        encoding.write(&self.out)?;
        let (rows, latents) = encoding.codes.dim();
        console.say(&format!(
            "{rows} x {latents} codes in {}",
            self.out.display()
        ));
        Ok(())
    }
}
