//! `data export`: writes images and factors as arrays.

use std::path::PathBuf;

use disentangle_data::{export, sample};

use super::source::Source;
use crate::console::{Console, Verbosity};

/// Write `images` (N, H, W, C), `factors` (N, K) and `indices` (N) as npz; every image unless some are chosen.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle data export arm --set variant=relit --sample 1000 --out arm.npz")]
pub(crate) struct Export {
    #[command(flatten)]
    source: Source,
    /// Images to write, in this order, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "I,J,…")]
    index: Vec<usize>,
    /// Number of different images to draw at random.
    #[arg(long, value_name = "N", conflicts_with = "index")]
    sample: Option<usize>,
    /// Decides what is drawn.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to: an .npz file.
    #[arg(long)]
    out: PathBuf,
}

impl Export {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let dataset = self.source.open()?;
        let indices = match self.sample {
            Some(n) => sample(dataset.as_ref(), n, self.seed)?,
            None if self.index.is_empty() => (0..dataset.len()).collect(),
            None => self.index,
        };
        export(dataset.as_ref(), &indices, &self.out)?;
        let line = format!("{} images in {}", indices.len(), self.out.display());
        Console::new(verbosity).say(&line);
        Ok(())
    }
}
