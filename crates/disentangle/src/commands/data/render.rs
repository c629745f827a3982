//! `data render`: draws images of a data set.

use std::path::PathBuf;

use disentangle_data::{FactorSpace, sample};

use super::pictures;
use super::source::Source;
use crate::console::{Console, Verbosity};

/// Draw some images of a data set, and what each factor does, as PNG and GIF.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle data render arm --set variant=relit --out pictures")]
pub(crate) struct Render {
    #[command(flatten)]
    source: Source,
    /// Number of images on the contact sheet.
    #[arg(long, value_name = "N", default_value_t = 48)]
    sample: usize,
    /// Decides which images these are.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The image in which one factor after the other changes; the sheet's first if absent.
    #[arg(long, value_name = "I")]
    index: Option<usize>,
    /// Most values that are shown of a factor.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=64))]
    steps: u16,
    /// Folder to write into.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

impl Render {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let dataset = self.source.open()?;
        let dataset = dataset.as_ref();
        let console = Console::new(verbosity);
        let stem = self.source.stem();
        std::fs::create_dir_all(&self.out)?;
        let path = |name: &str| self.out.join(format!("{stem}-{name}"));

        let n = self.sample.clamp(1, dataset.len());
        let indices = sample(dataset, n, self.seed)?;
        let samples = path("samples.png");
        pictures::samples(dataset, &indices)?.write_png(&samples)?;
        console.say(&format!("picture  {}", samples.display()));

        if !dataset.factor_space().is_some_and(FactorSpace::is_grid) {
            console.say("no picture of the factors: not every combination has an image");
            return Ok(());
        }
        let sweeps = pictures::Sweeps {
            dataset,
            index: self.index.unwrap_or(indices[0]),
            steps: usize::from(self.steps),
        };
        let (sheet, animation) = (path("factors.png"), path("factors.gif"));
        sweeps.sheet()?.write_png(&sheet)?;
        console.say(&format!("picture  {}", sheet.display()));
        sweeps.animation()?.write_gif(&animation)?;
        console.say(&format!("picture  {}", animation.display()));
        Ok(())
    }
}
