//! `data info`: everything that is known about a data set.

use anyhow::ensure;
use disentangle_data::Places;
use disentangle_data::catalog::{self, Found, FoundFile};

use super::{Place, of_file};
use crate::commands::print;

/// Tell where a data set is published, and where it is looked for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: disentangle data info shapes3d")]
pub(crate) struct Info {
    /// Name of the data set, see `data list`, or a config file whose `data` is meant.
    name: String,
    #[command(flatten)]
    place: Place,
}

impl Info {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (name, places) = (&self.name, Places::from_env());
        let found = match of_file(name, &self.place)? {
            Some(config) => catalog::find_config(&config, &places)?,
            None => vec![catalog::find(name, &places, self.place.path.as_deref())?],
        };
        ensure!(
            !found.is_empty(),
            "{name} names no published files: its images are drawn in code, or your own"
        );
        let texts: Vec<_> = found.iter().map(text).collect();
        print(&texts.join("\n"));
        Ok(())
    }
}

fn text(found: &Found) -> String {
    let description = &found.description;
    let image = &description.image;
    let factors = description
        .factors
        .iter()
        .map(|factor| format!("{} ({})", factor.name, factor.size));
    let factors: Vec<_> = factors.collect();
    let mut text = format!(
        "{}\n{}, {}\nlicense: {}\naddress: {}\nimages: {} of {}x{}x{}\nfactors: {}\n",
        description.title,
        description.authors.join(", "),
        description.year,
        description.license,
        description.address,
        description.images,
        image.height,
        image.width,
        image.channels,
        factors.join(", "),
    );
    text.extend(found.files.iter().map(of_published));
    if let Some(folder) = &found.unpacked {
        text += &format!("unpacked: {}\n", folder.display());
    }
    if let Some(path) = &found.prepared {
        text += &format!("prepared: {}\n", path.display());
    }
    text
}

fn of_published(file: &FoundFile) -> String {
    let published = &file.published;
    let mut text = format!(
        "file: {}\n  from: {}\n",
        published.path.display(),
        published.address
    );
    for (what, fact) in [
        ("bytes", published.bytes.map(|bytes| bytes.to_string())),
        ("md5", published.md5.clone()),
        ("sha256", published.sha256.clone()),
        ("note", published.replaced.clone()),
    ] {
        if let Some(fact) = fact {
            text += &format!("  {what}: {fact}\n");
        }
    }
    let looked: Vec<_> = file
        .looked
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    text += &match &file.found {
        Some(path) => format!("  here: {}\n", path.display()),
        None => format!("  not here, looked for at {}\n", looked.join(" and ")),
    };
    text
}
