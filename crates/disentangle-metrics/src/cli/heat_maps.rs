//! The matrices of scores as pictures.

use std::path::{Path, PathBuf};

use disentangle_visualization::{HeatMap, Theme};
use ndarray::Array2;

use super::Error;
use crate::metrics::{MetricConfig, Needs};
use crate::scores::{Outcome, Scores};

/// Where pictures go, and in which format.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct HeatMaps {
    /// A folder for a picture of each matrix: codes are rows, factors columns.
    #[arg(long, value_name = "FOLDER")]
    heat_maps: Option<PathBuf>,
    /// Pixels, or shapes for print.
    #[arg(long, value_enum, default_value = "png", requires = "heat_maps")]
    heat_map_format: PictureFormat,
}

/// Pictures of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PictureFormat {
    Png,
    Svg,
}

impl HeatMaps {
    /// Draws every matrix into `FOLDER/METRIC-MATRIX.EXTENSION`, if a folder is given.
    pub(super) fn draw(&self, scores: &Scores) -> Result<(), Error> {
        let Some(folder) = &self.heat_maps else {
            return Ok(());
        };
        std::fs::create_dir_all(folder).map_err(|source| Error::Write {
            path: folder.clone(),
            source,
        })?;
        for (metric, outcome) in &scores.metrics {
            let Outcome::Score(score) = outcome else {
                continue;
            };
            for (name, matrix) in &score.matrices {
                let map = heat_map((metric, name), matrix, &scores.input.factor_names);
                let path = folder.join(format!("{metric}-{name}"));
                self.heat_map_format.write(&map, &path)?;
            }
        }
        Ok(())
    }
}

impl PictureFormat {
    fn write(self, map: &HeatMap, path: &Path) -> Result<(), Error> {
        let theme = Theme::default();
        let (extension, bytes) = match self {
            Self::Png => {
                let png = map.picture(theme).and_then(|picture| picture.encode_png());
                ("png", png)
            }
            Self::Svg => ("svg", map.svg(theme).map(String::into_bytes)),
        };
        let path = path.with_extension(extension);
        let bytes = bytes.map_err(|source| Error::Draw {
            path: path.clone(),
            source,
        })?;
        std::fs::write(&path, bytes).map_err(|source| Error::Write { path, source })
    }
}

fn heat_map((metric, name): (&str, &str), matrix: &Array2<f64>, factors: &[String]) -> HeatMap {
    let (rows, columns) = matrix.dim();
    let code = |code| format!("code {code}");
    // What needs no factors sets codes against codes.
    let of_codes =
        MetricConfig::named(metric).is_ok_and(|metric| metric.as_part().needs() == Needs::Codes);
    HeatMap {
        title: format!("{metric}: {}", name.replace('_', " ")),
        rows: (0..rows).map(code).collect(),
        columns: match columns == factors.len() && !of_codes {
            true => factors.to_vec(),
            false => (0..columns).map(code).collect(),
        },
        values: matrix.iter().copied().collect(),
        range: None,
    }
}
