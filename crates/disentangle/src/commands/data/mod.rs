//! `data`: what is known about data sets, and their images.

mod export;
mod info;
mod list;
mod pictures;
mod prepare;
mod render;
mod source;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use disentangle_data::DatasetConfig;
use disentangle_trainer::Document;
use indicatif::{ProgressBar, ProgressStyle};

use crate::console::Verbosity;

/// Look at data sets. Nothing is ever downloaded.
#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// List the data sets, and whether their files are here.
    List(list::List),
    /// Tell where a data set is published, and where it is looked for.
    Info(info::Info),
    /// Compare the files that are here with their published checksums.
    Verify(verify::Verify),
    /// Turn published files into one that opens at once and is read in place.
    Prepare(prepare::Prepare),
    /// Draw some images of a data set, and what each factor does.
    Render(render::Render),
    /// Write chosen images and their factors as arrays.
    Export(export::Export),
}

impl Data {
    pub(crate) fn run(self, verbosity: Verbosity) -> anyhow::Result<()> {
        match self {
            Self::List(command) => command.run(),
            Self::Info(command) => command.run(),
            Self::Verify(command) => command.run(verbosity),
            Self::Prepare(command) => command.run(verbosity),
            Self::Render(command) => command.run(verbosity),
            Self::Export(command) => command.run(verbosity),
        }
    }
}

/// Where files are looked for.
#[derive(Debug, clap::Args)]
struct Place {
    /// A file or folder to look at, instead of $DISENTANGLEMENT_LIB_DATA and ./data.
    #[arg(long)]
    path: Option<PathBuf>,
}

/// Reads the `data` of a config file; nothing if `name` is none.
fn of_file(name: &str, place: &Place) -> anyhow::Result<Option<DatasetConfig>> {
    let path = Path::new(name);
    let extension = path.extension();
    if !extension.is_some_and(|extension| extension == "yaml" || extension == "yml") {
        return Ok(None);
    }
    let overrides = place.path.iter();
    let overrides: Vec<_> = overrides
        .map(|path| format!("data.path={}", path.display()))
        .collect();
    let config = Document::load(&[path], &overrides)?.part::<DatasetConfig>("data");
    let config = config.with_context(|| format!("reading the data set of {name}"))?;
    Ok(Some(config))
}

/// Makes a bar of bytes on standard error, if progress is to be shown.
fn bar(verbosity: Verbosity) -> ProgressBar {
    let bar = match verbosity.quiet || verbosity.no_progress {
        true => ProgressBar::hidden(),
        false => ProgressBar::new(0),
    };
    match ProgressStyle::with_template(
        "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} (left {eta})",
    ) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
