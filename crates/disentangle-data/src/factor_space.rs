//! The factors of a data set: their names and sizes, and the grid that they span.
//!
//! In a grid every combination of factors has exactly one image, and images are in row-major order
//! with the last factor fastest: `index = ((f₀·n₁ + f₁)·n₂ + f₂)·…`. Labels without that order (face
//! attributes, a sample of a larger set) are a *table*: they have names and sizes, but no way from
//! factors to an index.

use disentangle_seeds::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, expect_len};

/// Names and sizes of factors; class indices are `0..size`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorSpace {
    names: Vec<String>,
    sizes: Vec<usize>,
    n_cells: usize,
    is_grid: bool,
}

/// What to do with factors that have a single value.
///
/// Most scores are undefined for a constant factor, so it is left out unless asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConstantFactors {
    /// Leave them out of the factor space.
    #[default]
    Drop,
    /// Keep them, with size 1.
    Keep,
}

impl FactorSpace {
    /// Makes a grid: one image for every combination.
    ///
    /// # Errors
    /// If the lists differ in length, a name is empty or occurs twice, a size is zero, or the grid
    /// has more cells than can be indexed.
    pub fn grid(names: Vec<String>, sizes: Vec<usize>) -> Result<Self, Error> {
        let n_cells = sizes
            .iter()
            .try_fold(1_usize, |product, &size| product.checked_mul(size))
            .ok_or_else(|| Error::FactorSpace("its grid has too many cells".into()))?;
        Self::new(names, sizes, n_cells, true)
    }

    /// Makes the factors of a table: any combination may be missing or occur often.
    ///
    /// # Errors
    /// If the lists differ in length, a name is empty or occurs twice, or a size is zero.
    pub fn table(names: Vec<String>, sizes: Vec<usize>) -> Result<Self, Error> {
        Self::new(names, sizes, 0, false)
    }

    fn new(
        names: Vec<String>,
        sizes: Vec<usize>,
        n_cells: usize,
        is_grid: bool,
    ) -> Result<Self, Error> {
        let problem = |text: String| Err(Error::FactorSpace(text));
        expect_len("the list of factor sizes", sizes.len(), names.len())?;
        for (factor_idx, (name, &size)) in names.iter().zip(&sizes).enumerate() {
            if name.is_empty() {
                return problem(format!("factor {factor_idx} has no name"));
            }
            if names[..factor_idx].contains(name) {
                return problem(format!("factor `{name}` occurs twice"));
            }
            if size == 0 || u32::try_from(size).is_err() {
                return problem(format!("factor `{name}` has {size} values"));
            }
        }
        Ok(Self {
            names,
            sizes,
            n_cells,
            is_grid,
        })
    }

    /// Returns the number of factors K.
    pub fn n_factors(&self) -> usize {
        self.names.len()
    }

    /// Returns the factors' names `[K]`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the factors' numbers of values `[K]`.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Tells whether every combination of factors has exactly one image, in row-major order.
    pub fn is_grid(&self) -> bool {
        self.is_grid
    }

    /// Returns the position of a factor.
    ///
    /// # Errors
    /// If there is no factor of that name.
    pub fn position(&self, name: &str) -> Result<usize, Error> {
        let found = self.names.iter().position(|known| known == name);
        found.ok_or_else(|| Error::UnknownFactor {
            name: name.to_owned(),
            known: self.names.join(", "),
        })
    }

    /// Checks that class indices `[K]` are within their factors' sizes.
    ///
    /// # Errors
    /// If there is not exactly one value a factor, or one is out of range.
    pub fn check(&self, factors: &[u32]) -> Result<(), Error> {
        expect_len("the list of factors", factors.len(), self.n_factors())?;
        for (factor_idx, &value) in factors.iter().enumerate() {
            self.check_value(factor_idx, value)?;
        }
        Ok(())
    }

    /// Returns the index of the image with these factors `[K]`.
    ///
    /// # Errors
    /// If this is a table, there is not one value a factor, or one is out of range.
    pub fn index(&self, factors: &[u32]) -> Result<usize, Error> {
        self.require_grid()?;
        self.check(factors)?;
        let digits = factors.iter().zip(&self.sizes);
        Ok(digits.fold(0, |index, (&value, &size)| index * size + value as usize))
    }

    /// Writes the factors `[K]` of an image.
    ///
    /// # Errors
    /// If this is a table, the index is out of range, or `out` does not hold one value a factor.
    pub fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        self.require_grid()?;
        expect_len("the factor buffer", out.len(), self.n_factors())?;
        if index >= self.n_cells {
            let len = self.n_cells;
            return Err(Error::Index { index, len });
        }
        let mut rest = index;
        for (value, &size) in out.iter_mut().zip(&self.sizes).rev() {
            *value = (rest % size) as u32;
            rest /= size;
        }
        Ok(())
    }

    /// Draws factors `[K]` uniformly, keeping those that are fixed.
    ///
    /// # Errors
    /// If `fixed` or `out` do not have one entry a factor, or a fixed value is out of range.
    pub fn sample(
        &self,
        fixed: &[Option<u32>],
        stream: &mut Stream,
        out: &mut [u32],
    ) -> Result<(), Error> {
        expect_len("the list of fixed factors", fixed.len(), self.n_factors())?;
        expect_len("the factor buffer", out.len(), self.n_factors())?;
        for (factor_idx, value) in out.iter_mut().enumerate() {
            *value = match fixed[factor_idx] {
                Some(value) => {
                    self.check_value(factor_idx, value)?;
                    value
                }
                None => stream.below(self.sizes[factor_idx] as u64) as u32,
            };
        }
        Ok(())
    }

    /// Draws the index of an image uniformly among those with the fixed factors.
    ///
    /// # Errors
    /// As [`sample`](Self::sample), and if this is a table.
    pub fn sample_index(&self, fixed: &[Option<u32>], stream: &mut Stream) -> Result<usize, Error> {
        let mut factors = vec![0; self.n_factors()];
        self.sample(fixed, stream, &mut factors)?;
        self.index(&factors)
    }

    /// Returns the same factors without the order of a grid, for a part of its images.
    pub(crate) fn as_table(&self) -> Self {
        Self {
            n_cells: 0,
            is_grid: false,
            ..self.clone()
        }
    }

    /// Returns the space with its constant factors left out or kept; indices stay the same.
    pub fn with_constants(self, constants: ConstantFactors) -> Self {
        if constants == ConstantFactors::Keep {
            return self;
        }
        let kept = self.names.into_iter().zip(self.sizes);
        let (names, sizes) = kept.filter(|&(_, size)| size > 1).unzip();
        Self {
            names,
            sizes,
            ..self
        }
    }

    pub(crate) fn check_value(&self, factor_idx: usize, value: u32) -> Result<(), Error> {
        let size = self.sizes[factor_idx];
        if (value as usize) < size {
            return Ok(());
        }
        Err(Error::FactorValue {
            factor: self.names[factor_idx].clone(),
            value,
            size,
        })
    }

    fn require_grid(&self) -> Result<(), Error> {
        if self.is_grid {
            Ok(())
        } else {
            Err(Error::NotAGrid)
        }
    }
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;
    use proptest::prelude::*;

    use super::*;

    fn space(sizes: &[usize]) -> FactorSpace {
        let names = (0..sizes.len()).map(|k| format!("f{k}")).collect();
        FactorSpace::grid(names, sizes.to_vec()).unwrap()
    }

    #[test]
    fn the_last_factor_is_the_fastest() {
        let space = space(&[2, 3]);
        let mut factors = [0; 2];
        let all: Vec<_> = (0..6)
            .map(|index| {
                space.factors(index, &mut factors).unwrap();
                factors
            })
            .collect();
        assert_eq!(all, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
    }

    proptest! {
        #[test]
        fn index_and_factors_are_inverse(
            sizes in prop::collection::vec(1_usize..6, 0..6),
            pick in any::<prop::sample::Index>(),
        ) {
            let index = pick.index(sizes.iter().product());
            let space = space(&sizes);
            let mut factors = vec![0; sizes.len()];
            space.factors(index, &mut factors).unwrap();
            prop_assert!(space.check(&factors).is_ok());
            prop_assert_eq!(space.index(&factors).unwrap(), index);
        }

        #[test]
        fn dropping_constants_keeps_the_index(
            sizes in prop::collection::vec(1_usize..4, 1..6),
            pick in any::<prop::sample::Index>(),
        ) {
            let index = pick.index(sizes.iter().product());
            let space = space(&sizes).with_constants(ConstantFactors::Drop);
            let mut factors = vec![0; space.n_factors()];
            space.factors(index, &mut factors).unwrap();
            prop_assert_eq!(space.index(&factors).unwrap(), index);
        }

        #[test]
        fn fixed_factors_stay_fixed(seed in any::<u64>(), value in 0_u32..4) {
            let space = space(&[3, 4, 5]);
            let mut stream = Seeds::new(seed).stream("test", 0);
            let index = space.sample_index(&[None, Some(value), None], &mut stream).unwrap();
            let mut factors = [0; 3];
            space.factors(index, &mut factors).unwrap();
            prop_assert_eq!(factors[1], value);
        }
    }

    #[test]
    fn sampling_reaches_every_image() {
        let space = space(&[2, 3]);
        let mut stream = Seeds::new(0).stream("test", 0);
        let mut seen = [false; 6];
        for _ in 0..200 {
            seen[space.sample_index(&[None, None], &mut stream).unwrap()] = true;
        }
        assert_eq!(seen, [true; 6]);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let space = space(&[2, 3]);
        let error = |result: Result<usize, Error>| result.unwrap_err().to_string();
        assert_eq!(
            error(space.index(&[0, 3])),
            "factor `f1` takes the values 0 to 2, not 3"
        );
        assert_eq!(
            error(space.index(&[0])),
            "the list of factors has length 1, expected 2"
        );
        assert_eq!(
            error(space.position("f2")),
            "there is no factor `f2`; the factors are f0, f1"
        );
        let index = space.factors(6, &mut [0; 2]).unwrap_err().to_string();
        assert_eq!(index, "image 6 is out of range: the data set has 6 images");
    }

    #[test]
    fn bad_spaces_are_refused() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert!(FactorSpace::grid(names(&["a", "a"]), vec![1, 2]).is_err());
        assert!(FactorSpace::grid(names(&["a"]), vec![0]).is_err());
        assert!(FactorSpace::grid(names(&[""]), vec![1]).is_err());
        assert!(FactorSpace::grid(names(&["a"]), vec![1, 2]).is_err());
        assert!(FactorSpace::grid(names(&["a", "b", "c"]), vec![1 << 31; 3]).is_err());
    }

    #[test]
    fn a_table_has_no_index() {
        let table = FactorSpace::table(vec!["smiling".into()], vec![2]).unwrap();
        assert!(matches!(table.index(&[0]), Err(Error::NotAGrid)));
    }
}
