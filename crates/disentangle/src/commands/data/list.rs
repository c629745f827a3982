//! `data list`: the data sets, and what of them is here.

use disentangle_data::Places;
use disentangle_data::catalog::{self, Found};

use super::Place;
use crate::commands::print;

/// List the data sets, and whether their files are here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: disentangle data list --path /data")]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
}

impl List {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        for found in catalog::list(&Places::from_env(), self.place.path.as_deref())? {
            print(&line(&found));
        }
        Ok(())
    }
}

fn line(found: &Found) -> String {
    let description = &found.description;
    let image = &description.image;
    let there = found
        .files
        .iter()
        .filter(|file| file.found.is_some())
        .count();
    let state = match (&found.prepared, &found.unpacked, there) {
        (Some(path), ..) => format!("prepared: {}", path.display()),
        (None, Some(folder), _) => format!("unpacked: {}", folder.display()),
        (None, None, 0) if found.drawn => "drawn in code".to_owned(),
        (None, None, 0) => "not here".to_owned(),
        (None, None, _) => format!("{there} of {} files here", found.files.len()),
    };
    format!(
        "{:<20} {:>9} images of {}x{}x{}  {state}\n",
        description.name, description.images, image.height, image.width, image.channels
    )
}
