//! Two factors that come together more often than chance.
//!
//! Every image stays in the set; training draws it with the weight
//! `exp(−(a − b)²/(2σ²))`, where `a` and `b` are the two factors scaled to `[0, 1]`. The smaller σ, the
//! closer the correlation; at σ = ∞ there is none.
//! Träuble et al. 2021, arXiv:2006.07886, section 3, there with `b` scaled to the range of `a`.
//! Codes and scores are still computed over every combination, as there: what is asked is what a model
//! makes of combinations that it has hardly seen.

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape};
use crate::datasets::{DatasetConfig, checked};
use crate::error::Error;
use crate::factor_space::FactorSpace;
use crate::places::Places;
use crate::selection::Selection;

/// Another data set that is trained on with two factors correlated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlated {
    /// The data set to draw from; it may be correlated itself.
    pub of: Box<DatasetConfig>,
    /// The two factors.
    pub factors: [String; 2],
    /// How far they may be apart, in units of their whole range; 0.2 is a strong correlation.
    pub sigma: f64,
    /// Whether a small value of one comes with a large value of the other.
    #[serde(default)]
    pub opposed: bool,
}

impl Config for Correlated {
    fn examples() -> Vec<Self> {
        vec![Self {
            of: Box::default(),
            factors: ["scale".to_owned(), "posX".to_owned()],
            sigma: 0.2,
            opposed: false,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
        let possible = self.sigma.is_finite() && self.sigma >= 0.01;
        problems.require(possible, "sigma", "must be a number of at least 0.01");
        let [a, b] = &self.factors;
        problems.require(a != b, "factors", "must be two different ones");
    }
}

impl Build<dyn Dataset> for Correlated {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let inner = self.of.build(places)?;
        Ok(Box::new(Weighted {
            selection: Selection::of_dataset(inner.as_ref(), &self.factors)?,
            config: self.clone(),
            inner,
        }))
    }
}

struct Weighted {
    inner: Box<dyn Dataset>,
    selection: Selection,
    config: Correlated,
}

impl Weighted {
    /// Returns the weight of every pair of values, row by row.
    fn pairs(&self) -> Vec<f32> {
        let [n_a, n_b] = [0, 1].map(|k| self.selection.sizes()[k]);
        let share = |value: usize, n_values: usize| value as f64 / (n_values - 1) as f64;
        let weight = |pair: usize| {
            let (a, mut b) = (share(pair / n_b, n_a), share(pair % n_b, n_b));
            if self.config.opposed {
                b = 1.0 - b;
            }
            (-((a - b) / self.config.sigma).powi(2) / 2.0).exp() as f32
        };
        (0..n_a * n_b).map(weight).collect()
    }
}

impl Dataset for Weighted {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn image_shape(&self) -> ImageShape {
        self.inner.image_shape()
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        self.inner.factor_space()
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.inner.factors(index, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        self.inner.images(indices, out)
    }

    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        let pairs = self.pairs();
        let n_b = self.selection.sizes()[1];
        let [a, b] = [0, 1].map(|k| self.selection.positions()[k]);
        let mut weights = self
            .inner
            .weights()?
            .unwrap_or_else(|| vec![1.0; self.len()]);
        let mut factors = vec![0; self.factor_space().map_or(0, FactorSpace::n_factors)];
        for (index, weight) in weights.iter_mut().enumerate() {
            self.inner.factors(index, &mut factors)?;
            *weight *= pairs[factors[a] as usize * n_b + factors[b] as usize];
        }
        Ok(Some(weights))
    }
}
