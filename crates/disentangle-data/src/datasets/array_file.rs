//! Your own arrays: images of an npz, npy, h5, mat or safetensors file under any name, with or without factors.
//!
//! Images are `[N, H, W, C]`, `[N, C, H, W]` or `[N, H, W]`, of bytes or any other number type; `range` says what is
//! black and what is white. Axes may be in Fortran order (`files/array_images.rs`). Factors are `[N, K]` or `[N]` numbers: integers from 0 on are classes, of other values the
//! rank in their column is the class.

use std::path::{Path, PathBuf};

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::datasets::checked;
use crate::error::Error;
use crate::factor_space::ConstantFactors;
use crate::files::array_images::{ArrayImages, read_labels};
use crate::files::decoder::AxisOrder;
use crate::files::source::Source;
use crate::files::stored::Stored;
use crate::labels::Labels;
use crate::places::Places;
use crate::prepared::{self, Preparable};

/// Images that are an array of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayFile {
    /// The file with the images, or a prepared file.
    pub path: PathBuf,
    /// The images' name in the file; may be absent if the file holds one array.
    #[serde(default)]
    pub images: Option<String>,
    /// The factors' name in the file, or in `factors_path`.
    #[serde(default)]
    pub factors: Option<String>,
    /// The file with the factors, if it is another one.
    #[serde(default)]
    pub factors_path: Option<PathBuf>,
    /// The factors' names; `factor_0`, `factor_1`, … if absent.
    #[serde(default)]
    pub factor_names: Option<Vec<String>>,
    /// The order of the images' axes.
    #[serde(default)]
    pub axes: AxisOrder,
    /// The values that are black and white: 0 and 255 for integers, 0 and 1 for floats if absent.
    #[serde(default)]
    pub range: Option<[f64; 2]>,
    /// What to do with factors that have one value.
    #[serde(default)]
    pub constant_factors: ConstantFactors,
}

impl Config for ArrayFile {
    fn examples() -> Vec<Self> {
        vec![Self {
            path: "mine.npz".into(),
            images: Some("x".to_owned()),
            factors: Some("y".to_owned()),
            factors_path: None,
            factor_names: Some(vec!["first".to_owned(), "second".to_owned()]),
            axes: AxisOrder::Nchw,
            range: None,
            constant_factors: ConstantFactors::Drop,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        let range = self
            .range
            .is_none_or(|[low, high]| low.is_finite() && high.is_finite() && low < high);
        problems.require(range, "range", "must be two numbers, the smaller one first");
        let named =
            self.factor_names.is_none() || self.factors.is_some() || self.factors_path.is_some();
        problems.require(
            named,
            "factor_names",
            "names factors that are read from nowhere: set `factors`",
        );
    }
}

impl ArrayFile {
    fn array(&self, places: &Places) -> Result<ArrayImages, Error> {
        let path = places.find_own(&self.path)?;
        let key = match &self.images {
            Some(key) => key.clone(),
            None => only_array(&path, "images")?,
        };
        ArrayImages::open(&path, &key, (self.axes, self.range), |len| {
            self.labels(places, &path, len)
        })
    }

    fn labels(&self, places: &Places, images: &Path, len: usize) -> Result<Option<Labels>, Error> {
        let path = match (&self.factors_path, &self.factors) {
            (Some(path), _) => places.find_own(path)?,
            (None, Some(_)) => images.to_owned(),
            (None, None) => return Ok(None),
        };
        // An npy file holds one array, whose name is empty.
        let key = match &self.factors {
            Some(key) => key.clone(),
            None => only_array(&path, "factors")?,
        };
        let n_factors = self.factor_names.as_ref().map(Vec::len);
        let array = read_labels(&path, &key, len, n_factors)?;
        let n_factors = array.shape().get(1).copied().unwrap_or(1);
        let names = match &self.factor_names {
            Some(names) => names.clone(),
            None => (0..n_factors)
                .map(|factor_idx| format!("factor_{factor_idx}"))
                .collect(),
        };
        let labels = Labels::from_array(names, &array, len);
        labels
            .map(Some)
            .map_err(|problem| Error::content(&path, &key, problem))
    }
}

impl Preparable for ArrayFile {
    fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        format!("{stem}.prepared")
    }

    fn folder(&self) -> PathBuf {
        PathBuf::new()
    }

    fn path(&self) -> Option<&PathBuf> {
        Some(&self.path)
    }

    fn source(&self, places: &Places) -> Result<Box<dyn Source>, Error> {
        Ok(Box::new(self.array(places)?))
    }
}

impl Build<dyn Dataset> for ArrayFile {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let stored = match prepared::explicit(&self.path)? {
            Some(stored) => stored,
            None => Stored::of_array(self.array(places)?, &self.path.display().to_string())?,
        };
        Ok(Box::new(stored.with_constants(self.constant_factors)))
    }
}

/// Returns the name of a file's only array; `field` of the config would choose among several.
fn only_array(path: &Path, field: &str) -> Result<String, Error> {
    let names = disentangle_arrays::open(path)?.names();
    match &names[..] {
        [only] => Ok(only.clone()),
        _ => {
            let problem = format!(
                "holds several arrays, set `{field}` to one of {}",
                names.join(", ")
            );
            Err(Error::content(path, "", problem))
        }
    }
}
