//! Small NORB (LeCun et al. 2004): 50 toys from 9 elevations and 18 azimuths under 6 lightings.
//!
//! Six files of binary matrices, see `matrix.rs`: images u8 `[N, 2, 96, 96]`, categories and `info` (instance, elevation,
//! azimuth doubled, lighting). As in disentanglement_lib the splits are joined, only the left camera's image is kept, and it is
//! shrunk to 64 × 64 as Pillow's `thumbnail` does with Lanczos' filter. Unlike there, `instance` is a factor: with it
//! every combination has one image, and images are sorted into that grid.

mod matrix;

use std::path::{Path, PathBuf};

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape};
use crate::datasets::checked;
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::ConstantFactors;
use crate::files::resample::{Filter, Picture, resize};
use crate::files::source::{Sink, Source};
use crate::files::stored::Stored;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, Preparable};

use self::matrix::{Elements, Matrix};

/// Rows and columns of a published image.
const SIDE: usize = 96;
const TRAINING: &str = "smallnorb-5x46789x9x18x6x2x96x96-training";
const TESTING: &str = "smallnorb-5x01235x9x18x6x2x96x96-testing";

/// Which of the published splits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NorbSplit {
    /// Training, then testing.
    #[default]
    Both,
    /// 25 toys.
    Training,
    /// The other 25 toys.
    Testing,
}

/// Small NORB from its published files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Smallnorb {
    /// The folder of the mat or mat.gz files, or a prepared file; by default it is looked for below the data folders.
    pub path: Option<PathBuf>,
    /// Which images.
    pub split: NorbSplit,
    /// Rows and columns of an image, 64 as in disentanglement_lib or 96 as published.
    pub size: usize,
    /// What to do with factors that have one value.
    pub constant_factors: ConstantFactors,
}

impl Default for Smallnorb {
    fn default() -> Self {
        Self {
            path: None,
            split: NorbSplit::Both,
            size: 64,
            constant_factors: ConstantFactors::Drop,
        }
    }
}

impl Config for Smallnorb {
    fn examples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                split: NorbSplit::Testing,
                size: SIDE,
                ..Self::default()
            },
        ]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require([64, SIDE].contains(&self.size), "size", "must be 64 or 96");
    }
}

impl Smallnorb {
    fn toys(&self, places: &Places) -> Result<Toys, Error> {
        let folder = places.find_folder("smallnorb", &self.folder(), self.path.as_deref())?;
        let names: &[&str] = match self.split {
            NorbSplit::Both => &[TRAINING, TESTING],
            NorbSplit::Training => &[TRAINING],
            NorbSplit::Testing => &[TESTING],
        };
        let (mut images, mut rows) = (Vec::new(), Vec::new());
        for name in names {
            let path = file(&folder, &format!("{name}-dat.mat"))?;
            let len = check_images(&path)?;
            rows.extend(factors(&folder, name, len)?);
            images.push((path, len));
        }
        let factors = Description::of("smallnorb")?.factors;
        let names = factors.into_iter().map(|factor| factor.name).collect();
        let (labels, order) = Labels::sorted(names, rows)?;
        Ok(Toys {
            images,
            labels,
            order,
            size: self.size,
        })
    }
}

impl Preparable for Smallnorb {
    fn name(&self) -> String {
        let split = match self.split {
            NorbSplit::Both => "",
            NorbSplit::Training => "_training",
            NorbSplit::Testing => "_testing",
        };
        format!("smallnorb{split}_{}", self.size)
    }

    fn folder(&self) -> PathBuf {
        "small_norb".into()
    }

    fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.toys(places)?))
    }
}

impl Build<dyn Dataset> for Smallnorb {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let stored = match prepared::find(self, places)? {
            Some(stored) => stored,
            None => Stored::in_memory(&self.toys(places)?, "smallnorb")?,
        };
        Ok(Box::new(stored.with_constants(self.constant_factors)))
    }
}

/// The files of images with their lengths, and where each image goes.
struct Toys {
    images: Vec<(PathBuf, usize)>,
    labels: Labels,
    /// The index of each image of the files.
    order: Vec<usize>,
    size: usize,
}

impl Source for Toys {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn image_shape(&self) -> ImageShape {
        ImageShape {
            height: self.size,
            width: self.size,
            channels: 1,
        }
    }

    fn labels(&self) -> Option<&Labels> {
        Some(&self.labels)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.images.iter().map(|(path, _)| path.clone()).collect()
    }

    /// The files' order is not the factors', so all images are held: 199 MB at 64 × 64.
    fn read(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        let n_bytes = self.image_shape().n_bytes();
        let mut all = vec![0; self.len() * n_bytes];
        let mut places = self.order.iter();
        let mut pair = vec![0; 2 * SIDE * SIDE];
        for (path, len) in &self.images {
            let mut matrix = Matrix::open(path)?;
            for &index in places.by_ref().take(*len) {
                matrix.fill(&mut pair)?;
                let picture = Picture {
                    pixels: &pair[..SIDE * SIDE],
                    height: SIDE,
                    width: SIDE,
                    channels: 1,
                };
                let resized = resize(picture, (self.size, self.size), Filter::Lanczos);
                all[index * n_bytes..][..n_bytes].copy_from_slice(&resized);
            }
            matrix.end()?;
        }
        sink(&all)
    }
}

/// Finds a matrix, plain or gzipped.
fn file(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let plain = folder.join(name);
    let gzipped = folder.join(format!("{name}.gz"));
    let found = [plain, gzipped].into_iter().find(|path| path.is_file());
    found.ok_or_else(|| {
        Error::content(
            folder,
            name,
            "there is no such file, neither plain nor with .gz",
        )
    })
}

/// Returns the number of images of a file, whose bytes are known to be there in part only.
fn check_images(path: &Path) -> Result<usize, Error> {
    let matrix = Matrix::open(path)?;
    match matrix.shape[..] {
        // The published splits have 24,300 pairs; a claim of far more is none to make room for.
        [len @ 1..=1_000_000, 2, SIDE, SIDE] if matrix.elements == Elements::U8 => Ok(len),
        _ => Err(matrix.problem(format!(
            "is {:?} {:?}, expected U8 [N, 2, {SIDE}, {SIDE}]",
            matrix.elements, matrix.shape
        ))),
    }
}

/// Returns the classes `[N, 5]` of a split.
fn factors(folder: &Path, name: &str, len: usize) -> Result<Vec<u32>, Error> {
    let categories = Matrix::open(&file(folder, &format!("{name}-cat.mat"))?)?.integers(len, 1)?;
    let path = file(folder, &format!("{name}-info.mat"))?;
    let info = Matrix::open(&path)?.integers(len, 4)?;
    let mut rows = Vec::new();
    for (row, (&category, info)) in categories.iter().zip(info.as_chunks::<4>().0).enumerate() {
        let [instance, elevation, azimuth, lighting] = *info;
        // Azimuths are stored in steps of ten degrees, of which every second one occurs.
        let classes = [category, instance, elevation, azimuth / 2, lighting];
        let sizes = [5, 10, 9, 18, 6];
        let fits = classes
            .iter()
            .zip(sizes)
            .all(|(&class, size)| (0..size).contains(&class));
        if !fits || azimuth % 2 != 0 {
            let problem = format!(
                "row {row} has category {category} and {info:?}, out of the published ranges"
            );
            return Err(Error::content(&path, "", problem));
        }
        rows.extend(classes.map(|class| class as u32));
    }
    Ok(rows)
}
