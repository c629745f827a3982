//! 3D Shapes (Burgess & Kim 2018): a solid in a room, six factors.
//!
//! `images` u8 `[N, 64, 64, 3]` and `labels` f64 `[N, 6]`, real values; a class is the rank of its value in its
//! column, so that no published range is needed. The file is cut into chunks across thousands of images:
//! it is unpacked whole, into memory or once by `data prepare`.

use std::path::PathBuf;

use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::datasets::checked;
use crate::description::Description;
use crate::error::Error;
use crate::factor_space::ConstantFactors;
use crate::files::array_images::{ArrayImages, read_labels};
use crate::files::decoder::AxisOrder;
use crate::files::source::Source;
use crate::files::stored::Stored;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, Preparable};

const NAME: &str = "shapes3d";

/// 3D Shapes from its published file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Shapes3d {
    /// The h5 file, its folder or a prepared file; by default it is looked for below the data folders.
    pub path: Option<PathBuf>,
    /// What to do with factors that have one value.
    pub constant_factors: ConstantFactors,
}

impl Config for Shapes3d {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }
}

impl Shapes3d {
    fn images(&self, places: &Places) -> Result<ArrayImages, Error> {
        let description = Description::of(NAME)?;
        let path = places.find(&description, "h5", self.path.as_deref())?;
        let labels = |len| {
            let n_factors = description.factors.len();
            let values = read_labels(&path, "labels", len, Some(n_factors))?;
            let names = description.factors.iter().map(|factor| factor.name.clone());
            let labels = Labels::from_values(names.collect(), &values, len);
            labels
                .map(Some)
                .map_err(|problem| Error::content(&path, "labels", problem))
        };
        ArrayImages::open(&path, "images", (AxisOrder::Nhwc, None), labels)
    }
}

impl Preparable for Shapes3d {
    fn name(&self) -> String {
        NAME.to_owned()
    }

    fn folder(&self) -> PathBuf {
        "3dshapes".into()
    }

    fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.images(places)?))
    }
}

impl Build<dyn Dataset> for Shapes3d {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let stored = match prepared::find(self, places)? {
            Some(stored) => stored,
            None => Stored::of_array(self.images(places)?, NAME)?,
        };
        Ok(Box::new(stored.with_constants(self.constant_factors)))
    }
}
