//! The data sets that a config can name.

pub(crate) mod dsprites;
pub(crate) mod dsprites_file;
pub(crate) mod subset;

use disentangle_registry::{Config, Part, Problems, registry};

use crate::dataset::Dataset;
use crate::error::Error;
use crate::places::Places;

impl Part for dyn Dataset {
    type Cx<'a> = Places;
    type Error = Error;
}

registry! {
    /// The data sets that a config can name.
    pub enum DatasetConfig builds dyn Dataset {
        "dsprites" => Dsprites(dsprites::Dsprites),
        "dsprites_file" => DspritesFile(dsprites_file::DspritesFile),
        "subset" => Subset(subset::Subset),
    }
}

impl Default for DatasetConfig {
    /// The data set that needs no file.
    fn default() -> Self {
        Self::Dsprites(dsprites::Dsprites::default())
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
