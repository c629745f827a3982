//! What can go wrong with a study.

use std::path::PathBuf;

use disentangle_trainer::ConfigError;

/// Why a study cannot be read, run or collected.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The study, or a configuration that it makes, cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A configuration that the study makes cannot be used.
    #[error("run {index} ({setting}): {source}")]
    Run {
        /// The run's number.
        index: usize,
        /// Its method and values.
        setting: String,
        /// Why.
        source: ConfigError,
    },
    /// There is no run of this number.
    #[error("there is no run {index}: the study has {count}, numbered from 0")]
    NoRun {
        /// The number asked for.
        index: usize,
        /// How many runs there are.
        count: usize,
    },
    /// A file of a run cannot be read, or holds something else.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A table cannot be written.
    #[error("cannot write {path}: {source}")]
    Table {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A page cannot be made.
    #[error(transparent)]
    Page(#[from] disentangle_visualization::Error),
}
