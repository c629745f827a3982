//! A data set as it is named on the command line.

use std::path::{Path, PathBuf};

use anyhow::Context;
use disentangle_data::{Dataset, DatasetConfig, Places};
use disentangle_trainer::Document;

/// A data set.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// A kind of data set, such as `arm`, or a config file whose `data` is meant.
    name: String,
    /// A field of the data set's config, such as `--set variant=relit`.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The file or folder of a data set that is read from one.
    #[arg(long)]
    path: Option<PathBuf>,
}

impl Source {
    /// Names files about the data set.
    pub(crate) fn stem(&self) -> String {
        let stem = Path::new(&self.name).file_stem();
        stem.map_or_else(
            || self.name.clone(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    }

    pub(crate) fn open(&self) -> anyhow::Result<Box<dyn Dataset>> {
        let mut files = Vec::new();
        let mut overrides = Vec::new();
        let extension = Path::new(&self.name).extension();
        if extension.is_some_and(|found| found == "yaml" || found == "yml") {
            files.push(&self.name);
        } else {
            overrides.push(format!("data={{kind: {}}}", self.name));
        }
        if let Some(path) = &self.path {
            overrides.push(format!("data.path={}", path.display()));
        }
        overrides.extend(self.set.iter().map(|field| format!("data.{field}")));
        let config = Document::load(&files, &overrides)?.part::<DatasetConfig>("data")?;
        let dataset = config.open(&Places::from_env());
        dataset.with_context(|| format!("opening data set `{}`", self.name))
    }
}
