//! `traverse`: draws reconstructions and traversals.

use disentangle_trainer::{reconstructions, traversals};

use super::inputs::Trained;
use crate::console::{Console, Verbosity};

/// Draw reconstructions and latent traversals of a run into its folder of pictures.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle traverse runs/quickstart --index 0,500 --range=-3,3 --steps 11")]
pub(crate) struct Traverse {
    #[command(flatten)]
    trained: Trained,
    /// Images whose codes to start from, separated by commas; a random one if absent.
    #[arg(long, value_delimiter = ',')]
    index: Vec<usize>,
    /// First and last value of a moved latent.
    #[arg(long, num_args = 1..=2, value_delimiter = ',', value_name = "FROM,TO", allow_negative_numbers = true)]
    range: Vec<f32>,
    /// Number of values.
    #[arg(long)]
    steps: Option<usize>,
}

impl Traverse {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let (run, experiment) = self.trained.open(|config| {
            match self.range.as_slice() {
                [] => {}
                &[first, last] => config.images.traversal_range = (first, last),
                _ => anyhow::bail!(disentangle_trainer::ConfigError::Invalid(vec![
                    "--range: expected two numbers, such as --range=-2,2".into()
                ])),
            }
            if let Some(steps) = self.steps {
                config.images.traversal_steps = steps;
            }
            config.require_valid()?;
            Ok(())
        })?;
        let console = Console::new(verbosity);
        let draw = |name: String, picture: disentangle_visualization::Picture| {
            let path = run.images().join(name);
            picture.write_png(&path)?;
            console.say(&format!("picture  {}", path.display()));
            anyhow::Ok(())
        };
        draw("reconstructions.png".into(), reconstructions(&experiment)?)?;
        if self.index.is_empty() {
            draw("traversals.png".into(), traversals(&experiment, None)?)?;
        }
        for &index in &self.index {
            let picture = traversals(&experiment, Some(index))?;
            draw(format!("traversals-of-{index}.png"), picture)?;
        }
        Ok(())
    }
}
