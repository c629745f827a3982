//! What is published about a data set: files, checksums, sizes, factors.
//!
//! The descriptions are `datasets/*.yaml` of this crate, one a data set, built into the program.

use std::path::PathBuf;

use disentangle_registry::hint;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::factor_space::FactorSpace;

/// The published facts about a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// The name by which the field knows it.
    pub name: String,
    /// The title under which it is cited.
    pub title: String,
    /// Who made it.
    pub authors: Vec<String>,
    /// When it was published.
    pub year: u32,
    /// The license, as an SPDX identifier where there is one.
    pub license: String,
    /// The page where it is published.
    pub address: String,
    /// The number of images.
    pub images: usize,
    /// The size of an image.
    pub image: PublishedShape,
    /// The factors in file order, the last one fastest; empty if there are none.
    pub factors: Vec<PublishedFactor>,
    /// The files.
    pub files: Vec<PublishedFile>,
    /// What is read of an archive among them that is unpacked by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpacked: Option<Unpacked>,
}

/// A folder of files from an archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpacked {
    /// Where it is expected below a data folder.
    pub folder: PathBuf,
    /// The extension of its files.
    pub extension: String,
}

/// The size of a published image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values a pixel.
    pub channels: usize,
}

/// A factor as published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedFactor {
    /// Its name.
    pub name: String,
    /// The number of its values.
    pub size: usize,
}

/// A file as published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedFile {
    /// Where the programs of the field expect it below their data folder.
    pub path: PathBuf,
    /// Where it can be downloaded.
    pub address: String,
    /// Its length, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Its MD5 sum in hexadecimal, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// Its SHA-256 sum in hexadecimal, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whether images that are drawn in code need it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needed: bool,
    /// Why the checksums may be those of an older file than the one published today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<String>,
}

/// The built-in descriptions: name and YAML.
const BUILT_IN: &[(&str, &str)] = &[
    ("dsprites", include_str!("../datasets/dsprites.yaml")),
    ("shapes3d", include_str!("../datasets/shapes3d.yaml")),
    ("mpi3d_toy", include_str!("../datasets/mpi3d_toy.yaml")),
    (
        "mpi3d_realistic",
        include_str!("../datasets/mpi3d_realistic.yaml"),
    ),
    ("mpi3d_real", include_str!("../datasets/mpi3d_real.yaml")),
    (
        "mpi3d_real_complex",
        include_str!("../datasets/mpi3d_real_complex.yaml"),
    ),
    ("cars3d", include_str!("../datasets/cars3d.yaml")),
    ("smallnorb", include_str!("../datasets/smallnorb.yaml")),
    ("celeba", include_str!("../datasets/celeba.yaml")),
    ("arm", include_str!("../datasets/arm.yaml")),
    (
        "color_dsprites",
        include_str!("../datasets/color_dsprites.yaml"),
    ),
    (
        "noisy_dsprites",
        include_str!("../datasets/noisy_dsprites.yaml"),
    ),
    ("room", include_str!("../datasets/room.yaml")),
    (
        "scream_dsprites",
        include_str!("../datasets/scream_dsprites.yaml"),
    ),
    (
        "swirl_dsprites",
        include_str!("../datasets/swirl_dsprites.yaml"),
    ),
];

impl Description {
    /// Returns the names of the data sets that have a description.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// Returns the built-in description of a data set.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn of(name: &str) -> Result<Self, Error> {
        let known = BUILT_IN.iter().find(|(known, _)| *known == name);
        let (_, yaml) = known.ok_or_else(|| {
            let names: Vec<_> = Self::names().collect();
            let (all, hint) = (names.join(", "), hint(name, names));
            Error::Description(format!("no `{name}`; there are {all}{hint}"))
        })?;
        Self::parse(yaml)
    }

    /// Reads a description from YAML.
    ///
    /// # Errors
    /// If it is not one; the message has line and column.
    pub fn parse(yaml: &str) -> Result<Self, Error> {
        serde_saphyr::from_str(yaml).map_err(|error| Error::Description(error.to_string()))
    }

    /// Returns the factors as a grid.
    ///
    /// # Errors
    /// If they are none, see [`FactorSpace::grid`].
    pub fn factor_space(&self) -> Result<FactorSpace, Error> {
        let (names, sizes) = (self.factors.iter())
            .map(|factor| (factor.name.clone(), factor.size))
            .unzip();
        FactorSpace::grid(names, sizes)
    }

    /// Returns the file with an extension, such as `npz`.
    ///
    /// # Errors
    /// If none is published.
    pub fn file(&self, extension: &str) -> Result<&PublishedFile, Error> {
        let mut files = self.files.iter();
        files
            .find(|file| {
                file.path
                    .extension()
                    .is_some_and(|found| found == extension)
            })
            .ok_or_else(|| Error::Description(format!("`{}` has no .{extension}", self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in_and_consistent() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets");
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|found| found != "yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let description = Description::parse(&text).unwrap();
            assert_eq!(path.file_stem().unwrap(), description.name.as_str());
            assert_eq!(Description::of(&description.name).unwrap(), description);
            description.factor_space().unwrap();
            names.push(description.name);
        }
        names.sort();
        let mut built_in: Vec<_> = Description::names().collect();
        built_in.sort_unstable();
        assert_eq!(names, built_in);
    }

    #[test]
    fn checksums_are_hexadecimal_of_their_length() {
        let is_hex = |sum: &str, digits| {
            sum.len() == digits && sum.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        for name in Description::names() {
            for file in Description::of(name).unwrap().files {
                assert!(file.md5.is_none_or(|sum| is_hex(&sum, 32)));
                assert!(file.sha256.is_none_or(|sum| is_hex(&sum, 64)));
                // One author's server has no other.
                let addresses = ["https://", "http://www.scottreed.info/"];
                assert!(
                    addresses
                        .iter()
                        .any(|start| file.address.starts_with(start))
                );
            }
        }
    }

    #[test]
    fn dsprites_has_as_many_images_as_combinations() {
        let description = Description::of("dsprites").unwrap();
        let n_images: usize = description
            .factors
            .iter()
            .map(|factor| factor.size)
            .product();
        assert_eq!(n_images, description.images);
    }

    #[test]
    fn a_typo_is_named() {
        let error = Description::parse("nmae: dsprites")
            .unwrap_err()
            .to_string();
        assert!(error.contains("nmae"), "{error}");
    }
}
