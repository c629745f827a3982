//! What is scored: one row of codes and of factors for each sample.

use ndarray::{ArcArray2, Array2, ArrayView2, Axis};

use crate::error::Error;

/// Codes `[N, D]` and factors `[N, K]` of the same samples, checked once and cheap to clone.
///
/// Codes are finite `f32`, the precision of an encoder. Factors are class numbers; any set of them will
/// do, with gaps and in any frequency.
#[derive(Debug, Clone)]
pub struct Table {
    codes: ArcArray2<f32>,
    factors: ArcArray2<u32>,
    factor_names: Vec<String>,
    factor_sizes: Vec<usize>,
    grid: bool,
    test: Option<Box<Table>>,
}

impl Table {
    /// Makes a table from any rows. A factor's size is its largest class plus one; factors are named
    /// `factor_0`, `factor_1`, ….
    ///
    /// # Errors
    /// If an array is empty, the numbers of rows differ, or a code is not finite.
    pub fn new(codes: Array2<f32>, factors: Array2<u32>) -> Result<Self, Error> {
        check_shapes(codes.view(), factors.view())?;
        check_finite(codes.view())?;
        let factor_sizes = factors
            .columns()
            .into_iter()
            .map(|column| column.iter().max().map_or(0, |&class| class as usize + 1))
            .collect();
        let factor_names = (0..factors.ncols())
            .map(|k| format!("factor_{k}"))
            .collect();
        Ok(Self {
            codes: codes.into_shared(),
            factors: factors.into_shared(),
            factor_names,
            factor_sizes,
            grid: false,
            test: None,
        })
    }

    /// Makes a table whose rows enumerate all combinations of factors in row-major order, the last factor
    /// fastest. Its metrics draw factors uniformly and look the codes up, as if they had a generator.
    ///
    /// # Errors
    /// If the sizes do not multiply to the number of rows, or a code is not finite.
    pub fn grid(codes: Array2<f32>, factor_sizes: &[usize]) -> Result<Self, Error> {
        let rows = codes.nrows();
        let product = factor_sizes
            .iter()
            .try_fold(1usize, |product, &size| product.checked_mul(size));
        if product != Some(rows) {
            return Err(Error::Grid {
                sizes: factor_sizes.to_vec(),
                rows,
            });
        }
        let mut factors = Array2::zeros((rows, factor_sizes.len()));
        let mut stride = rows;
        for (mut column, &size) in factors.columns_mut().into_iter().zip(factor_sizes) {
            stride /= size.max(1);
            for (row, class) in column.iter_mut().enumerate() {
                *class = (row / stride % size) as u32;
            }
        }
        Ok(Self {
            grid: true,
            factor_sizes: factor_sizes.to_vec(),
            ..Self::new(codes, factors)?
        })
    }

    /// Names the factors.
    ///
    /// # Errors
    /// If there is not one name for each.
    pub fn with_factor_names(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, Error> {
        self.factor_names = names.into_iter().map(Into::into).collect();
        if self.factor_names.len() == self.factors.ncols() {
            return Ok(self);
        }
        Err(Error::Names {
            names: self.factor_names.len(),
            factors: self.factors.ncols(),
        })
    }

    /// Adds rows that are held out for testing; otherwise metrics that test hold out the last tenth.
    ///
    /// # Errors
    /// If they have other numbers of codes or factors.
    pub fn with_test(mut self, test: Self) -> Result<Self, Error> {
        let (codes, factors) = (test.codes.ncols(), test.factors.ncols());
        if (codes, factors) != (self.codes.ncols(), self.factors.ncols()) {
            return Err(Error::TestShape {
                codes,
                factors,
                expected_codes: self.codes.ncols(),
                expected_factors: self.factors.ncols(),
            });
        }
        for (size, &other) in self.factor_sizes.iter_mut().zip(&test.factor_sizes) {
            *size = other.max(*size);
        }
        self.test = Some(Box::new(test));
        Ok(self)
    }

    /// Returns the codes `[N, D]`.
    pub fn codes(&self) -> ArrayView2<'_, f32> {
        self.codes.view()
    }

    /// Returns the factors `[N, K]`.
    pub fn factors(&self) -> ArrayView2<'_, u32> {
        self.factors.view()
    }

    /// Returns the factors' names.
    pub fn factor_names(&self) -> &[String] {
        &self.factor_names
    }

    /// Returns how many classes each factor may take.
    pub fn factor_sizes(&self) -> &[usize] {
        &self.factor_sizes
    }

    /// Tells whether the rows enumerate all combinations of factors in row-major order.
    pub fn is_grid(&self) -> bool {
        self.grid
    }

    /// Returns the rows held out for testing.
    pub fn test(&self) -> Option<&Self> {
        self.test.as_deref()
    }

    /// Returns the table without the factors that take a single value, and their names.
    ///
    /// A grid stays a grid: a factor of size one does not move the others.
    pub(crate) fn without_constant_factors(&self) -> (Self, Vec<String>) {
        let is_constant = |k: usize| {
            let column = self.factors.column(k);
            column.iter().all(|&class| class == column[0])
        };
        let (dropped, kept): (Vec<_>, Vec<_>) =
            (0..self.factors.ncols()).partition(|&k| is_constant(k));
        let names = dropped.iter().map(|&k| self.factor_names[k].clone());
        let names: Vec<_> = names.collect();
        if names.is_empty() {
            return (self.clone(), names);
        }
        (self.with_factors(&kept), names)
    }

    fn with_factors(&self, kept: &[usize]) -> Self {
        Self {
            codes: self.codes.clone(),
            factors: self.factors.select(Axis(1), kept).into_shared(),
            factor_names: kept.iter().map(|&k| self.factor_names[k].clone()).collect(),
            factor_sizes: kept.iter().map(|&k| self.factor_sizes[k]).collect(),
            grid: self.grid,
            test: self
                .test
                .as_ref()
                .map(|test| Box::new(test.with_factors(kept))),
        }
    }
}

/// Refuses empty arrays and different numbers of rows.
pub(crate) fn check_shapes(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
) -> Result<(), Error> {
    for (what, shape) in [("codes", codes.dim()), ("factors", factors.dim())] {
        let (rows, columns) = shape;
        if rows == 0 || columns == 0 {
            return Err(Error::Empty {
                what,
                rows,
                columns,
            });
        }
    }
    if codes.nrows() != factors.nrows() {
        return Err(Error::Rows {
            codes: codes.nrows(),
            factors: factors.nrows(),
        });
    }
    if u32::try_from(codes.nrows()).is_err() {
        return Err(Error::TooManyRows {
            rows: codes.nrows(),
        });
    }
    Ok(())
}

/// Refuses NaN and infinities.
pub(crate) fn check_finite(codes: ArrayView2<'_, f32>) -> Result<(), Error> {
    match codes.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, code), &value)) => Err(Error::NotFinite {
            row,
            code,
            value: value.into(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_grid_counts_with_the_last_factor_fastest() {
        let table = Table::grid(Array2::zeros((6, 1)), &[2, 3]).unwrap();
        let expected = array![[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]];
        assert_eq!(table.factors(), expected);
        assert_eq!(table.factor_sizes(), [2, 3]);
    }

    #[test]
    fn a_grid_of_the_wrong_size_is_refused() {
        for sizes in [&[2, 2][..], &[], &[0], &[usize::MAX, 2]] {
            let error = Table::grid(Array2::zeros((6, 1)), sizes).unwrap_err();
            assert!(matches!(error, Error::Grid { .. }), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_scored_is_refused() {
        let refuse = |codes, factors| Table::new(codes, factors).unwrap_err();
        let error = refuse(Array2::zeros((2, 1)), Array2::zeros((3, 1)));
        assert!(
            matches!(
                error,
                Error::Rows {
                    codes: 2,
                    factors: 3
                }
            ),
            "{error}"
        );
        let error = refuse(Array2::zeros((0, 1)), Array2::zeros((0, 1)));
        assert!(
            matches!(error, Error::Empty { what: "codes", .. }),
            "{error}"
        );
        let error = refuse(Array2::zeros((2, 1)), Array2::zeros((2, 0)));
        assert!(
            matches!(
                error,
                Error::Empty {
                    what: "factors",
                    ..
                }
            ),
            "{error}"
        );
        for bad in [f32::NAN, f32::INFINITY] {
            let error = refuse(array![[0.0, 1.0], [2.0, bad]], Array2::zeros((2, 1)));
            assert!(
                matches!(
                    error,
                    Error::NotFinite {
                        row: 1,
                        code: 1,
                        ..
                    }
                ),
                "{error}"
            );
        }
    }

    #[test]
    fn constant_factors_are_dropped_by_name() {
        let factors = array![[0, 4, 7], [1, 4, 7]];
        let table = Table::new(Array2::zeros((2, 1)), factors)
            .unwrap()
            .with_factor_names(["shape", "color", "size"])
            .unwrap();
        let (kept, dropped) = table.without_constant_factors();
        assert_eq!(dropped, ["color", "size"]);
        assert_eq!(kept.factor_names(), ["shape"]);
        assert_eq!(kept.factors(), array![[0], [1]]);
    }

    #[test]
    fn test_rows_must_be_of_the_same_kind() {
        let table = |codes, factors| {
            Table::new(Array2::zeros((2, codes)), Array2::zeros((2, factors))).unwrap()
        };
        assert!(table(2, 1).with_test(table(2, 1)).is_ok());
        assert!(table(2, 1).with_test(table(3, 1)).is_err());
        assert!(table(2, 1).with_test(table(2, 2)).is_err());
    }
}
