//! Cars3D (Reed et al. 2015): 183 cars from 24 azimuths and 4 elevations.
//!
//! A MATLAB file a car: `im` u8 `[128, 128, 3, 24, 4]` in Fortran order, so an image has its columns and channels one
//! behind the other. Cars are in the order of their files' names; the factors' order is that of
//! disentanglement_lib, elevation, azimuth, object, which is not the order of the files. There and here images
//! are shrunk to 64 × 64 as Pillow's `thumbnail` does with Lanczos' filter.

use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, MatReader};
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape};
use crate::datasets::checked;
use crate::error::Error;
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::files::resample::{Filter, Picture, resize};
use crate::files::source::{Sink, Source};
use crate::files::stored::Stored;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, Preparable};

/// Rows and columns of a published image.
const SIDE: usize = 128;
const AZIMUTHS: usize = 24;
const ELEVATIONS: usize = 4;

/// Cars3D from its published files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cars3d {
    /// The folder of the mat files, or a prepared file; by default it is looked for below the data folders.
    pub path: Option<PathBuf>,
    /// Rows and columns of an image, 64 as in disentanglement_lib or 128 as published.
    pub size: usize,
    /// What to do with factors that have one value.
    pub constant_factors: ConstantFactors,
}

impl Default for Cars3d {
    fn default() -> Self {
        Self {
            path: None,
            size: 64,
            constant_factors: ConstantFactors::Drop,
        }
    }
}

impl Config for Cars3d {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require([64, SIDE].contains(&self.size), "size", "must be 64 or 128");
    }
}

impl Cars3d {
    fn cars(&self, places: &Places) -> Result<Cars, Error> {
        let folder = places.find_folder("cars3d", &self.folder(), self.path.as_deref())?;
        let files = mat_files(&folder)?;
        let names = ["elevation", "azimuth", "object"]
            .map(str::to_owned)
            .to_vec();
        let space = FactorSpace::grid(names, vec![ELEVATIONS, AZIMUTHS, files.len()])?;
        Ok(Cars {
            files,
            size: self.size,
            labels: Labels::grid(space),
        })
    }
}

impl Preparable for Cars3d {
    fn name(&self) -> String {
        format!("cars3d_{}", self.size)
    }

    fn folder(&self) -> PathBuf {
        "cars".into()
    }

    fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.cars(places)?))
    }
}

impl Build<dyn Dataset> for Cars3d {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let stored = match prepared::find(self, places)? {
            Some(stored) => stored,
            None => Stored::in_memory(&self.cars(places)?, "cars3d")?,
        };
        Ok(Box::new(stored.with_constants(self.constant_factors)))
    }
}

/// The cars' files, a car each.
struct Cars {
    files: Vec<PathBuf>,
    size: usize,
    labels: Labels,
}

impl Source for Cars {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: self.size,
            width: self.size,
            channels: 3,
        }
    }

    fn labels(&self) -> Option<&Labels> {
        Some(&self.labels)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    /// A file has one object, and objects vary fastest, so all images are held: 216 MB at 64 × 64.
    fn read(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        let n_bytes = self.image_shape().n_bytes();
        let mut all = vec![0; self.len() * n_bytes];
        for (object, path) in self.files.iter().enumerate() {
            let car = read_car(path)?;
            for (number, image) in car.chunks_exact(SIDE * SIDE * 3).enumerate() {
                // Azimuth varies faster than elevation in a file, and object fastest in the set.
                let index = number * self.files.len() + object;
                let resized = self.resized(image);
                all[index * n_bytes..][..n_bytes].copy_from_slice(&resized);
            }
        }
        sink(&all)
    }
}

impl Cars {
    /// Turns an image's planes of columns into rows of pixels, of the wanted size.
    fn resized(&self, image: &[u8]) -> Vec<u8> {
        let pixel = |position: usize| {
            let (row, column) = (position / SIDE, position % SIDE);
            [0, 1, 2].map(|channel| image[(channel * SIDE + column) * SIDE + row])
        };
        let pixels: Vec<u8> = (0..SIDE * SIDE).flat_map(pixel).collect();
        let picture = Picture {
            pixels: &pixels,
            height: SIDE,
            width: SIDE,
            channels: 3,
        };
        resize(picture, (self.size, self.size), Filter::Lanczos)
    }
}

/// Returns a car's bytes in the file's order.
fn read_car(path: &Path) -> Result<Vec<u8>, Error> {
    let problem = |text: String| Error::content(path, "im", text);
    let file = MatReader::open(path)?;
    // Looked at first: what claims another shape is not inflated.
    let (shape, expected) = (file.shape("im")?, [SIDE, SIDE, 3, AZIMUTHS, ELEVATIONS]);
    if shape != expected {
        return Err(problem(format!(
            "has shape {shape:?}, expected {expected:?}"
        )));
    }
    let array = match file.read("im")? {
        Array::U8(array) => array,
        other => {
            return Err(problem(format!(
                "elements are {}, expected u8",
                other.dtype()
            )));
        }
    };
    // Reversed axes in row-major order are the axes in Fortran order: the memory as it is.
    Ok(array.reversed_axes().iter().copied().collect())
}

/// Returns the mat files of a folder by name.
fn mat_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |error: std::io::Error| Error::content(folder, "", error.to_string());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "mat") {
            files.push(path);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(Error::content(
            folder,
            "",
            "holds no .mat files, expected one a car",
        )),
        false => Ok(files),
    }
}
