//! Tables from array files: any numeric codes, any factors that are classes.

use disentangle_arrays::Array;
use ndarray::{Array2, ArrayD, ArrayView1, Axis, Ix2};

use crate::error::Error;
use crate::table::Table;

/// A real-valued factor with more values than this is continuous.
const MAX_REAL_VALUES: usize = 1024;

impl Table {
    /// Makes a table from arrays as they come from files; an array with one axis is one column.
    ///
    /// Codes are rounded to `f32`. Factors that are integers from 0 on keep their values as classes; other
    /// integers, and real numbers with few distinct values, are numbered in ascending order.
    ///
    /// # Errors
    /// If an array has more than two axes or is empty, the numbers of rows differ, a value is not finite,
    /// or a factor is continuous.
    pub fn from_arrays(codes: &Array, factors: &Array) -> Result<Self, Error> {
        let codes = match codes {
            Array::F32(codes) => two_axes("codes", codes.clone())?,
            other => two_axes("codes", other.to_f32())?,
        };
        let factors = match factors.to_i64() {
            Ok(integers) => {
                let integers = two_axes("factors", integers)?;
                by_column(&integers, |_, column| Ok(integer_classes(column)))?
            }
            Err(_) => {
                let numbers = two_axes("factors", factors.to_f64())?;
                by_column(&numbers, real_classes)?
            }
        };
        Self::new(codes, factors)
    }
}

fn two_axes<T>(what: &'static str, array: ArrayD<T>) -> Result<Array2<T>, Error> {
    let array = match array.ndim() {
        1 => array.insert_axis(Axis(1)),
        _ => array,
    };
    let shape = array.shape().to_vec();
    array
        .into_dimensionality::<Ix2>()
        .map_err(|_| Error::NotTable { what, shape })
}

fn by_column<T>(
    values: &Array2<T>,
    classes: impl Fn(usize, ArrayView1<'_, T>) -> Result<Vec<u32>, Error>,
) -> Result<Array2<u32>, Error> {
    let mut factors = Array2::zeros(values.dim());
    for (k, mut column) in factors.columns_mut().into_iter().enumerate() {
        let classes = classes(k, values.column(k))?;
        column.assign(&ArrayView1::from(&classes));
    }
    Ok(factors)
}

fn integer_classes(column: ArrayView1<'_, i64>) -> Vec<u32> {
    let kept: Result<Vec<u32>, _> = column.iter().map(|&value| u32::try_from(value)).collect();
    kept.unwrap_or_else(|_| {
        let mut distinct = column.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let rank = |value| distinct.partition_point(|other| other < value) as u32;
        column.iter().map(rank).collect()
    })
}

fn real_classes(factor: usize, column: ArrayView1<'_, f64>) -> Result<Vec<u32>, Error> {
    if let Some(row) = column.iter().position(|value| !value.is_finite()) {
        return Err(Error::FactorNotFinite {
            row,
            factor,
            value: column[row],
        });
    }
    let is_class = |&value: &f64| value >= 0.0 && f64::from(value as u32) == value;
    if column.iter().all(is_class) {
        return Ok(column.iter().map(|&value| value as u32).collect());
    }
    let mut distinct = column.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    if distinct.len() > MAX_REAL_VALUES || 2 * distinct.len() > column.len() {
        return Err(Error::Continuous {
            factor,
            values: distinct.len(),
            rows: column.len(),
        });
    }
    let rank = |value: &f64| distinct.partition_point(|other| other < value) as u32;
    Ok(column.iter().map(rank).collect())
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn factors(array: Array) -> Result<Array2<u32>, Error> {
        let codes = Array::from(Array2::<f64>::zeros((array.shape()[0], 1)));
        Ok(Table::from_arrays(&codes, &array)?.factors().to_owned())
    }

    #[test]
    fn integers_from_zero_keep_their_values() {
        let expected = array![[0], [7], [3]];
        assert_eq!(factors(array![0i64, 7, 3].into()).unwrap(), expected);
        assert_eq!(
            factors(array![[0.0f32], [7.0], [3.0]].into()).unwrap(),
            expected
        );
    }

    #[test]
    fn other_numbers_are_ranked() {
        assert_eq!(
            factors(array![5i8, -1, 5].into()).unwrap(),
            array![[1], [0], [1]]
        );
        let reals = array![0.5, -0.25, 0.5, -0.25];
        assert_eq!(factors(reals.into()).unwrap(), array![[1], [0], [1], [0]]);
    }

    #[test]
    fn a_mixed_array_is_judged_by_column() {
        let mixed = array![[0.5, 4.0], [1.5, 9.0], [0.5, 4.0], [1.5, 4.0]];
        let expected = array![[0, 4], [1, 9], [0, 4], [1, 4]];
        assert_eq!(factors(mixed.into()).unwrap(), expected);
    }

    #[test]
    fn continuous_and_missing_values_are_refused() {
        let error = factors(array![0.1, 0.2, 0.3].into()).unwrap_err();
        assert!(
            matches!(error, Error::Continuous { values: 3, .. }),
            "{error}"
        );
        let error = factors(array![0.0, f64::NAN].into()).unwrap_err();
        assert!(
            matches!(error, Error::FactorNotFinite { row: 1, .. }),
            "{error}"
        );
    }

    #[test]
    fn three_axes_are_no_table() {
        let error = factors(ndarray::Array3::<u8>::zeros((2, 2, 2)).into()).unwrap_err();
        assert!(
            matches!(
                error,
                Error::NotTable {
                    what: "factors",
                    ..
                }
            ),
            "{error}"
        );
    }
}
