//! The data sets that a config can name.

pub(crate) mod arm;
pub(crate) mod array_file;
pub(crate) mod cars3d;
pub(crate) mod celeba;
pub(crate) mod correlated;
pub(crate) mod dsprites;
pub(crate) mod dsprites_file;
pub(crate) mod ground_truth;
pub(crate) mod image_folder;
pub(crate) mod mpi3d;
pub(crate) mod painted;
pub(crate) mod room;
pub(crate) mod shapes3d;
pub(crate) mod smallnorb;
pub(crate) mod split;
pub(crate) mod subset;

mod scene;
#[cfg(test)]
mod scene_tests;

use std::path::Path;

use disentangle_registry::{Build, Config, Part, Problems, registry};

use crate::dataset::Dataset;
use crate::error::Error;
use crate::places::Places;
use crate::prepared::Preparable;

impl Part for dyn Dataset {
    type Cx<'a> = Places;
    type Error = Error;
}

registry! {
    /// The data sets that a config can name.
    pub enum DatasetConfig builds dyn Dataset {
        "arm" => Arm(arm::Arm),
        "dsprites" => Dsprites(dsprites::Dsprites),
        "dsprites_file" => DspritesFile(dsprites_file::DspritesFile),
        "shapes3d" => Shapes3d(shapes3d::Shapes3d),
        "mpi3d" => Mpi3d(mpi3d::Mpi3d),
        "cars3d" => Cars3d(cars3d::Cars3d),
        "smallnorb" => Smallnorb(smallnorb::Smallnorb),
        "celeba" => Celeba(celeba::Celeba),
        "image_folder" => ImageFolder(image_folder::ImageFolder),
        "array_file" => ArrayFile(array_file::ArrayFile),
        "color_dsprites" => ColorDsprites(painted::color::ColorDsprites),
        "noisy_dsprites" => NoisyDsprites(painted::noisy::NoisyDsprites),
        "scream_dsprites" => ScreamDsprites(painted::scream::ScreamDsprites),
        "swirl_dsprites" => SwirlDsprites(painted::swirl::SwirlDsprites),
        "room" => Room(room::Room),
        "subset" => Subset(subset::Subset),
        "split" => Split(split::Split),
        "ground_truth" => GroundTruth(ground_truth::GroundTruth),
        "correlated" => Correlated(correlated::Correlated),
    }
}

impl DatasetConfig {
    /// Opens the data set, for programs that do not know the registry's `Build`.
    ///
    /// # Errors
    /// If the config is invalid, or a file is missing or broken.
    pub fn open(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        self.build(places)
    }
}

impl Default for DatasetConfig {
    /// The data set that needs no file.
    fn default() -> Self {
        Self::Dsprites(dsprites::Dsprites::default())
    }
}

impl DatasetConfig {
    /// Returns the data set that this one is made of, if it is made of one.
    pub fn of(&self) -> Option<&Self> {
        Some(match self {
            Self::Subset(set) => &set.of,
            Self::Split(set) => &set.of,
            Self::GroundTruth(set) => &set.of,
            Self::Correlated(set) => &set.of,
            Self::ColorDsprites(set) => &set.of,
            Self::NoisyDsprites(set) => &set.of,
            Self::ScreamDsprites(set) => &set.of,
            Self::SwirlDsprites(set) => &set.of,
            _ => return None,
        })
    }

    /// Returns the split whose part the images are, if there is one.
    pub fn split(&self) -> Option<&split::Split> {
        match self {
            Self::Split(split) => Some(split),
            other => other.of()?.split(),
        }
    }

    /// Returns the name under which the files of a published set are described, and where the config says they are.
    pub(crate) fn published(&self) -> Option<(String, Option<&Path>)> {
        let (name, path) = match self {
            Self::Mpi3d(set) => return Some((set.name(), set.path.as_deref())),
            Self::DspritesFile(set) => ("dsprites", &set.path),
            Self::Shapes3d(set) => ("shapes3d", &set.path),
            Self::Cars3d(set) => ("cars3d", &set.path),
            Self::Smallnorb(set) => ("smallnorb", &set.path),
            Self::Celeba(set) => ("celeba", &set.path),
            Self::ScreamDsprites(set) => ("scream_dsprites", &set.path),
            _ => return None,
        };
        Some((name.to_owned(), path.as_deref()))
    }

    /// Returns the data set as one that `prepare` can turn into a flat file, if it is made of files.
    pub(crate) fn preparable(&self) -> Option<&dyn Preparable> {
        match self {
            Self::Shapes3d(set) => Some(set),
            Self::Mpi3d(set) => Some(set),
            Self::Cars3d(set) => Some(set),
            Self::Smallnorb(set) => Some(set),
            Self::Celeba(set) => Some(set),
            Self::ImageFolder(set) => Some(set),
            Self::ArrayFile(set) => Some(set),
            _ => None,
        }
    }
}

/// Refuses to build what `check` would report, so that a build never meets values that cannot be.
pub(crate) fn checked(config: &impl Config) -> Result<(), Error> {
    let mut problems = Problems::default();
    config.check(&mut problems);
    let found: Vec<_> = problems
        .into_vec()
        .iter()
        .map(ToString::to_string)
        .collect();
    if found.is_empty() {
        Ok(())
    } else {
        Err(Error::Config(found.join("; ")))
    }
}
