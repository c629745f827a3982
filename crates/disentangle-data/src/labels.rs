//! The factors of every image: computed in a grid, looked up in a table.

use disentangle_arrays::Array;
use ndarray::Array2;

use crate::error::{Error, expect_len};
use crate::factor_space::{ConstantFactors, FactorSpace};

/// A factor space and each image's place in it.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    space: FactorSpace,
    len: usize,
    /// The class indices `[N, K]` of a table; empty for a grid.
    rows: Vec<u32>,
}

impl Labels {
    /// Labels one image for every combination of factors.
    pub(crate) fn grid(space: FactorSpace) -> Self {
        Self {
            len: space.sizes().iter().product(),
            space,
            rows: Vec::new(),
        }
    }

    /// Labels images by a table of class indices `[N, K]`, which must lie within the sizes.
    pub(crate) fn table(space: FactorSpace, rows: Vec<u32>, len: usize) -> Result<Self, Error> {
        let n_factors = space.n_factors();
        expect_len("the table of labels", rows.len(), len * n_factors)?;
        for row in rows.chunks_exact(n_factors.max(1)) {
            space.check(row)?;
        }
        Ok(Self { space, len, rows })
    }

    /// Labels images by a table of class indices `[N, K]` that tells the sizes too: largest class
    /// plus one. A table that is a whole grid in row-major order becomes one.
    pub(crate) fn from_rows(names: Vec<String>, rows: Vec<u32>) -> Result<Self, Error> {
        let n_factors = names.len();
        if n_factors == 0 {
            return Err(Error::FactorSpace("it has no factors".into()));
        }
        let len = rows.len() / n_factors;
        let mut sizes = vec![1; n_factors];
        for row in rows.chunks_exact(n_factors) {
            for (size, &class) in sizes.iter_mut().zip(row) {
                *size = (class as usize + 1).max(*size);
            }
        }
        match FactorSpace::grid(names.clone(), sizes.clone()) {
            Ok(grid) if is_row_major(&rows, len, &sizes) => Ok(Self::grid(grid)),
            _ => Self::table(FactorSpace::table(names, sizes)?, rows, len),
        }
    }

    /// Labels `len` images by real values `[N, K]`: a class is the rank of its value in its column.
    ///
    /// What is wrong is told as a sentence about the array.
    pub(crate) fn from_values(
        names: Vec<String>,
        values: &Array,
        len: usize,
    ) -> Result<Self, String> {
        check_shape(values.shape(), len, names.len())?;
        let values: Vec<f64> = values.to_f64().iter().copied().collect();
        if let Some(position) = values.iter().position(|value| value.is_nan()) {
            return Err(format!(
                "has no number in row {}",
                position / names.len().max(1)
            ));
        }
        let classes = ranks(&values, names.len());
        Self::from_rows(names, classes).map_err(|error| error.to_string())
    }

    /// Labels `len` images by an array: columns of integers from 0 on are classes, others are ranked.
    pub(crate) fn from_array(
        names: Vec<String>,
        array: &Array,
        len: usize,
    ) -> Result<Self, String> {
        check_shape(array.shape(), len, names.len())?;
        let is_class = |class: &i64| (0..=i64::from(u16::MAX)).contains(class);
        match array.to_i64() {
            Ok(classes) if classes.iter().all(is_class) => {
                let classes = classes.iter().map(|&class| class as u32).collect();
                Self::from_rows(names, classes).map_err(|error| error.to_string())
            }
            _ => Self::from_values(names, array, len),
        }
    }

    /// Labels images by a table of classes `[N, K]` in any order, and returns the index that each row gets: its
    /// place in the grid if every combination occurs once, else its own.
    pub(crate) fn sorted(names: Vec<String>, rows: Vec<u32>) -> Result<(Self, Vec<usize>), Error> {
        let n_factors = names.len();
        let labels = Self::from_rows(names.clone(), rows.clone())?;
        let len = labels.len();
        let in_order = (0..len).collect();
        let sizes = labels.space.sizes().to_vec();
        let n_cells = sizes
            .iter()
            .try_fold(1_usize, |n, &size| n.checked_mul(size));
        if labels.space.is_grid() || n_cells != Some(len) {
            return Ok((labels, in_order));
        }
        let grid = FactorSpace::grid(names, sizes)?;
        let order = rows.chunks_exact(n_factors).map(|row| grid.index(row));
        let order: Vec<usize> = order.collect::<Result<_, _>>()?;
        let mut is_taken = vec![false; len];
        for &index in &order {
            is_taken[index] = true;
        }
        match is_taken.contains(&false) {
            true => Ok((labels, in_order)),
            false => Ok((Self::grid(grid), order)),
        }
    }

    /// Returns the class indices `[N, K]` of a table; no rows for a grid.
    pub(crate) fn rows_array(&self) -> Array2<u32> {
        let n_factors = self.space.n_factors();
        let n_rows = self.rows.len() / n_factors.max(1);
        Array2::from_shape_fn((n_rows, n_factors), |(row, factor_idx)| {
            self.rows[row * n_factors + factor_idx]
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn space(&self) -> &FactorSpace {
        &self.space
    }

    /// Writes the factors of an image.
    pub(crate) fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        if self.space.is_grid() {
            return self.space.factors(index, out);
        }
        let n_factors = self.space.n_factors();
        expect_len("the factor buffer", out.len(), n_factors)?;
        if index >= self.len {
            let len = self.len;
            return Err(Error::Index { index, len });
        }
        out.copy_from_slice(&self.rows[index * n_factors..][..n_factors]);
        Ok(())
    }

    /// Leaves constant factors out, or keeps them.
    pub(crate) fn with_constants(self, constants: ConstantFactors) -> Self {
        let sizes = self.space.sizes().to_vec();
        let space = self.space.with_constants(constants);
        let mut rows = self.rows;
        if space.n_factors() < sizes.len() {
            let columns = sizes.iter().cycle();
            let varying = rows.iter().zip(columns).filter(|&(_, &size)| size > 1);
            rows = varying.map(|(&class, _)| class).collect();
        }
        Self {
            space,
            len: self.len,
            rows,
        }
    }
}

/// Checks that an array has a row an image and a column a factor; one factor may be one axis.
fn check_shape(shape: &[usize], len: usize, n_factors: usize) -> Result<(), String> {
    if shape == [len, n_factors] || (shape == [len] && n_factors == 1) {
        return Ok(());
    }
    Err(format!(
        "has shape {shape:?}, expected [{len}, {n_factors}] for {len} images"
    ))
}

/// Returns the rank of each value `[N, K]` among the distinct values of its column.
fn ranks(values: &[f64], n_factors: usize) -> Vec<u32> {
    let mut classes = vec![0; values.len()];
    for column in 0..n_factors {
        let cells = || values.iter().skip(column).step_by(n_factors);
        let mut distinct: Vec<f64> = cells().copied().collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let ranked = classes.iter_mut().skip(column).step_by(n_factors);
        for (class, value) in ranked.zip(cells()) {
            *class = distinct.partition_point(|known| known.total_cmp(value).is_lt()) as u32;
        }
    }
    classes
}

/// Tells whether rows are all combinations of factors in order, by counting along.
fn is_row_major(rows: &[u32], len: usize, sizes: &[usize]) -> bool {
    let mut expected = vec![0_u32; sizes.len()];
    let in_order = rows.chunks_exact(sizes.len()).all(|row| {
        let same = row == expected;
        for (digit, &size) in expected.iter_mut().zip(sizes).rev() {
            *digit += 1;
            if (*digit as usize) < size {
                break;
            }
            *digit = 0;
        }
        same
    });
    in_order && len == sizes.iter().product::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(rows: &[[u32; 2]]) -> Labels {
        let names = vec!["a".to_owned(), "b".to_owned()];
        Labels::from_rows(names, rows.concat()).unwrap()
    }

    #[test]
    fn a_whole_grid_in_order_is_recognized() {
        let grid = labels(&[[0, 0], [0, 1], [1, 0], [1, 1]]);
        assert!(grid.space().is_grid());
        assert_eq!(grid.len(), 4);
        for rows in [
            &[[0, 0], [0, 1], [1, 0]][..],
            &[[0, 0], [0, 1], [1, 1], [1, 0]],
            &[[0, 0], [1, 1]],
            &[
                [0, 0],
                [0, 1],
                [1, 0],
                [1, 1],
                [0, 0],
                [0, 1],
                [1, 0],
                [1, 1],
            ],
        ] {
            assert!(!labels(rows).space().is_grid(), "{rows:?}");
        }
    }

    #[test]
    fn a_table_looks_its_rows_up() {
        let table = labels(&[[0, 2], [1, 0]]);
        let mut factors = [7; 2];
        table.factors(1, &mut factors).unwrap();
        assert_eq!(factors, [1, 0]);
        assert_eq!(table.space().sizes(), [2, 3]);
        assert!(table.factors(2, &mut factors).is_err());
        assert!(table.factors(0, &mut [0]).is_err());
    }

    #[test]
    fn constant_columns_are_left_out_of_a_table() {
        let table = labels(&[[0, 2], [0, 0]]).with_constants(ConstantFactors::Drop);
        let mut factors = [7];
        table.factors(0, &mut factors).unwrap();
        assert_eq!(factors, [2]);
        assert_eq!(table.space().names(), ["b"]);
    }

    #[test]
    fn classes_beyond_their_size_are_refused() {
        let space = FactorSpace::table(vec!["a".into()], vec![2]).unwrap();
        assert!(Labels::table(space.clone(), vec![0, 2], 2).is_err());
        assert!(Labels::table(space, vec![0, 1], 3).is_err());
    }
}
