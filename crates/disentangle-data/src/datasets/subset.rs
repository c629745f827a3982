//! A part of another data set, chosen by factor values: fixed factors, coarser steps, listed values.
//!
//! The values that remain are numbered anew from zero, so a part of a grid is again a full grid.

use std::collections::BTreeMap;

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, ImageShape, check_request};
use crate::datasets::{DatasetConfig, checked, dsprites};
use crate::error::Error;
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::labels::Labels;
use crate::places::Places;

/// A part of another data set, chosen by factor values; factors that are not named keep all of theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subset {
    /// The data set to choose from.
    pub of: Box<DatasetConfig>,
    /// Factors held at one value, such as `{scale: 5}`.
    #[serde(default)]
    pub fixed: BTreeMap<String, u32>,
    /// Factors of which every n-th value remains, beginning with 0, such as `{posX: 2}`.
    #[serde(default)]
    pub every: BTreeMap<String, u32>,
    /// Factors of which the listed values remain, in this order, such as `{shape: [0, 2]}`.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<u32>>,
    /// What to do with factors that are left with one value.
    #[serde(default)]
    pub constant_factors: ConstantFactors,
}

impl Config for Subset {
    fn examples() -> Vec<Self> {
        let name = str::to_owned;
        vec![Self {
            of: Box::new(DatasetConfig::Dsprites(dsprites::Dsprites::default())),
            fixed: BTreeMap::from([(name("scale"), 5)]),
            every: BTreeMap::from([(name("posX"), 2), (name("posY"), 2)]),
            values: BTreeMap::from([(name("shape"), vec![0, 2])]),
            constant_factors: ConstantFactors::Drop,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("of", |problems| self.of.check(problems));
        for name in self
            .every
            .keys()
            .filter(|&name| self.fixed.contains_key(name))
        {
            problems.add(&format!("every.{name}"), "is fixed already");
        }
        for (name, step) in &self.every {
            problems.require(*step > 0, &format!("every.{name}"), "must be at least 1");
        }
        for (name, values) in &self.values {
            let field = format!("values.{name}");
            let again = self.fixed.contains_key(name) || self.every.contains_key(name);
            problems.require(!again, &field, "is chosen by `fixed` or `every` already");
            problems.require(!values.is_empty(), &field, "must list at least one value");
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let distinct = sorted.windows(2).all(|pair| pair[0] != pair[1]);
            problems.require(distinct, &field, "must not list a value twice");
        }
    }
}

impl Build<dyn Dataset> for Subset {
    fn build(&self, places: &Places) -> Result<Box<dyn Dataset>, Error> {
        checked(self)?;
        let inner = self.of.build(places)?;
        let space = inner.factor_space().ok_or(Error::NoFactors)?;
        let chosen = self.chosen(space)?;
        let sizes = chosen.iter().map(Vec::len).collect();
        let names = space.names().to_vec();
        let (labels, source) = if space.is_grid() {
            let labels = Labels::grid(FactorSpace::grid(names, sizes)?);
            (labels, Source::grid(chosen, space.sizes()))
        } else {
            let table = FactorSpace::table(names, sizes)?;
            choose_rows(inner.as_ref(), table, &chosen)?
        };
        Ok(Box::new(View {
            labels: labels.with_constants(self.constant_factors),
            source,
            inner,
        }))
    }
}

impl Subset {
    /// Returns the values that remain, for every factor of the whole.
    fn chosen(&self, space: &FactorSpace) -> Result<Vec<Vec<u32>>, Error> {
        let all = |&size: &usize| (0..size as u32).collect();
        let mut chosen: Vec<Vec<u32>> = space.sizes().iter().map(all).collect();
        for (name, &value) in &self.fixed {
            chosen[space.position(name)?] = vec![value];
        }
        for (name, &step) in &self.every {
            chosen[space.position(name)?].retain(|value| value % step == 0);
        }
        for (name, values) in &self.values {
            chosen[space.position(name)?].clone_from(values);
        }
        for (factor_idx, values) in chosen.iter().enumerate() {
            for &value in values {
                space.check_value(factor_idx, value)?;
            }
        }
        Ok(chosen)
    }
}

/// Where an image of the part is in the whole.
enum Source {
    /// What each value of each factor, the last one first, adds to the index.
    Grid(Vec<Vec<usize>>),
    /// The index of each image.
    Table(Vec<usize>),
}

impl Source {
    fn grid(chosen: Vec<Vec<u32>>, sizes: &[usize]) -> Self {
        let mut stride = 1;
        let offsets = chosen.into_iter().zip(sizes).rev().map(|(values, size)| {
            let offsets = values
                .iter()
                .map(|&value| value as usize * stride)
                .collect();
            stride *= size;
            offsets
        });
        Self::Grid(offsets.collect())
    }

    fn index(&self, index: usize) -> usize {
        match self {
            Self::Table(indices) => indices[index],
            Self::Grid(offsets) => {
                let (mut rest, mut source) = (index, 0);
                for offsets in offsets {
                    source += offsets[rest % offsets.len()];
                    rest /= offsets.len();
                }
                source
            }
        }
    }
}

/// Finds the images of a table whose factors all have chosen values.
fn choose_rows(
    inner: &dyn Dataset,
    space: FactorSpace,
    chosen: &[Vec<u32>],
) -> Result<(Labels, Source), Error> {
    let mut factors = vec![0; chosen.len()];
    let (mut rows, mut indices) = (Vec::new(), Vec::new());
    for index in 0..inner.len() {
        inner.factors(index, &mut factors)?;
        let renumbered: Option<Vec<u32>> = (factors.iter().zip(chosen))
            .map(|(value, values)| values.iter().position(|v| v == value).map(|p| p as u32))
            .collect();
        if let Some(row) = renumbered {
            rows.extend(row);
            indices.push(index);
        }
    }
    if indices.is_empty() {
        return Err(Error::NothingChosen);
    }
    let labels = Labels::table(space, rows, indices.len())?;
    Ok((labels, Source::Table(indices)))
}

struct View {
    inner: Box<dyn Dataset>,
    labels: Labels,
    source: Source,
}

impl Dataset for View {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn image_shape(&self) -> ImageShape {
        self.inner.image_shape()
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        Some(self.labels.space())
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.labels.factors(index, out)
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        let sources = indices.iter().map(|&index| self.source.index(index));
        self.inner.images(&sources.collect::<Vec<_>>(), out)
    }

    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        let all = self.inner.weights()?;
        Ok(all.map(|all| {
            (0..self.len())
                .map(|index| all[self.source.index(index)])
                .collect()
        }))
    }
}
