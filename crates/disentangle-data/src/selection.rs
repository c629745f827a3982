//! Factors chosen by name, as conditional models are told them.
//!
//! A model conditioned on `[shape, scale]` needs to know where these are among a batch's factors
//! `[B, K]` and how many classes each has; this resolves the names once and gathers the columns after.

use crate::dataset::Dataset;
use crate::error::{Error, expect_len};
use crate::factor_space::FactorSpace;

/// Some factors of a space, in the order in which they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    names: Vec<String>,
    positions: Vec<usize>,
    sizes: Vec<usize>,
    n_factors: usize,
}

impl Selection {
    /// Resolves names to the factors of a data set.
    ///
    /// # Errors
    /// As [`Selection::of`], and if the data set has no factors.
    pub fn of_dataset(dataset: &dyn Dataset, names: &[String]) -> Result<Self, Error> {
        Self::of(dataset.factor_space().ok_or(Error::NoFactors)?, names)
    }

    /// Resolves names to the factors of a space.
    ///
    /// # Errors
    /// If there is no factor of a name (the message lists those there are), if a name comes twice, or
    /// if a factor has one value only and so says nothing.
    pub fn of(space: &FactorSpace, names: &[String]) -> Result<Self, Error> {
        let mut positions = Vec::with_capacity(names.len());
        for name in names {
            let position = space.position(name)?;
            let problem = match space.sizes()[position] {
                _ if positions.contains(&position) => "it is named twice",
                1 => "it has one value only",
                _ => {
                    positions.push(position);
                    continue;
                }
            };
            return Err(Error::Selection {
                name: name.clone(),
                problem,
            });
        }
        Ok(Self {
            names: names.to_vec(),
            sizes: positions.iter().map(|&k| space.sizes()[k]).collect(),
            positions,
            n_factors: space.n_factors(),
        })
    }

    /// Returns the chosen names `[L]`.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns where the chosen factors are among all `[L]`.
    pub fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Returns the numbers of classes `[L]`.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Returns the number of factors K of the whole space.
    pub fn n_factors(&self) -> usize {
        self.n_factors
    }

    /// Returns the chosen columns `[B, L]` of class indices `[B, K]`.
    ///
    /// # Errors
    /// If `factors` is not a whole number of rows.
    pub fn gather(&self, factors: &[u32]) -> Result<Vec<u32>, Error> {
        let n_rows = factors.len().checked_div(self.n_factors).unwrap_or(0);
        expect_len(
            "the table of factors",
            factors.len(),
            n_rows * self.n_factors,
        )?;
        let rows = factors.chunks_exact(self.n_factors.max(1));
        let chosen = rows.flat_map(|row| self.positions.iter().map(|&position| row[position]));
        Ok(chosen.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn space() -> FactorSpace {
        let all = names(&["color", "shape", "scale", "orientation"]);
        FactorSpace::grid(all, vec![1, 3, 6, 40]).unwrap()
    }

    #[test]
    fn columns_come_in_the_order_of_their_names() {
        let selection = Selection::of(&space(), &names(&["orientation", "shape"])).unwrap();
        assert_eq!(selection.positions(), [3, 1]);
        assert_eq!(selection.sizes(), [40, 3]);
        let labels = selection.gather(&[0, 2, 5, 39, 0, 1, 4, 7]).unwrap();
        assert_eq!(labels, [39, 2, 7, 1]);
        assert!(selection.gather(&[0, 1, 2]).is_err());
    }

    #[test]
    fn no_names_choose_nothing() {
        let selection = Selection::of(&space(), &[]).unwrap();
        assert!(selection.gather(&[0, 1, 2, 3]).unwrap().is_empty());
    }

    #[test]
    fn bad_names_are_explained() {
        let error = |chosen: &[&str]| {
            let error = Selection::of(&space(), &names(chosen)).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            error(&["shape", "size"]),
            "there is no factor `size`; the factors are color, shape, scale, orientation"
        );
        assert_eq!(
            error(&["shape", "shape"]),
            "factor `shape` cannot be chosen: it is named twice"
        );
        assert_eq!(
            error(&["color"]),
            "factor `color` cannot be chosen: it has one value only"
        );
    }
}
