//! `traverse`: draws reconstructions and traversals.

use std::str::FromStr;

use disentangle_trainer::{
    TraversalChoice, WalkRange, conditions, reconstructions, traversal_pictures,
};

use super::inputs::Trained;
use crate::console::{Console, Verbosity};

/// Draw reconstructions, latent traversals and what labels do of a run into its folder of pictures.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  disentangle traverse runs/quickstart --index 0,500 --range=-3,3 --steps 11
  disentangle traverse runs/quickstart --range prior --gif")]
pub(crate) struct Traverse {
    #[command(flatten)]
    trained: Trained,
    /// Images whose codes to start from, separated by commas; a random one if absent.
    #[arg(long, value_delimiter = ',')]
    index: Vec<usize>,
    /// First and last value of a moved latent (-2,2); or `prior`, its quantiles; or `own`, each latent's
    /// range over random images. The run's own choice if absent.
    #[arg(long, value_name = "FROM,TO|prior|own", allow_hyphen_values = true)]
    range: Option<Range>,
    /// Number of values.
    #[arg(long)]
    steps: Option<usize>,
    /// Leave latents out that carry nothing, and count them in the title.
    #[arg(long)]
    active: bool,
    /// Write the traversals as GIF too.
    #[arg(long)]
    gif: bool,
}

/// What `--range` says.
#[derive(Debug, Clone, Copy)]
enum Range {
    Fixed(f32, f32),
    Named(WalkRange),
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "prior" => return Ok(Self::Named(WalkRange::Prior)),
            "own" => return Ok(Self::Named(WalkRange::Own)),
            _ => {}
        }
        let numbers = text.split_once(',').and_then(|(first, last)| {
            let number = |text: &str| text.trim().parse().ok();
            Some(Self::Fixed(number(first)?, number(last)?))
        });
        numbers.ok_or_else(|| "expected two numbers such as -2,2, or `prior`, or `own`".into())
    }
}

impl Traverse {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let (run, experiment) = self.trained.open(|config| {
            if let Some(Range::Fixed(first, last)) = self.range {
                config.images.traversal_range = (first, last);
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
        for (name, picture) in conditions(&experiment)? {
            draw(format!("{name}.png"), picture)?;
        }
        let range = match self.range {
            Some(Range::Named(range)) => range,
            Some(Range::Fixed(..)) | None => WalkRange::Configured,
        };
        let starts = match self.index.as_slice() {
            [] => vec![(None, "traversals".to_owned())],
            indices => {
                let start = |&index| (Some(index), format!("traversals-of-{index}"));
                indices.iter().map(start).collect()
            }
        };
        for (index, name) in starts {
            let choice = TraversalChoice {
                index,
                range,
                only_active: self.active,
            };
            let pictures = traversal_pictures(&experiment, choice)?;
            draw(format!("{name}.png"), pictures.sheet)?;
            if self.gif {
                let path = run.images().join(format!("{name}.gif"));
                pictures.animation.write_gif(&path)?;
                console.say(&format!("picture  {}", path.display()));
            }
        }
        Ok(())
    }
}
