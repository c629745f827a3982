//! Training and test parts of a data set.
//!
//! What is held out is a share of the images, a share of the combinations of some factors (so that the
//! test part has objects that were never trained on), named combinations, or a saved list. The rule and
//! its seed decide the split alone, so the config that a run saves reproduces it; `indices` gives the
//! list. Both parts keep the numbering of the factors: a class that one part lacks is only absent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use disentangle_arrays::ArrayView;
use disentangle_registry::{Build, Config, Problems};
use disentangle_seeds::Seeds;
use ndarray::Array1;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape, check_request};
use crate::datasets::{DatasetConfig, checked};
use crate::error::Error;
use crate::factor_space::FactorSpace;
use crate::places::Places;

/// The training or the test part of another data set; held out by exactly one of three rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// The data set to split.
    pub of: Box<DatasetConfig>,
    /// Which part this is.
    pub part: Part,
    /// First rule: this share is held out, of the images or of the combinations of the factors in `by`.
    #[serde(default)]
    pub fraction: Option<f64>,
    /// Factors whose combinations are held out whole, such as `[shape, scale]`.
    #[serde(default)]
    pub by: Vec<String>,
    /// Decides which images or combinations the share is.
    #[serde(default)]
    pub seed: u64,
    /// Second rule: images with these values are held out, such as `[{shape: [2], scale: [4, 5]}]`; an
    /// image is if it agrees with all factors of one entry.
    #[serde(default)]
    pub held_out: Vec<BTreeMap<String, Vec<u32>>>,
    /// Third rule: an npy file of the indices that are held out, or a member of an npz, `F.npz:test`.
    #[serde(default)]
    pub saved: Option<PathBuf>,
}

/// A part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What is not held out.
    Train,
    /// What is held out.
    Test,
}

impl Config for Split {
    fn examples() -> Vec<Self> {
        let images = Self {
            of: Box::default(),
            part: Part::Train,
            fraction: Some(0.2),
            by: Vec::new(),
            seed: 0,
            held_out: Vec::new(),
            saved: None,
        };
        let combinations = Self {
            by: vec!["shape".to_owned(), "scale".to_owned()],
            part: Part::Test,
            ..images.clone()
        };
        let named = Self {
            fraction: None,
            held_out: vec![BTreeMap::from([
                ("shape".to_owned(), vec![2]),
                ("scale".to_owned(), vec![4, 5]),
            ])],
            ..images.clone()
        };
        vec![images, combinations, named]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
        let rules = [
            self.fraction.is_some(),
            !self.held_out.is_empty(),
            self.saved.is_some(),
        ];
        let n_rules = rules.iter().filter(|&&is_given| is_given).count();
        let one = "give exactly one of `fraction`, `held_out` and `saved`";
        problems.require(n_rules == 1, "fraction", one);
        if let Some(fraction) = self.fraction {
            let possible = fraction > 0.0 && fraction < 1.0;
            problems.require(possible, "fraction", "must be between 0 and 1");
        }
        let unused = self.by.is_empty() || self.fraction.is_some();
        problems.require(unused, "by", "belongs to `fraction`");
        let is_empty =
            |entry: &BTreeMap<_, Vec<u32>>| entry.is_empty() || entry.values().any(Vec::is_empty);
        let named = !self.held_out.iter().any(is_empty);
        problems.require(
            named,
            "held_out",
            "every entry must list values of some factors",
        );
    }
}

impl Build<dyn Dataset> for Split {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let inner = self.of.build(places)?;
        let indices = self.choose(inner.as_ref())?;
        let space = inner.factor_space().map(FactorSpace::as_table);
        Ok(Box::new(View {
            inner,
            indices,
            space,
        }))
    }
}

impl Split {
    /// Returns the indices of this part in the whole, in its order.
    ///
    /// # Errors
    /// If the config is invalid, names factors or values that do not exist, a file cannot be read, or
    /// one of the parts has no images.
    pub fn indices(&self, places: &Places) -> Result<Vec<usize>, Error> {
        checked(self)?;
        self.choose(self.of.build(places)?.as_ref())
    }

    /// Writes the indices of both parts, `train` and `test`, into an npz that `saved` reads.
    ///
    /// # Errors
    /// As [`indices`](Self::indices), and if the file cannot be written.
    pub fn write(&self, places: &Places, path: &Path) -> Result<(), Error> {
        checked(self)?;
        let inner = self.of.build(places)?;
        let part = |part| -> Result<Array1<i64>, Error> {
            let split = Self {
                part,
                ..self.clone()
            };
            let indices = split.choose(inner.as_ref())?;
            Ok(indices.into_iter().map(|index| index as i64).collect())
        };
        let (train, test) = (part(Part::Train)?, part(Part::Test)?);
        let arrays = [
            ("train", ArrayView::I64(train.view().into_dyn())),
            ("test", ArrayView::I64(test.view().into_dyn())),
        ];
        Ok(disentangle_arrays::write(path, &arrays)?)
    }

    fn choose(&self, inner: &dyn Dataset) -> Result<Vec<usize>, Error> {
        let is_test = match (&self.saved, self.fraction) {
            (Some(path), _) => saved(path, inner.len())?,
            (None, Some(fraction)) => self.share(inner, fraction)?,
            (None, None) => self.named(inner)?,
        };
        let wanted = self.part == Part::Test;
        let part = (0..inner.len()).filter(|&index| is_test[index] == wanted);
        let part: Vec<_> = part.collect();
        if part.is_empty() || part.len() == inner.len() {
            let (n_test, len) = (is_test.iter().filter(|&&test| test).count(), inner.len());
            return Err(Error::EmptyPart { n_test, len });
        }
        Ok(part)
    }

    /// Holds out a share of the groups of images that agree in the factors of `by`.
    fn share(&self, inner: &dyn Dataset, fraction: f64) -> Result<Vec<bool>, Error> {
        let keys = self.keys(inner)?;
        let mut groups = keys.clone();
        groups.sort_unstable();
        groups.dedup();
        let n_test = (fraction * groups.len() as f64).round() as usize;
        let mut order: Vec<usize> = (0..groups.len()).collect();
        Seeds::new(self.seed).stream("split", 0).shuffle(&mut order);
        let mut is_test = vec![false; groups.len()];
        for &group in &order[..n_test] {
            is_test[group] = true;
        }
        let held_out = |key| groups.binary_search(key).is_ok_and(|group| is_test[group]);
        Ok(keys.iter().map(held_out).collect())
    }

    /// Numbers every image by its values of the factors in `by`, or by itself if there are none.
    fn keys(&self, inner: &dyn Dataset) -> Result<Vec<u64>, Error> {
        if self.by.is_empty() {
            return Ok((0..inner.len() as u64).collect());
        }
        let space = inner.factor_space().ok_or(Error::NoFactors)?;
        let positions = self.by.iter().map(|name| space.position(name));
        let positions = positions.collect::<Result<Vec<_>, _>>()?;
        let n_keys =
            (positions.iter()).try_fold(1_u64, |n, &k| n.checked_mul(space.sizes()[k] as u64));
        if n_keys.is_none() {
            let problem = "`by`: these factors have too many combinations";
            return Err(Error::Config(problem.into()));
        }
        let mut factors = vec![0; space.n_factors()];
        let key = |index| {
            inner.factors(index, &mut factors)?;
            let digits = positions
                .iter()
                .map(|&k| (u64::from(factors[k]), space.sizes()[k] as u64));
            Ok(digits.fold(0, |key, (value, size)| key * size + value))
        };
        (0..inner.len()).map(key).collect()
    }

    /// Holds out what agrees with an entry of `held_out`.
    fn named(&self, inner: &dyn Dataset) -> Result<Vec<bool>, Error> {
        let space = inner.factor_space().ok_or(Error::NoFactors)?;
        let mut entries = Vec::with_capacity(self.held_out.len());
        for entry in &self.held_out {
            let mut conditions = Vec::with_capacity(entry.len());
            for (name, values) in entry {
                let position = space.position(name)?;
                values
                    .iter()
                    .try_for_each(|&value| space.check_value(position, value))?;
                conditions.push((position, values));
            }
            entries.push(conditions);
        }
        let mut factors = vec![0; space.n_factors()];
        let is_test = |index| {
            inner.factors(index, &mut factors)?;
            let agrees = |&(k, values): &(usize, &Vec<u32>)| values.contains(&factors[k]);
            Ok(entries
                .iter()
                .any(|conditions| conditions.iter().all(agrees)))
        };
        (0..inner.len()).map(is_test).collect()
    }
}

/// Reads the list of what is held out.
fn saved(path: &Path, len: usize) -> Result<Vec<bool>, Error> {
    let text = path.to_string_lossy();
    let array = disentangle_arrays::Locator::parse(&text).read(&["test"])?;
    let problem = |problem: String| Error::content(path, "the held-out indices", problem);
    if array.shape().len() != 1 {
        return Err(problem(format!(
            "have shape {:?}, expected a list",
            array.shape()
        )));
    }
    let mut is_test = vec![false; len];
    for &index in &array.to_i64()? {
        let place = usize::try_from(index).ok().filter(|&index| index < len);
        let place =
            place.ok_or_else(|| problem(format!("{index} is not between 0 and {}", len - 1)))?;
        is_test[place] = true;
    }
    Ok(is_test)
}

/// A list of images of another data set.
struct View {
    inner: Box<dyn Dataset>,
    indices: Vec<usize>,
    space: Option<FactorSpace>,
}

impl View {
    fn source(&self, index: usize) -> Result<usize, Error> {
        let len = self.indices.len();
        let found = self.indices.get(index).copied();
        found.ok_or(Error::Index { index, len })
    }
}

impl Dataset for View {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn image_shape(&self) -> ImageShape {
        self.inner.image_shape()
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        self.space.as_ref()
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.inner.factors(self.source(index)?, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        let sources = indices.iter().map(|&index| self.indices[index]);
        self.inner.images(&sources.collect::<Vec<_>>(), out)
    }

    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        let all = self.inner.weights()?;
        Ok(all.map(|all| self.indices.iter().map(|&index| all[index]).collect()))
    }
}
