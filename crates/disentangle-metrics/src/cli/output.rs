//! Where scores go, and in which layout.

use std::path::Path;

use super::Error;
use crate::scores::Scores;

/// The layout of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Everything, as in `metrics.json`.
    Json,
    /// A line a metric, to read.
    Table,
    /// A row a value: metric, key, row, column, value.
    Csv,
    /// The flat keys of disentanglement_lib.
    Dlib,
}

impl Format {
    fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Self::Csv,
            Some("txt") => Self::Table,
            _ => Self::Json,
        }
    }

    fn spell(self, scores: &Scores) -> String {
        match self {
            Self::Json => scores.to_json(),
            Self::Table => scores.to_text(),
            Self::Csv => scores.to_csv(),
            Self::Dlib => scores.to_dlib_json(),
        }
    }
}

/// Writes scores to a file, if one is named; returns what goes to standard output.
pub(super) fn write(
    scores: &Scores,
    out: Option<&Path>,
    format: Option<Format>,
    terminal: bool,
) -> Result<String, Error> {
    let Some(path) = out else {
        let usual = if terminal {
            Format::Table
        } else {
            Format::Json
        };
        return Ok(format.unwrap_or(usual).spell(scores));
    };
    let text = format.unwrap_or(Format::of(path)).spell(scores);
    std::fs::write(path, text).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })?;
    Ok(scores.to_text())
}
