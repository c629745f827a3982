//! Prepared data sets: all images one behind the other in an npy file, with what is known about them beside it.
//!
//! `NAME.npy` is u8 `[N, H, W, C]`, readable by any program; `NAME.yaml` has the factors, the length and the SHA-256
//! of `NAME.npy`; where the labels are no grid, `NAME.labels.npy` has them as u32 `[N, K]`. Opening reads the headers
//! and compares lengths; `data verify` compares the checksum.

use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, DType, raw};
use serde::{Deserialize, Serialize};

use crate::dataset::ImageShape;
use crate::description::{PublishedFactor, PublishedShape};
use crate::error::Error;
use crate::factor_space::FactorSpace;
use crate::files::source::Source;
use crate::files::stored::Stored;
use crate::labels::Labels;
use crate::places::Places;
use crate::table::read_text;

/// The version of the layout that is written and read.
pub(crate) const VERSION: u32 = 1;

/// What is written beside prepared images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// The version of this layout.
    pub version: u32,
    /// The name of what was prepared, with the options that change the images.
    pub name: String,
    /// The number of images.
    pub images: usize,
    /// The size of an image.
    pub image: PublishedShape,
    /// The length of the npy file.
    pub bytes: u64,
    /// The SHA-256 sum of the npy file.
    pub sha256: String,
    /// How the images are labeled.
    pub labels: LabelKind,
    /// The factors; empty if there are no labels.
    pub factors: Vec<PublishedFactor>,
}

/// How prepared images are labeled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Not at all.
    None,
    /// Every combination of factors has one image, in row-major order.
    Grid,
    /// A file has the classes of each image.
    Table,
}

/// A data set that `data prepare` can turn into a flat file.
pub(crate) trait Preparable {
    /// Returns the name of the prepared file, which tells apart what makes other images.
    fn name(&self) -> String;

    /// Returns the folder below a data folder.
    fn folder(&self) -> PathBuf;

    /// Returns the path that the config names.
    fn path(&self) -> Option<&PathBuf>;

    /// Opens the published files.
    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error>;

    /// Returns the folder that a prepared file is put into: that of the published files.
    fn home(&self, places: &Places) -> PathBuf {
        match self.path() {
            Some(path) if path.is_dir() && path.join(self.folder()).is_dir() => {
                path.join(self.folder())
            }
            Some(path) if path.is_dir() => path.clone(),
            Some(path) => path.parent().unwrap_or(Path::new("")).to_owned(),
            None => {
                let mut folders = places.roots.iter().map(|root| root.join(self.folder()));
                let found = folders.find(|folder| folder.is_dir());
                found.unwrap_or_else(|| self.folder())
            }
        }
    }
}

/// Finds and opens the prepared file of a data set, if there is one.
pub(crate) fn find(set: &dyn Preparable, places: &Places) -> Result<Option<Stored>, Error> {
    match file_of(set, places) {
        Some(path) => open(&path).map(Some),
        None => Ok(None),
    }
}

/// Returns the prepared file of a data set, if there is one.
pub(crate) fn file_of(set: &dyn Preparable, places: &Places) -> Option<PathBuf> {
    let name = format!("{}.npy", set.name());
    let candidates = match set.path() {
        Some(path) if path.is_dir() => vec![path.join(&name), path.join(set.folder()).join(&name)],
        Some(path) => vec![path.clone()],
        None => places
            .roots
            .iter()
            .map(|root| root.join(set.folder()).join(&name))
            .collect(),
    };
    candidates.into_iter().find(|path| is_prepared(path))
}

/// Opens a file that a config names, if it is a prepared one.
pub(crate) fn explicit(path: &Path) -> Result<Option<Stored>, Error> {
    match is_prepared(path) {
        true => open(path).map(Some),
        false => Ok(None),
    }
}

/// Tells whether a path is a prepared file: an npy file with its YAML file beside it.
pub(crate) fn is_prepared(path: &Path) -> bool {
    let is_npy = path.extension().is_some_and(|extension| extension == "npy");
    is_npy && path.is_file() && may_be_sidecar(&path.with_extension("yaml"))
}

/// Tells somebody's own notes beside somebody's own array from a sidecar, which may be broken.
pub(crate) fn may_be_sidecar(path: &Path) -> bool {
    let own = ["version:", "sha256:"];
    let is_ours = |text: String| text.trim().is_empty() || own.iter().any(|key| text.contains(key));
    path.is_file() && read_text(path).map_or(true, is_ours)
}

/// Opens a prepared file; lengths are compared, checksums are not.
pub(crate) fn open(path: &Path) -> Result<Stored, Error> {
    let sidecar = sidecar(path)?;
    let raw = raw(path, "")?.ok_or_else(|| Error::content(path, "", "is no npy file"))?;
    let shape = ImageShape {
        height: sidecar.image.height,
        width: sidecar.image.width,
        channels: sidecar.image.channels,
    };
    let expected = [sidecar.images, shape.height, shape.width, shape.channels];
    let header = &raw.header;
    if header.dtype != DType::U8 || header.fortran_order || header.shape != expected {
        let problem = format!(
            "is {} {:?}, but its description says u8 {expected:?}; prepare it again",
            header.dtype, header.shape
        );
        return Err(Error::content(path, "", problem));
    }
    if raw.file.length() != sidecar.bytes {
        let problem = format!(
            "has {} bytes, expected {}; prepare it again",
            raw.file.length(),
            sidecar.bytes
        );
        return Err(Error::content(path, "", problem));
    }
    let labels = labels(path, &sidecar)?;
    Stored::of_raw(raw, labels).map_err(|problem| Error::content(path, "", problem))
}

/// Reads what is written beside prepared images.
pub(crate) fn sidecar(path: &Path) -> Result<Sidecar, Error> {
    let beside = path.with_extension("yaml");
    let text = read_text(&beside)?;
    let sidecar: Sidecar = serde_saphyr::from_str(&text).map_err(|error| {
        Error::content(
            &beside,
            "",
            format!("is no description of a prepared file: {error}"),
        )
    })?;
    match sidecar.version {
        VERSION => Ok(sidecar),
        other => {
            let problem =
                format!("is of version {other}, expected {VERSION}; prepare the data set again");
            Err(Error::content(&beside, "", problem))
        }
    }
}

fn labels(path: &Path, sidecar: &Sidecar) -> Result<Option<Labels>, Error> {
    let (names, sizes): (Vec<_>, Vec<_>) = sidecar
        .factors
        .iter()
        .map(|factor| (factor.name.clone(), factor.size))
        .unzip();
    let labels = match sidecar.labels {
        LabelKind::None => return Ok(None),
        LabelKind::Grid => Labels::grid(FactorSpace::grid(names, sizes)?),
        LabelKind::Table => {
            let path = path.with_extension("labels.npy");
            let array = disentangle_arrays::read(&path, None)?;
            let expected = [sidecar.images, names.len()];
            let rows = match array {
                Array::U32(rows) if rows.shape() == expected => rows.iter().copied().collect(),
                other => {
                    let problem = format!(
                        "is {} {:?}, expected u32 {expected:?}",
                        other.dtype(),
                        other.shape()
                    );
                    return Err(Error::content(&path, "", problem));
                }
            };
            Labels::table(FactorSpace::table(names, sizes)?, rows, sidecar.images)?
        }
    };
    match labels.len() == sidecar.images {
        true => Ok(Some(labels)),
        false => {
            let problem = format!(
                "its factors give {} images, not {}",
                labels.len(),
                sidecar.images
            );
            Err(Error::content(&path.with_extension("yaml"), "", problem))
        }
    }
}
