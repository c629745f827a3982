//! The command `metrics`: scores of saved arrays. The binary `disentangle-metrics` and `disentangle metrics`
//! are both this.

mod assign;
mod heat_maps;
mod inputs;
mod output;

use std::path::PathBuf;

use disentangle_seeds::Seeds;

use crate::metrics::MetricConfig;
use crate::protocol::Protocol;
use crate::scores::Scores;
use crate::table::Table;
use heat_maps::HeatMaps;
use inputs::Inputs;

pub use output::Format;

/// Score saved codes against saved factors.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Metrics {
    #[command(flatten)]
    inputs: Inputs,
    /// Metrics by name, separated by commas; all if absent.
    #[arg(long, value_delimiter = ',')]
    metrics: Vec<String>,
    /// The protocol: dlib or fast.
    #[arg(long, default_value = "dlib")]
    preset: String,
    /// A parameter of the protocol, such as `bins=10`, or of a metric, such as `dci.probe=lasso`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Refuse what the original refuses, instead of dropping constant factors.
    #[arg(long)]
    strict: bool,
    /// Seed of all draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Resamplings behind the 95% interval of each score.
    #[arg(long, value_name = "R")]
    bootstrap: Option<usize>,
    /// Threads that compute; the available parallelism if absent.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Where to: a .csv file gets a row a value, any other the JSON. A table then goes to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The layout; if absent, that of the file's extension, or on standard output a table for a terminal and
    /// JSON for a program.
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    heat_maps: HeatMaps,
}

const EXAMPLES: &str = "Examples:
  metrics --codes codes.npy --factors factors.npy
  metrics --codes encodings.npz --metrics mig,dci,factor_vae --set dci.probe=lasso --out scores.json
  metrics --codes table.csv:z --factors table.csv:shape,scale --bootstrap 200
  metrics --codes codes.npy --factors factors.npy --metrics mig,dci --heat-maps pictures

Array files: .npy, .npz (FILE:KEY; by default the keys codes and factors), .csv and .tsv (a header is optional;
FILE:A,B picks columns), .safetensors (FILE:KEY), .h5 (FILE:/PATH), .mat (FILE:NAME). A row is a sample.";

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// An input cannot be read.
    #[error("reading the {what}: {source}")]
    Read {
        /// Which input.
        what: &'static str,
        /// Why.
        source: disentangle_arrays::Error,
    },
    /// The inputs cannot be scored.
    #[error("{what}: {source}")]
    Table {
        /// The input's file.
        what: String,
        /// Why.
        source: crate::Error,
    },
    /// The output cannot be written.
    #[error("writing `{}`: {source}", path.display())]
    Write {
        /// The output.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A matrix cannot be drawn.
    #[error("drawing `{}`: {source}", path.display())]
    Draw {
        /// The picture.
        path: PathBuf,
        /// Why.
        source: disentangle_visualization::Error,
    },
    /// No metric could be computed.
    #[error("no metric could be computed: {0}")]
    NothingScored(String),
}

impl Error {
    /// Returns 2 for bad usage, 1 for any other failure.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
        }
    }
}

impl Metrics {
    /// Scores the arrays and writes the result; what is left for standard output is returned.
    ///
    /// # Errors
    /// If an option makes no sense, an input cannot be read or scored, or no metric could be computed:
    /// then the reasons have been written.
    pub fn run(&self, terminal: bool) -> Result<Report, Error> {
        let (protocol, metrics) = self.protocol()?;
        let scores = match self.threads {
            None => self.score(&protocol, &metrics)?,
            Some(threads) => rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build()
                .map_err(|error| Error::Usage(format!("--threads {threads}: {error}")))?
                .install(|| self.score(&protocol, &metrics))?,
        };
        let text = output::write(&scores, self.out.as_deref(), self.format, terminal)?;
        self.heat_maps.draw(&scores)?;
        Ok(Report {
            text,
            written: self.out.is_some(),
            scores,
        })
    }

    fn score(&self, protocol: &Protocol, metrics: &[MetricConfig]) -> Result<Scores, Error> {
        let table: Table = self.inputs.read()?;
        crate::evaluate(&table, protocol, metrics, Seeds::new(self.seed)).map_err(|source| {
            match source {
                crate::Error::Invalid { .. } | crate::Error::RepeatedMetric { .. } => {
                    Error::Usage(source.to_string())
                }
                source => Error::Table {
                    what: "scoring".to_owned(),
                    source,
                },
            }
        })
    }

    fn protocol(&self) -> Result<(Protocol, Vec<MetricConfig>), Error> {
        let usage = |error: crate::Error| Error::Usage(error.to_string());
        let mut protocol = Protocol::preset(&self.preset).map_err(usage)?;
        let mut metrics = match self.metrics.as_slice() {
            [] => MetricConfig::all()
                .into_iter()
                .chain(
                    self.inputs
                        .has_encodings()
                        .then(|| MetricConfig::Udr(crate::Udr::default())),
                )
                .collect(),
            names => names
                .iter()
                .map(|name| MetricConfig::named(name.trim()))
                .collect::<Result<Vec<_>, _>>()
                .map_err(usage)?,
        };
        protocol.strict |= self.strict;
        if let Some(count) = self.bootstrap {
            protocol.bootstrap = count;
        }
        for assignment in &self.set {
            assign::apply(assignment, &mut protocol, &mut metrics)?;
        }
        Ok((protocol, metrics))
    }
}

/// What a run of the command leaves to print.
#[derive(Debug)]
pub struct Report {
    /// The text for standard output.
    pub text: String,
    /// Whether the result is in a file, and the text only for the eye.
    pub written: bool,
    /// The scores.
    pub scores: Scores,
}

impl Report {
    /// Fails if no metric could be computed; call it once the text is printed.
    ///
    /// # Errors
    /// If so, with the first reason.
    pub fn require_scores(&self) -> Result<(), Error> {
        if !self.scores.all_failed() {
            return Ok(());
        }
        let reason = self
            .scores
            .metrics
            .iter()
            .find_map(|(name, outcome)| match outcome {
                crate::Outcome::Failed(why) => Some(format!("{name}: {why}")),
                crate::Outcome::Score(_) => None,
            });
        Err(Error::NothingScored(
            reason.unwrap_or_else(|| "none was asked for".to_owned()),
        ))
    }
}
