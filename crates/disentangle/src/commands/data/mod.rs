//! `data`: what is known about data sets, and their images.

mod export;
mod info;
mod list;
mod pictures;
mod prepare;
mod render;
mod source;
mod verify;

use std::path::PathBuf;

use clap::Subcommand;
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
