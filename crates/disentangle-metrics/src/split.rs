//! Which rows of a table without test rows train, and which test: nine tenths, rounded up, and the rest.
//!
//! Rows in their order are `split_train_test` of disentanglement_lib@86a644d, `evaluation/metrics/utils.py`. That is
//! no fair test of rows that are sorted: the last tenth of a grid of factors in order has one value of the first.

use std::collections::BTreeSet;

use disentangle_seeds::Seeds;
use ndarray::ArrayView1;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluate::MetricCx;
use crate::points::Points;
use crate::table::Table;

/// Which rows of a table without test rows train, and which test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// The first nine tenths train and the last tenth tests.
    #[default]
    Head,
    /// A random tenth tests, the same for equal seeds.
    Shuffle,
}

/// Random rows miss the values that are missed here less often than this: so these are in some order.
const SURPRISE: f64 = 1e-3;

impl Split {
    /// Returns the table with its rows in the order in which they are split; a grid and a table with test rows
    /// are split otherwise.
    pub(crate) fn arrange(self, table: Table, seeds: Seeds) -> Table {
        if self == Self::Head || table.is_grid() || table.test().is_some() {
            return table;
        }
        let mut order: Vec<usize> = (0..table.codes().nrows()).collect();
        seeds.stream("metric/split", 0).shuffle(&mut order);
        table.select(&order)
    }
}

/// Returns a warning for each factor whose values differ between the rows that train and those that test.
pub(crate) fn warnings(cx: &MetricCx<'_>) -> Vec<String> {
    if cx.table.is_grid() || cx.table.test().is_some() {
        return Vec::new();
    }
    let (train, test) = Points::train_and_test(cx.table);
    if test.codes.nrows() == 0 {
        return Vec::new();
    }
    let names = cx.table.factor_names().iter().enumerate();
    let warnings = names.filter_map(|(k, name)| {
        let missing = if cx.table.continuous()[k] {
            let sorted = is_sorted(&cx.points.values_of(k));
            sorted.then(|| (format!("have factor `{name}` in order"), true))
        } else {
            missing(name, train.factors.column(k), test.factors.column(k))
        };
        let (problem, ordered) = missing?;
        let advice = match ordered && cx.protocol.split == Split::Head {
            true => ": they look sorted; have them drawn with split=shuffle, or give test rows",
            false => "",
        };
        Some(format!(
            "the rows, of which the last tenth tests, {problem}{advice}"
        ))
    });
    warnings.collect()
}

/// Says which values one part of the rows lacks, and whether that is too many to be chance.
fn missing(
    name: &str,
    train: ArrayView1<'_, u32>,
    test: ArrayView1<'_, u32>,
) -> Option<(String, bool)> {
    let values = |rows: ArrayView1<'_, u32>| rows.iter().copied().collect::<BTreeSet<_>>();
    let (of_train, of_test) = (values(train), values(test));
    let all = of_train.union(&of_test).count();
    let untested: Vec<_> = of_train.difference(&of_test).collect();
    let unlearned: Vec<_> = of_test.difference(&of_train).collect();
    let problem = match (untested.len(), unlearned.len()) {
        (0, 0) => return None,
        (count, 0) => format!(
            "test only {} of {all} values of factor `{name}`",
            all - count
        ),
        (_, count) => format!("test {count} values of factor `{name}` that none of the others has"),
    };
    let chance = |values: &[&u32], there: ArrayView1<'_, u32>, elsewhere: usize| {
        let count = there.iter().filter(|value| values.contains(value)).count();
        (1.0 - count as f64 / (train.len() + test.len()) as f64).powf(elsewhere as f64)
    };
    let chances = [
        chance(&untested, train, test.len()),
        chance(&unlearned, test, train.len()),
    ];
    let ordered = chances.iter().any(|&chance| chance < SURPRISE);
    Some((problem, ordered))
}

fn is_sorted(values: &[f64]) -> bool {
    values.is_sorted() || values.is_sorted_by(|a, b| a >= b)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn values_that_a_part_lacks_are_counted() {
        let found = missing("x", array![0, 1, 2].view(), array![1].view());
        let problem = "test only 1 of 3 values of factor `x`".to_owned();
        assert_eq!(found, Some((problem, false)));
        let found = missing("x", array![0, 1].view(), array![1, 2].view());
        let problem = "test 1 values of factor `x` that none of the others has".to_owned();
        assert_eq!(found, Some((problem, false)));
        assert_eq!(missing("x", array![0, 1].view(), array![1, 0].view()), None);
    }

    #[test]
    fn a_rare_value_is_missed_by_chance_and_half_of_the_rows_are_not() {
        let rare: Array1<u32> = (0..900).map(|row| u32::from(row < 3)).collect();
        let half: Array1<u32> = (0..900).map(|row| u32::from(row < 450)).collect();
        let test = Array1::zeros(100);
        let ordered = |train: &Array1<u32>| missing("x", train.view(), test.view()).unwrap().1;
        assert!(!ordered(&rare) && ordered(&half));
    }

    #[test]
    fn a_column_may_fall_or_rise() {
        assert!(is_sorted(&[1.0, 1.0, 2.0]) && is_sorted(&[3.0, 2.0]));
        assert!(!is_sorted(&[1.0, 2.0, 1.0]));
    }
}
