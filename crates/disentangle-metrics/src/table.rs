//! What is scored: one row of codes and of factors for each sample.

use ndarray::{ArcArray2, Array2, ArrayView2, Axis};

use crate::error::Error;

/// Codes `[N, D]` and factors `[N, K]` of the same samples, checked once and cheap to clone.
///
/// Codes are finite `f32`, the precision of an encoder. Factors are class numbers; any set of them will
/// do, with gaps and in any frequency. A factor may also be continuous: see [`Table::with_values`]. Tables
/// without factors serve the metrics that need none.
#[derive(Debug, Clone)]
pub struct Table {
    codes: ArcArray2<f32>,
    factors: ArcArray2<u32>,
    values: Option<ArcArray2<f64>>,
    continuous: Vec<bool>,
    encodings: Vec<ArcArray2<f32>>,
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
        Self::with_any_factors(codes, factors)
    }

    /// Makes a table of codes alone, for metrics that need no factors.
    ///
    /// # Errors
    /// If the array is empty, or a code is not finite.
    pub fn unlabeled(codes: Array2<f32>) -> Result<Self, Error> {
        check_table("codes", codes.dim())?;
        let factors = Array2::zeros((codes.nrows(), 0));
        Self::with_any_factors(codes, factors)
    }

    fn with_any_factors(codes: Array2<f32>, factors: Array2<u32>) -> Result<Self, Error> {
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
            continuous: vec![false; factors.ncols()],
            factors: factors.into_shared(),
            values: None,
            encodings: Vec::new(),
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

    /// Adds the factors' values `[N, K]`, and says which factors are continuous; without them a factor's
    /// values are its class numbers. A continuous factor has no classes: its class numbers rank its
    /// values, and metrics that need classes refuse it.
    ///
    /// # Errors
    /// If the shapes differ, or a value is not finite.
    pub fn with_values(mut self, values: Array2<f64>, continuous: &[bool]) -> Result<Self, Error> {
        if values.dim() != self.factors.dim() || continuous.len() != values.ncols() {
            return Err(Error::Values {
                values: values.dim(),
                kinds: continuous.len(),
                factors: self.factors.dim(),
            });
        }
        if let Some(((row, factor), &value)) =
            values.indexed_iter().find(|(_, value)| !value.is_finite())
        {
            return Err(Error::FactorNotFinite { row, factor, value });
        }
        for k in (0..continuous.len()).filter(|&k| continuous[k]) {
            let ranks = crate::from_arrays::ranks(values.column(k));
            self.factors.column_mut(k).assign(&ranks);
            self.factor_sizes[k] = 0;
        }
        self.values = Some(values.into_shared());
        continuous.clone_into(&mut self.continuous);
        self.grid &= !continuous.contains(&true);
        Ok(self)
    }

    /// Adds codes `[N, D']` that other models give to the same samples, for metrics of agreement.
    ///
    /// # Errors
    /// If one has other rows, no columns, or a code that is not finite.
    pub fn with_encodings(mut self, encodings: Vec<Array2<f32>>) -> Result<Self, Error> {
        for codes in &encodings {
            check_table("codes", codes.dim())?;
            check_finite(codes.view())?;
            if codes.nrows() != self.codes.nrows() {
                return Err(Error::Encodings {
                    rows: codes.nrows(),
                    expected: self.codes.nrows(),
                });
            }
        }
        self.encodings = encodings.into_iter().map(Array2::into_shared).collect();
        Ok(self)
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
        if self.continuous != test.continuous {
            let factor = (0..factors).find(|&k| self.continuous[k] != test.continuous[k]);
            return Err(Error::TestKind {
                factor: factor.unwrap_or_default(),
            });
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

    /// Returns the factors' values `[N, K]`, if they are more than class numbers.
    pub fn values(&self) -> Option<ArrayView2<'_, f64>> {
        self.values.as_ref().map(|values| values.view())
    }

    /// Tells for each factor whether it is continuous.
    pub fn continuous(&self) -> &[bool] {
        &self.continuous
    }

    /// Returns the codes that other models give to the same samples.
    pub fn encodings(&self) -> impl ExactSizeIterator<Item = ArrayView2<'_, f32>> {
        self.encodings.iter().map(|codes| codes.view())
    }

    /// Returns the factors' names.
    pub fn factor_names(&self) -> &[String] {
        &self.factor_names
    }

    /// Returns how many classes each factor may take; zero for a continuous one.
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

    /// Returns some rows, with repetitions, as a table that is no grid; test rows are left out.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        Self {
            codes: self.codes.select(Axis(0), rows).into_shared(),
            factors: self.factors.select(Axis(0), rows).into_shared(),
            values: self
                .values
                .as_ref()
                .map(|values| values.select(Axis(0), rows).into_shared()),
            continuous: self.continuous.clone(),
            encodings: self
                .encodings
                .iter()
                .map(|codes| codes.select(Axis(0), rows).into_shared())
                .collect(),
            factor_names: self.factor_names.clone(),
            factor_sizes: self.factor_sizes.clone(),
            grid: false,
            test: None,
        }
    }

    /// Returns the table with the factors of other rows: codes and factors have nothing in common then.
    pub(crate) fn with_factors_of(&self, rows: &[usize]) -> Self {
        Self {
            factors: self.factors.select(Axis(0), rows).into_shared(),
            values: self
                .values
                .as_ref()
                .map(|values| values.select(Axis(0), rows).into_shared()),
            grid: false,
            ..self.clone()
        }
    }

    fn with_factors(&self, kept: &[usize]) -> Self {
        Self {
            codes: self.codes.clone(),
            factors: self.factors.select(Axis(1), kept).into_shared(),
            values: self
                .values
                .as_ref()
                .map(|values| values.select(Axis(1), kept).into_shared()),
            continuous: kept.iter().map(|&k| self.continuous[k]).collect(),
            encodings: self.encodings.clone(),
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
    check_table("codes", codes.dim())?;
    check_table("factors", factors.dim())?;
    if codes.nrows() != factors.nrows() {
        return Err(Error::Rows {
            codes: codes.nrows(),
            factors: factors.nrows(),
        });
    }
    Ok(())
}

fn check_table(what: &'static str, (rows, columns): (usize, usize)) -> Result<(), Error> {
    if rows == 0 || columns == 0 {
        return Err(Error::Empty {
            what,
            rows,
            columns,
        });
    }
    if u32::try_from(rows).is_err() {
        return Err(Error::TooManyRows { rows });
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
