//! Rows of a table: all of them, some, and those that train or test.

use disentangle_seeds::Stream;
use ndarray::{Array2, ArrayView2, Axis};

use crate::error::Error;
use crate::table::Table;

/// Some rows of a table.
#[derive(Debug, Clone, Copy)]
pub struct Points<'a> {
    /// Codes `[n, D]`.
    pub codes: ArrayView2<'a, f32>,
    /// Factors `[n, K]`.
    pub factors: ArrayView2<'a, u32>,
    /// Values `[n, K]` of the factors, if they are more than class numbers.
    pub values: Option<ArrayView2<'a, f64>>,
}

/// Codes and factors of some rows.
pub(crate) struct Rows {
    pub(crate) codes: Array2<f32>,
    pub(crate) factors: Array2<u32>,
    pub(crate) values: Option<Array2<f64>>,
}

impl<'a> Points<'a> {
    /// Returns the same points for as long as these are borrowed.
    pub(crate) fn view(&self) -> Points<'_> {
        Points {
            codes: self.codes.view(),
            factors: self.factors.view(),
            values: self.values.as_ref().map(|values| values.view()),
        }
    }

    /// Refuses points without rows where they are to be tested on.
    pub(crate) fn not_empty(&self) -> Result<(), Error> {
        match self.codes.nrows() {
            0 => Err(Error::NoTestRows),
            _ => Ok(()),
        }
    }

    pub(crate) fn of(table: &'a Table) -> Self {
        Self {
            codes: table.codes(),
            factors: table.factors(),
            values: table.values(),
        }
    }

    /// Returns the values of a factor; its class numbers, if it has no others.
    pub fn values_of(&self, factor: usize) -> Vec<f64> {
        match &self.values {
            Some(values) => values.column(factor).to_vec(),
            None => {
                let classes = self.factors.column(factor);
                classes.iter().map(|&class| f64::from(class)).collect()
            }
        }
    }

    pub(crate) fn of_rows(rows: &'a Rows) -> Self {
        Self {
            codes: rows.codes.view(),
            factors: rows.factors.view(),
            values: rows.values.as_ref().map(|values| values.view()),
        }
    }

    /// Returns the table and its test rows; or its head and its tail, once its rows are arranged.
    pub(crate) fn train_and_test(table: &'a Table) -> (Self, Self) {
        let whole = Self::of(table);
        match table.test() {
            Some(test) => (whole, Self::of(test)),
            None => whole.split_head(),
        }
    }

    /// Draws rows with replacement.
    pub(crate) fn draw(&self, count: usize, mut stream: Stream) -> Rows {
        let rows = self.codes.nrows() as u64;
        let rows: Vec<_> = (0..count).map(|_| stream.below(rows) as usize).collect();
        self.select(&rows)
    }

    /// Draws rows without replacement, in their order, if there are more than `most`.
    pub(crate) fn choose(&self, most: usize, mut stream: Stream) -> Option<Rows> {
        let rows = self.codes.nrows();
        if rows <= most {
            return None;
        }
        let mut order: Vec<usize> = (0..rows).collect();
        for chosen in 0..most {
            let other = chosen + stream.below((rows - chosen) as u64) as usize;
            order.swap(chosen, other);
        }
        order.truncate(most);
        order.sort_unstable();
        Some(self.select(&order))
    }

    pub(crate) fn select(&self, rows: &[usize]) -> Rows {
        Rows {
            codes: self.codes.select(Axis(0), rows),
            factors: self.factors.select(Axis(0), rows),
            values: self.values.map(|values| values.select(Axis(0), rows)),
        }
    }

    /// Splits off the first nine tenths, rounded up, without shuffling: `split_train_test` of
    /// disentanglement_lib.
    fn split_head(self) -> (Self, Self) {
        let at = head(self.codes.nrows());
        let (codes, test_codes) = self.codes.split_at(Axis(0), at);
        let (factors, test_factors) = self.factors.split_at(Axis(0), at);
        let (values, test_values) = match self.values.map(|values| values.split_at(Axis(0), at)) {
            Some((values, test_values)) => (Some(values), Some(test_values)),
            None => (None, None),
        };
        let points = |codes, factors, values| Self {
            codes,
            factors,
            values,
        };
        (
            points(codes, factors, values),
            points(test_codes, test_factors, test_values),
        )
    }
}

/// Returns how many of the rows of a table train: nine tenths, rounded up.
pub(crate) fn head(rows: usize) -> usize {
    (rows * 9).div_ceil(10)
}
