//! MPI3D (Gondal et al. 2019, arXiv:1906.03292): a robotic arm holds an object, seven factors.
//!
//! `images` u8 `[N, 64, 64, 3]` in row-major order of the factors, no labels. Two sizes are published: 1,036,800
//! images of 6 colors and 6 shapes, and 460,800 of 4 and 4 (the complex objects, and the first upload of the
//! others); which one a file has is told by its number of images. A stored npz is read in place; a
//! deflated one is unpacked whole, 12.7 GB, so it is for `data prepare`.

use std::path::PathBuf;

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::datasets::checked;
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::files::array_images::ArrayImages;
use crate::files::decoder::AxisOrder;
use crate::files::source::Source;
use crate::files::stored::Stored;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, Preparable};

/// Colors, shapes, sizes, camera heights, backgrounds, horizontal and vertical positions.
const PUBLISHED: [[usize; 7]; 2] = [[6, 6, 2, 3, 3, 40, 40], [4, 4, 2, 3, 3, 40, 40]];

/// The published files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mpi3dVariant {
    /// Simplistic renders.
    #[default]
    Toy,
    /// Realistic renders.
    Realistic,
    /// Photographs.
    Real,
    /// Photographs of four everyday objects.
    RealComplex,
}

/// MPI3D from one of its published files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mpi3d {
    /// Which of the published files.
    pub variant: Mpi3dVariant,
    /// The npz file, its folder or a prepared file; by default it is looked for below the data folders.
    pub path: Option<PathBuf>,
    /// Sizes of the seven factors, for a file with another number of images than the published ones.
    pub sizes: Option<Vec<usize>>,
    /// What to do with factors that have one value.
    pub constant_factors: ConstantFactors,
}

impl Config for Mpi3d {
    fn examples() -> Vec<Self> {
        vec![Self {
            sizes: Some(vec![1, 1, 1, 1, 1, 6, 4]),
            ..Self::default()
        }]
    }

    fn check(&self, problems: &mut Problems) {
        let fits = self
            .sizes
            .as_ref()
            .is_none_or(|sizes| sizes.len() == 7 && !sizes.contains(&0));
        problems.require(fits, "sizes", "must be seven numbers of at least 1");
    }
}

impl Mpi3d {
    fn images(&self, places: &Places) -> Result<ArrayImages, Error> {
        let description = Description::of(&self.name())?;
        let path = places.find(&description, "npz", self.path.as_deref())?;
        let labels = |len| {
            let sizes = self
                .sizes(len)
                .map_err(|problem| Error::content(&path, "images", problem))?;
            if len != description.images && self.sizes.is_none() {
                tracing::warn!(
                    "`{}` has {len} images, so the factor sizes are taken to be {sizes:?}; the file published \
                     today has {}",
                    path.display(),
                    description.images
                );
            } else {
                tracing::info!(
                    "`{}` has {len} images: factor sizes {sizes:?}",
                    path.display()
                );
            }
            let names = description.factors.iter().map(|factor| factor.name.clone());
            Ok(Some(Labels::grid(FactorSpace::grid(
                names.collect(),
                sizes,
            )?)))
        };
        ArrayImages::open(&path, "images", (AxisOrder::Nhwc, None), labels)
    }

    /// Returns the sizes that give this number of images, or says that none do.
    fn sizes(&self, len: usize) -> Result<Vec<usize>, String> {
        let count = |sizes: &[usize]| {
            sizes
                .iter()
                .try_fold(1_usize, |n, &size| n.checked_mul(size))
        };
        if let Some(sizes) = &self.sizes {
            return match count(sizes) == Some(len) {
                true => Ok(sizes.clone()),
                false => Err(format!(
                    "has {len} images, which `sizes` {sizes:?} do not give"
                )),
            };
        }
        let known = PUBLISHED.iter().find(|sizes| count(*sizes) == Some(len));
        known.map(|sizes| sizes.to_vec()).ok_or_else(|| {
            format!(
                "has {len} images, expected 1036800 or 460800; set `sizes` for a part of the set"
            )
        })
    }
}

impl Preparable for Mpi3d {
    fn name(&self) -> String {
        let variant = match self.variant {
            Mpi3dVariant::Toy => "toy",
            Mpi3dVariant::Realistic => "realistic",
            Mpi3dVariant::Real => "real",
            Mpi3dVariant::RealComplex => "real_complex",
        };
        format!("mpi3d_{variant}")
    }

    fn folder(&self) -> PathBuf {
        self.name().into()
    }

    fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.images(places)?))
    }
}

impl Build<dyn Dataset> for Mpi3d {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let stored = match prepared::find(self, places)? {
            Some(stored) => stored,
            None => Stored::of_array(self.images(places)?, &self.name())?,
        };
        Ok(Box::new(stored.with_constants(self.constant_factors)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_published_sizes_are_told_by_the_number_of_images() {
        let config = Mpi3d::default();
        assert_eq!(config.sizes(1_036_800).unwrap(), PUBLISHED[0]);
        assert_eq!(config.sizes(460_800).unwrap(), PUBLISHED[1]);
        assert!(config.sizes(24).unwrap_err().contains("1036800 or 460800"));
    }
}
