//! Your own pictures: a folder of JPEG and PNG files, with factors from a CSV file if there is one.
//!
//! Without factors the images are all pictures below the folder, by path. With them they are the rows of the
//! table, in its order: the first column names a file below the folder, the others are factors, whose
//! classes are their distinct values in order (of numbers if all are numbers, else of text). A table
//! that is every combination in row-major order is a grid.

use std::path::{Path, PathBuf};

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::datasets::checked;
use crate::error::Error;
use crate::factor_space::ConstantFactors;
use crate::files::picture::{Fit, Frame};
use crate::files::pictures::{Files, Pictures};
use crate::files::source::Source;
use crate::places::Places;
use crate::prepared::{self, Preparable};
use crate::table::Table;

/// Folders below the folder that are followed.
const MAX_DEPTH: usize = 16;

/// Pictures of a folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageFolder {
    /// The folder, or a prepared file.
    pub path: PathBuf,
    /// A CSV file with a header: file names below the folder, then factors.
    #[serde(default)]
    pub factors: Option<PathBuf>,
    /// Rows and columns of an image.
    #[serde(default = "default_size")]
    pub size: usize,
    /// 1 for gray, 3 for color.
    #[serde(default = "default_channels")]
    pub channels: usize,
    /// What becomes of pictures that are not square.
    #[serde(default)]
    pub fit: Fit,
    /// Side of the square that `center_crop` keeps; the shorter side if absent.
    #[serde(default)]
    pub crop: Option<usize>,
    /// What to do with factors that have one value.
    #[serde(default)]
    pub constant_factors: ConstantFactors,
}

fn default_size() -> usize {
    64
}

fn default_channels() -> usize {
    3
}

impl Config for ImageFolder {
    fn examples() -> Vec<Self> {
        vec![Self {
            path: "pictures".into(),
            factors: None,
            size: default_size(),
            channels: default_channels(),
            fit: Fit::CenterCrop,
            crop: None,
            constant_factors: ConstantFactors::Drop,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require((1..=1024).contains(&self.size), "size", "must be 1 to 1024");
        problems.require(
            [1, 3].contains(&self.channels),
            "channels",
            "must be 1 or 3",
        );
        let crop = self.crop.is_none_or(|crop| crop > 0);
        problems.require(crop, "crop", "must be at least 1");
    }
}

impl ImageFolder {
    fn pictures(&self, places: &Places) -> Result<Pictures, Error> {
        let folder = places.find_own(&self.path)?;
        let (names, labels) = match &self.factors {
            None => (below(&folder)?, None),
            Some(path) => {
                let table = Table::of_csv(&places.find_own(path)?)?;
                let labels = table.labels()?;
                let names: Vec<_> = table.files.iter().map(PathBuf::from).collect();
                if let Some(missing) = names.iter().find(|name| !folder.join(name).is_file()) {
                    let problem = format!(
                        "names `{}`, which is no file below {}",
                        missing.display(),
                        folder.display()
                    );
                    return Err(Error::content(&table.path, "", problem));
                }
                (names, Some(labels))
            }
        };
        if names.is_empty() {
            return Err(Error::content(
                &folder,
                "",
                "holds no .jpg, .jpeg or .png files",
            ));
        }
        Ok(Pictures {
            files: Files::Folder(folder, names),
            labels,
            frame: Frame {
                size: self.size,
                channels: self.channels,
                fit: self.fit,
                crop: self.crop,
            },
        })
    }
}

impl Preparable for ImageFolder {
    fn name(&self) -> String {
        let folder = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("{folder}.prepared")
    }

    fn folder(&self) -> PathBuf {
        PathBuf::new()
    }

    fn path(&self) -> Option<&PathBuf> {
        Some(&self.path)
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.pictures(places)?))
    }

    /// Beside the folder, so that it stays as it is.
    fn home(&self, _: &Places) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).to_owned()
    }
}

impl Build<dyn Dataset> for ImageFolder {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        Ok(match prepared::explicit(&self.path)? {
            Some(stored) => Box::new(stored.with_constants(self.constant_factors)),
            None => Box::new(self.pictures(places)?.with_constants(self.constant_factors)),
        })
    }
}

/// Returns the pictures below a folder, by path.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut names = Vec::new();
    let mut pending = vec![(PathBuf::new(), 0)];
    while let Some((relative, depth)) = pending.pop() {
        let place = folder.join(&relative);
        let unreadable = |error: std::io::Error| Error::content(&place, "", error.to_string());
        for entry in std::fs::read_dir(&place).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = relative.join(entry.file_name());
            if entry.path().is_dir() {
                // Links may lead in circles.
                if depth < MAX_DEPTH {
                    pending.push((name, depth + 1));
                }
            } else if is_picture(&name) {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| {
        ["jpg", "jpeg", "png"]
            .iter()
            .any(|known| extension == *known)
    })
}
