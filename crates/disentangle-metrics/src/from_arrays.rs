//! Tables from array files: any numeric codes; factors that are classes, or continuous.

use disentangle_arrays::Array;
use ndarray::{Array1, Array2, ArrayD, ArrayView1, Axis, Ix2, concatenate, s};

use crate::error::Error;
use crate::table::Table;

/// A real-valued factor with more values than this is continuous.
const MAX_REAL_VALUES: usize = 1024;

impl Table {
    /// Makes a table from arrays as they come from files; an array with one axis is one column.
    ///
    /// Codes are rounded to `f32`. Factors that are integers from 0 on keep their values as classes; other
    /// integers, and real numbers with few distinct values, are numbered in ascending order. Real numbers
    /// with more than 1024 distinct values, or with fewer than two rows a value, are continuous.
    ///
    /// # Errors
    /// If an array has more than two axes or is empty, the numbers of rows differ, or a value is not
    /// finite.
    pub fn from_arrays(codes: &Array, factors: &Array) -> Result<Self, Error> {
        let codes = codes_of(codes)?;
        let factors = two_axes("factors", factors.to_f64())?;
        Factors::of(factors)?.table(codes)
    }

    /// Makes a table with test rows; a value of a factor is the same class in both.
    ///
    /// # Errors
    /// Those of [`Table::from_arrays`], or if the parts differ in their numbers of columns.
    pub fn from_split(
        (codes, factors): (&Array, &Array),
        (test_codes, test_factors): (&Array, &Array),
    ) -> Result<Self, Error> {
        let (codes, test_codes) = (codes_of(codes)?, codes_of(test_codes)?);
        let train = two_axes("factors", factors.to_f64())?;
        let test = two_axes("factors", test_factors.to_f64())?;
        let together =
            concatenate(Axis(0), &[train.view(), test.view()]).map_err(|_| Error::TestShape {
                codes: test_codes.ncols(),
                factors: test.ncols(),
                expected_codes: codes.ncols(),
                expected_factors: train.ncols(),
            })?;
        let together = Factors::of(together)?;
        let (train, test) = together.split(train.nrows());
        train.table(codes)?.with_test(test.table(test_codes)?)
    }

    /// Cuts continuous factors into classes of equal width.
    ///
    /// # Errors
    /// If there are no bins.
    pub fn discretized(self, bins: usize) -> Result<Self, Error> {
        if bins == 0 {
            return Err(Error::TooFew {
                what: "bins",
                needed: 1,
                found: 0,
            });
        }
        let Some(values) = self.values() else {
            return Ok(self);
        };
        let range = |k: usize| {
            let test = self.test().and_then(Self::values);
            let test = test.iter().flat_map(|values| values.column(k).to_vec());
            let all = values.column(k).to_vec().into_iter().chain(test);
            all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            })
        };
        let ranges: Vec<_> = (0..values.ncols()).map(range).collect();
        self.cut(bins, &ranges)
    }

    fn cut(&self, bins: usize, ranges: &[(f64, f64)]) -> Result<Self, Error> {
        let Some(values) = self.values() else {
            return Ok(self.clone());
        };
        let mut factors = self.factors().to_owned();
        for (k, &(low, high)) in ranges.iter().enumerate() {
            if self.continuous()[k] {
                let scale = bins as f64 / (high - low).max(f64::MIN_POSITIVE);
                let class = |&x: &f64| (((x - low) * scale) as usize).min(bins - 1) as u32;
                factors
                    .column_mut(k)
                    .assign(&values.column(k).iter().map(class).collect::<Array1<_>>());
            }
        }
        let table = Self::new(self.codes().to_owned(), factors)?
            .with_values(values.to_owned(), &vec![false; ranges.len()])?
            .with_factor_names(self.factor_names().to_vec())?
            .with_encodings(self.encodings().map(|codes| codes.to_owned()).collect())?;
        match self.test() {
            Some(test) => table.with_test(test.cut(bins, ranges)?),
            None => Ok(table),
        }
    }
}

/// Returns the rank of each value among the distinct ones.
pub(crate) fn ranks(column: ArrayView1<'_, f64>) -> Array1<u32> {
    let distinct = distinct(column);
    let rank = |value: &f64| distinct.partition_point(|other| other < value) as u32;
    column.iter().map(rank).collect()
}

/// Factors whose kinds are known.
struct Factors {
    classes: Array2<u32>,
    values: Array2<f64>,
    continuous: Vec<bool>,
}

impl Factors {
    fn of(values: Array2<f64>) -> Result<Self, Error> {
        if let Some(((row, factor), &value)) =
            values.indexed_iter().find(|(_, value)| !value.is_finite())
        {
            return Err(Error::FactorNotFinite { row, factor, value });
        }
        let mut classes = Array2::zeros(values.dim());
        let continuous = values.columns().into_iter().zip(classes.columns_mut());
        let continuous = continuous
            .map(|(values, mut classes)| {
                let (numbered, continuous) = classify(values);
                classes.assign(&numbered);
                continuous
            })
            .collect();
        Ok(Self {
            classes,
            values,
            continuous,
        })
    }

    fn split(&self, at: usize) -> (Self, Self) {
        let part = |from, to| Self {
            classes: self.classes.slice(s![from..to, ..]).to_owned(),
            values: self.values.slice(s![from..to, ..]).to_owned(),
            continuous: self.continuous.clone(),
        };
        (part(0, at), part(at, self.values.nrows()))
    }

    fn table(self, codes: Array2<f32>) -> Result<Table, Error> {
        let same = |(&class, &value): (&u32, &f64)| f64::from(class) == value;
        let plain = self.classes.iter().zip(&self.values).all(same);
        let table = Table::new(codes, self.classes)?;
        if plain {
            return Ok(table);
        }
        table.with_values(self.values, &self.continuous)
    }
}

/// Returns codes as they are computed with.
pub(crate) fn codes_of(codes: &Array) -> Result<Array2<f32>, Error> {
    two_axes(
        "codes",
        match codes {
            Array::F32(codes) => codes.clone(),
            other => other.to_f32(),
        },
    )
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

/// Returns the class of each row, and whether the factor is continuous: then classes are ranks.
fn classify(column: ArrayView1<'_, f64>) -> (Array1<u32>, bool) {
    let is_class = |&value: &f64| value >= 0.0 && f64::from(value as u32) == value;
    if column.iter().all(is_class) {
        return (column.mapv(|value| value as u32), false);
    }
    let integers = column.iter().all(|value| value.fract() == 0.0);
    let distinct = distinct(column);
    let many = distinct.len() > MAX_REAL_VALUES || 2 * distinct.len() > column.len();
    let rank = |value: &f64| distinct.partition_point(|other| other < value) as u32;
    (column.iter().map(rank).collect(), many && !integers)
}

fn distinct(column: ArrayView1<'_, f64>) -> Vec<f64> {
    let mut distinct = column.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    distinct
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
    fn many_real_values_are_continuous_and_keep_their_values() {
        let values = array![[0.1, 3.0], [0.3, 1.0], [0.2, 3.0]];
        let codes = Array::from(Array2::<f64>::zeros((3, 1)));
        let table = Table::from_arrays(&codes, &values.clone().into()).unwrap();
        assert_eq!(table.continuous(), [true, false]);
        assert_eq!(table.values().unwrap(), values);
        assert_eq!(table.factors(), array![[0, 3], [2, 1], [1, 3]]);
        assert_eq!(table.factor_sizes(), [0, 4]);
        let cut = table.discretized(2).unwrap();
        assert_eq!(cut.continuous(), [false, false]);
        assert_eq!(cut.factors(), array![[0, 3], [1, 1], [1, 3]]);
    }

    #[test]
    fn a_value_is_the_same_class_in_training_and_test_rows() {
        let codes = Array::from(Array2::<f64>::zeros((4, 1)));
        let (train, test) = (array![-1i64, 5, 5, -1], array![5i64, 7, 7, 5]);
        let table = Table::from_split((&codes, &train.into()), (&codes, &test.into())).unwrap();
        assert_eq!(table.factors(), array![[0], [1], [1], [0]]);
        assert_eq!(table.test().unwrap().factors(), array![[1], [2], [2], [1]]);
        let wide = Array::from(Array2::<i64>::zeros((4, 2)));
        let narrow = Array::from(Array2::<i64>::zeros((4, 1)));
        let error = Table::from_split((&codes, &narrow), (&codes, &wide)).unwrap_err();
        assert!(matches!(error, Error::TestShape { .. }), "{error}");
    }

    #[test]
    fn missing_values_are_refused() {
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
