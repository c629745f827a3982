//! CelebA (Liu et al. 2015): 202,599 faces with forty attributes.
//!
//! `img_align_celeba/*.jpg` of 178 × 218, as a folder or in its zip archive, with `list_attr_celeba.txt` or Kaggle's
//! `.csv`; -1 and 1 become the classes 0 and 1. Attributes are a table, no grid. Pictures are decoded when asked
//! for, or once by `data prepare`. Default: a square of 148 from the center, scaled to 64 (Larsen et al. 2016 and
//! most VAEs since); `fit: squash` scales the whole picture, as disentanglement-pytorch does.

use std::path::{Path, PathBuf};

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::datasets::checked;
use crate::error::Error;
use crate::factor_space::ConstantFactors;
use crate::files::picture::{Fit, Frame};
use crate::files::pictures::{Files, Pictures};
use crate::files::source::Source;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, Preparable};
use crate::table::{Table, read_text};

/// The published split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CelebaSplit {
    /// All pictures.
    #[default]
    All,
    /// Those that `list_eval_partition.txt` gives to training.
    Train,
    /// Those for validation.
    Valid,
    /// Those for testing.
    Test,
}

/// CelebA from its published files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Celeba {
    /// The folder of the files, or a prepared file; by default it is looked for below the data folders.
    pub path: Option<PathBuf>,
    /// Which pictures.
    pub split: CelebaSplit,
    /// Rows and columns of an image.
    pub size: usize,
    /// What becomes of the pictures' shape.
    pub fit: Fit,
    /// Side of the square that `center_crop` keeps, at most 178.
    pub crop: usize,
    /// What to do with attributes that have one value.
    pub constant_factors: ConstantFactors,
}

impl Default for Celeba {
    fn default() -> Self {
        Self {
            path: None,
            split: CelebaSplit::All,
            size: 64,
            fit: Fit::CenterCrop,
            crop: 148,
            constant_factors: ConstantFactors::Drop,
        }
    }
}

impl Config for Celeba {
    fn examples() -> Vec<Self> {
        vec![
            Self::default(),
            Self {
                size: 32,
                fit: Fit::Squash,
                ..Self::default()
            },
        ]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require((1..=218).contains(&self.size), "size", "must be 1 to 218");
        problems.require((1..=178).contains(&self.crop), "crop", "must be 1 to 178");
    }
}

impl Celeba {
    fn pictures(&self, places: &Places) -> Result<Pictures, Error> {
        let folder = places.find_folder("celeba", &self.folder(), self.path.as_deref())?;
        let table = attributes(&folder)?;
        let rows = self.chosen(&folder, &table)?;
        let names = table.names.clone();
        let mut classes = Vec::new();
        for &row in &rows {
            for (name, value) in names.iter().zip(table.row(row)) {
                classes.push(match value {
                    "-1" | "0" => 0,
                    "1" => 1,
                    other => {
                        let problem = format!(
                            "{name} of {} is `{other}`, expected -1 or 1",
                            table.files[row]
                        );
                        return Err(Error::content(&table.path, "", problem));
                    }
                });
            }
        }
        let files: Vec<_> = rows.iter().map(|&row| table.files[row].clone()).collect();
        Ok(Pictures {
            labels: Some(Labels::from_rows(names, classes)?),
            files: pictures(&folder, files)?,
            frame: Frame {
                size: self.size,
                channels: 3,
                fit: self.fit,
                crop: Some(self.crop),
            },
        })
    }

    /// Returns the table's rows that belong to the split.
    fn chosen(&self, folder: &Path, table: &Table) -> Result<Vec<usize>, Error> {
        let wanted = match self.split {
            CelebaSplit::All => return Ok((0..table.files.len()).collect()),
            CelebaSplit::Train => "0",
            CelebaSplit::Valid => "1",
            CelebaSplit::Test => "2",
        };
        let path = folder.join("list_eval_partition.txt");
        let text = read_text(&path)?;
        let of_split = text
            .lines()
            .filter_map(|line| line.split_once(char::is_whitespace));
        let of_split: std::collections::BTreeSet<_> = of_split
            .filter(|(_, part)| part.trim() == wanted)
            .map(|(file, _)| file)
            .collect();
        let rows: Vec<_> = (0..table.files.len())
            .filter(|&row| of_split.contains(table.files[row].as_str()))
            .collect();
        match rows.is_empty() {
            true => Err(Error::content(
                &path,
                "",
                "gives no picture of the attributes to the split",
            )),
            false => Ok(rows),
        }
    }
}

impl Preparable for Celeba {
    fn name(&self) -> String {
        let split = match self.split {
            CelebaSplit::All => "",
            CelebaSplit::Train => "_train",
            CelebaSplit::Valid => "_valid",
            CelebaSplit::Test => "_test",
        };
        let fit = match self.fit {
            Fit::CenterCrop => format!("crop{}", self.crop),
            Fit::Squash => "squash".to_owned(),
        };
        format!("celeba{split}_{}_{fit}", self.size)
    }

    fn folder(&self) -> PathBuf {
        "celeba".into()
    }

    fn path(&self) -> Option<&PathBuf> {
        self.path.as_ref()
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.pictures(places)?))
    }
}

impl Build<dyn Dataset> for Celeba {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        Ok(match prepared::find(self, places)? {
            Some(stored) => Box::new(stored.with_constants(self.constant_factors)),
            None => Box::new(self.pictures(places)?.with_constants(self.constant_factors)),
        })
    }
}

fn attributes(folder: &Path) -> Result<Table, Error> {
    let text = folder.join("list_attr_celeba.txt");
    let csv = folder.join("list_attr_celeba.csv");
    let table = match (text.is_file(), csv.is_file()) {
        (true, _) => Table::of_celeba(&text)?,
        (false, true) => Table::of_csv(&csv)?,
        (false, false) => {
            let problem = "there is neither list_attr_celeba.txt nor list_attr_celeba.csv";
            return Err(Error::content(folder, "", problem));
        }
    };
    match table.files.is_empty() {
        true => Err(Error::content(&table.path, "", "names no pictures")),
        false => Ok(table),
    }
}

/// Finds the pictures: `img_align_celeba/`, its archive, or files in the folder itself.
fn pictures(folder: &Path, names: Vec<String>) -> Result<Files, Error> {
    let archive = folder.join("img_align_celeba.zip");
    for below in [
        folder.join("img_align_celeba"),
        folder.join("img_align_celeba/img_align_celeba"),
        folder.to_owned(),
    ] {
        if below.join(&names[0]).is_file() {
            return Ok(Files::Folder(
                below,
                names.into_iter().map(PathBuf::from).collect(),
            ));
        }
    }
    if !archive.is_file() {
        let problem = format!(
            "there is neither img_align_celeba/{} nor img_align_celeba.zip",
            names[0]
        );
        return Err(Error::content(folder, "", problem));
    }
    Files::zip(&archive, |members| {
        let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        let members: std::collections::BTreeMap<_, _> = members
            .into_iter()
            .map(|(number, name)| (last(&name), (number, name)))
            .collect();
        let find = |name: &String| {
            let found = members.get(name).cloned();
            found.ok_or_else(|| Error::content(&archive, name, "there is no such picture"))
        };
        names.iter().map(find).collect()
    })
}
