//! The choice of the factors that count as ground truth.
//!
//! The images stay as they are, and so does what varies in them; the factors that are left out are told to
//! nobody. disentanglement_lib does this by `latent_factor_indices`, the field's `dsprites_noshape` is
//! `without: [shape]`. Several images then have the same factors, so the labels are a table, no grid.

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape};
use crate::datasets::{DatasetConfig, checked};
use crate::error::{Error, expect_len};
use crate::factor_space::FactorSpace;
use crate::places::Places;

/// Another data set of which only some factors are ground truth; name those, or those that are not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroundTruth {
    /// The data set to choose from.
    pub of: Box<DatasetConfig>,
    /// The factors that are ground truth, in this order.
    #[serde(default)]
    pub only: Vec<String>,
    /// The factors that vary without being ground truth.
    #[serde(default)]
    pub without: Vec<String>,
}

impl Config for GroundTruth {
    fn examples() -> Vec<Self> {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let without = Self {
            of: Box::default(),
            only: Vec::new(),
            without: names(&["shape"]),
        };
        let only = Self {
            of: Box::default(),
            only: names(&["posY", "posX"]),
            without: Vec::new(),
        };
        vec![without, only]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
        let is_one = self.only.is_empty() != self.without.is_empty();
        problems.require(is_one, "only", "give factors either here or in `without`");
        for (field, names) in [("only", &self.only), ("without", &self.without)] {
            let mut sorted = names.clone();
            sorted.sort_unstable();
            let distinct = sorted.windows(2).all(|pair| pair[0] != pair[1]);
            problems.require(distinct, field, "must not name a factor twice");
        }
    }
}

impl Build<dyn Dataset> for GroundTruth {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let inner = self.of.build(places)?;
        let space = inner.factor_space().ok_or(Error::NoFactors)?;
        let find = |names: &[String]| -> Result<Vec<usize>, Error> {
            names.iter().map(|name| space.position(name)).collect()
        };
        let (only, without) = (find(&self.only)?, find(&self.without)?);
        let positions = match only.is_empty() {
            false => only,
            true => (0..space.n_factors())
                .filter(|k| !without.contains(k))
                .collect(),
        };
        if positions.is_empty() {
            let problem = "`without`: names every factor, so none is left as ground truth";
            return Err(Error::Config(problem.into()));
        }
        let names = positions.iter().map(|&k| space.names()[k].clone());
        let sizes = positions.iter().map(|&k| space.sizes()[k]);
        Ok(Box::new(Chosen {
            n_inner: space.n_factors(),
            space: FactorSpace::table(names.collect(), sizes.collect())?,
            positions,
            inner,
        }))
    }
}

struct Chosen {
    inner: Box<dyn Dataset>,
    n_inner: usize,
    space: FactorSpace,
    /// Where the chosen factors are among all.
    positions: Vec<usize>,
}

impl Dataset for Chosen {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn image_shape(&self) -> ImageShape {
        self.inner.image_shape()
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        Some(&self.space)
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        expect_len("the factor buffer", out.len(), self.positions.len())?;
        let mut all = vec![0; self.n_inner];
        self.inner.factors(index, &mut all)?;
        for (value, &position) in out.iter_mut().zip(&self.positions) {
            *value = all[position];
        }
        Ok(())
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        self.inner.images(indices, out)
    }

    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        self.inner.weights()
    }
}
