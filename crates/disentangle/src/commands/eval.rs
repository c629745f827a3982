//! `eval`: measures the representation of a run.

use disentangle_trainer::config::Representation;
use disentangle_trainer::{Encoding, Scores};

use super::inputs::Trained;
use super::print;
use crate::console::{Console, Verbosity};

/// Measure the representation of a run; the scores go to standard output and `metrics.json`, which keeps those of
/// other metrics if they are of the same codes and protocol.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  disentangle eval runs/quickstart --metrics mig,factor_vae --preset dlib
  disentangle eval runs/quickstart --bootstrap 200")]
pub(crate) struct Eval {
    #[command(flatten)]
    trained: Trained,
    /// Metrics by name, separated by commas; the run's own choice if absent.
    #[arg(long, value_delimiter = ',')]
    metrics: Vec<String>,
    /// The protocol: dlib or fast.
    #[arg(long)]
    preset: Option<String>,
    /// Resamplings behind the 95% interval of each score; the run's own number if absent.
    #[arg(long, value_name = "R")]
    bootstrap: Option<usize>,
    /// Which codes represent an image: mean, sampled or mean_and_labels.
    #[arg(long)]
    representation: Option<String>,
    /// Seed of the metrics' draws; the run's seed if absent.
    #[arg(long)]
    seed: Option<u64>,
}

impl Eval {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let (run, experiment) = self.trained.open(|config| {
            if !self.metrics.is_empty() {
                config.eval.metrics.clone_from(&self.metrics);
            }
            if let Some(preset) = &self.preset {
                config.eval.preset.clone_from(preset);
            }
            config.eval.bootstrap = self.bootstrap.unwrap_or(config.eval.bootstrap);
            config.eval.representation = match self.representation.as_deref() {
                None => config.eval.representation,
                Some("mean") => Representation::Mean,
                Some("sampled") => Representation::Sampled,
                Some("mean_and_labels") => Representation::MeanAndLabels,
                Some(other) => {
                    anyhow::bail!(disentangle_trainer::ConfigError::Invalid(vec![format!(
                        "--representation {other}: expected mean, sampled or mean_and_labels"
                    )]))
                }
            };
            config.require_valid()?;
            Ok(())
        })?;
        let mut console = Console::new(verbosity);
        let encoding = Encoding::of(&experiment, &mut console)?;
        let seed = self.seed.unwrap_or(experiment.config.seed);
        let scores: Scores =
            disentangle_trainer::evaluate(&encoding, &experiment.config.eval, seed)?;
        print(&scores.to_text());
        let failed = scores.all_failed();
        if let Some(told) = run.add_metrics(scores)? {
            console.say(&told);
        }
        anyhow::ensure!(!failed, "no metric could be computed");
        Ok(())
    }
}
