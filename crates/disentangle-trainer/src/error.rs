//! What can go wrong in a run.

use std::path::{Path, PathBuf};

use crate::ConfigError;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only latents that carry something were to be drawn.
    #[error(
        "no latent of this run is active, so there is nothing to draw; leave `--active` out to see what they do"
    )]
    NoActiveLatent,
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data set cannot be opened or read.
    #[error(transparent)]
    Data(#[from] disentangle_data::Error),
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A tensor, a state or its file does not fit.
    #[error(transparent)]
    Nn(#[from] disentangle_nn::Error),
    /// The model cannot be built or run.
    #[error(transparent)]
    Architecture(#[from] disentangle_architectures::Error),
    /// The objective cannot be built or computed.
    #[error(transparent)]
    Objective(#[from] disentangle_objectives::Error),
    /// The optimizer failed.
    #[error(transparent)]
    Optim(#[from] disentangle_optim::Error),
    /// The learning rate cannot go on.
    #[error(transparent)]
    Schedule(#[from] disentangle_schedulers::Error),
    /// A metric cannot be run.
    #[error(transparent)]
    Metrics(#[from] disentangle_metrics::Error),
    /// An array file cannot be written or read.
    #[error(transparent)]
    Arrays(#[from] disentangle_arrays::Error),
    /// A picture cannot be made.
    #[error(transparent)]
    Picture(#[from] disentangle_visualization::Error),
    /// A file of a run cannot be read or written.
    #[error("{action} {}: {source}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A run's own file does not hold what it should.
    #[error("{}: {problem}", path.display())]
    Broken {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The run is there already.
    #[error("the run {} exists already: resume it with `--resume`, or choose another folder with `--run`", .0.display())]
    Exists(PathBuf),
    /// Another process writes into the run.
    #[error("the run {} is in use by another process: wait for it, or stop it first", .0.display())]
    Locked(PathBuf),
    /// The run was asked to stop and can go on later.
    #[error("stopped after step {step}, which is saved; go on with `disentangle train --resume --run {}`", path.display())]
    Interrupted {
        /// Updates done.
        step: u64,
        /// The run.
        path: PathBuf,
    },
    /// An observer asked to stop, and what was under way is given up.
    #[error("stopped before the end")]
    Stopped,
    /// The best checkpoint is to be chosen by a value that no one logs.
    #[error("`checkpoint.best.value` is `{name}`, which this run does not log; it logs {logged}")]
    NotLogged {
        /// What was asked for.
        name: String,
        /// What there is.
        logged: String,
    },
    /// A resumed run was asked to be another one.
    #[error("the run {} was started with another configuration; what differs: {difference}. Only `train.steps` may change; `--force` goes on all the same", path.display())]
    Changed {
        /// The run.
        path: PathBuf,
        /// The keys that differ, with both values.
        difference: String,
    },
    /// A number is no longer finite.
    #[error(
        "`{name}` became {value} at step {step}; the last checkpoint is from before that step. Lower the learning rate or the weight of the term"
    )]
    NotFinite {
        /// What was logged.
        name: String,
        /// What it became.
        value: f64,
        /// The step at which it happened first.
        step: u64,
    },
    /// The device cannot be used.
    #[error("the device `{device}` cannot be used: {problem}")]
    Device {
        /// What was asked for.
        device: String,
        /// Why not.
        problem: String,
    },
    /// The data set has no factors to measure codes against.
    #[error("the data set has no factors, so codes cannot be measured against them")]
    NoFactors,
    /// A folder to write into holds something already.
    #[error("the folder {} is not empty: choose another one", .0.display())]
    NotEmpty(PathBuf),
    /// An observer failed.
    #[error("{0}")]
    Observer(String),
}

impl Error {
    /// Makes a [`Error::File`] of an I/O error.
    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
