//! `data prepare`: published files become one that opens at once.

use std::path::PathBuf;

use anyhow::Context;
use disentangle_data::{DatasetConfig, Description, Places, catalog, prepare};

use super::{Place, bar, of_file};
use crate::commands::print;
use crate::console::Verbosity;

/// Turn published files into one that opens at once and is read in place.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: disentangle data prepare shapes3d --path 3dshapes.h5")]
pub(crate) struct Prepare {
    /// Name of a data set, or a config file whose `data` is prepared.
    name: String,
    #[command(flatten)]
    place: Place,
    /// The .npy file to write, or its folder; beside the published files if absent.
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Prepare {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        let config = self.config()?;
        let bar = bar(verbosity);
        let made = prepare(
            &config,
            &Places::from_env(),
            self.out.as_deref(),
            &mut |progress| {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
            },
        );
        bar.finish_and_clear();
        let made = made.with_context(|| format!("preparing {}", self.name))?;
        let how = match (made.was_there, made.resumed) {
            (true, _) => "was there already".to_owned(),
            (false, 0) => "written".to_owned(),
            (false, resumed) => format!("written, going on after {resumed} images"),
        };
        let path = made.path.display();
        print(&format!(
            "{path}: {how}, {} bytes, sha256 {}\n",
            made.bytes, made.sha256
        ));
        Ok(())
    }

    fn config(&self) -> anyhow::Result<DatasetConfig> {
        if let Some(config) = of_file(&self.name, &self.place)? {
            return Ok(config);
        }
        // An unknown name is reported with the known ones.
        Description::of(&self.name)?;
        let config = catalog::config_of(&self.name, self.place.path.as_deref());
        config.with_context(|| format!("`{}` is drawn in code and needs no preparation", self.name))
    }
}
