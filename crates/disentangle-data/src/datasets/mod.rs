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
    /// Returns the split whose part the images are, if there is one.
    pub fn split(&self) -> Option<&split::Split> {
        match self {
            Self::Split(split) => Some(split),
            Self::Subset(set) => set.of.split(),
            Self::GroundTruth(set) => set.of.split(),
            Self::Correlated(set) => set.of.split(),
            _ => None,
        }
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
