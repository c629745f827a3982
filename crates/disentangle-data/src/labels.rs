//! The factors of every image: computed in a grid, looked up in a table.

use crate::error::{Error, expect_len};
use crate::factor_space::{ConstantFactors, FactorSpace};

/// A factor space and each image's place in it.
#[derive(Debug)]
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
