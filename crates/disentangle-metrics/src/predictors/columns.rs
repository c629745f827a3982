//! Codes by column, each sorted once: trees never sort again.
//!
//! A tree partitions the sorted rows of a node stably among its children, so that each child's rows are
//! sorted too; scikit-learn sorts every feature in every node.

use ndarray::ArrayView2;
use rayon::prelude::*;

/// Values that differ by less are not told apart, in `f32` arithmetic as in scikit-learn.
const CLOSE: f32 = 1e-7;

/// The columns of codes `[n, D]`, in the order of the rows and sorted.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(super) rows: usize,
    /// `[D][n]`
    pub(super) values: Vec<Vec<f32>>,
    /// Rows `[D][n]`, their values ascending; rows of equal value in their order.
    pub(super) sorted: Vec<Vec<u32>>,
    /// The most rows `[D]` whose neighbors in a sorted column are not told apart.
    pub(super) longest_run: Vec<usize>,
    /// The place of each column in an order that depends on what the columns hold, not where they stand,
    /// so that random choices among columns do not depend on their order.
    pub(super) place: Vec<usize>,
    /// Columns that any tree treats alike, as they sort all rows alike; each in one group.
    pub(super) groups: Vec<Vec<usize>>,
    /// Each column in a group of its own.
    pub(super) singles: Vec<Vec<usize>>,
}

impl Columns {
    /// Sorts the columns.
    pub(crate) fn new(x: ArrayView2<'_, f32>) -> Self {
        let columns: Vec<_> = x.columns().into_iter().collect();
        let values: Vec<Vec<f32>> = columns.par_iter().map(|column| column.to_vec()).collect();
        let sorted: Vec<_> = values.par_iter().map(|values| sort(values)).collect();
        Self {
            rows: x.nrows(),
            groups: groups(&values, &sorted),
            longest_run: values
                .iter()
                .zip(&sorted)
                .map(|(values, sorted)| longest_run(values, sorted))
                .collect(),
            singles: (0..values.len()).map(|column| vec![column]).collect(),
            sorted,
            place: places(&values),
            values,
        }
    }

    /// Returns the number of columns D.
    pub(super) fn count(&self) -> usize {
        self.values.len()
    }
}

/// Tells whether a cut between two neighbors is allowed.
pub(super) fn differ(low: f32, high: f32) -> bool {
    high > low + CLOSE
}

/// Returns the threshold between two neighbors; values up to it go left.
pub(super) fn between(low: f32, high: f32) -> f64 {
    // Halves of `f32` and their sum are exact in `f64`.
    f64::from(low) / 2.0 + f64::from(high) / 2.0
}

fn sort(values: &[f32]) -> Vec<u32> {
    let mut keys: Vec<u64> = values
        .iter()
        .enumerate()
        .map(|(row, value)| u64::from(ordered(*value)) << 32 | row as u64)
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u32).collect()
}

fn longest_run(values: &[f32], sorted: &[u32]) -> usize {
    let same = |&a: &u32, &b: &u32| !differ(values[a as usize], values[b as usize]);
    sorted.chunk_by(same).map(<[u32]>::len).max().unwrap_or(0)
}

/// Maps floats to integers of the same order.
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    }
}

/// Groups columns with the same rows in the same order, equal values at the same places.
fn groups(values: &[Vec<f32>], sorted: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let alike = |a: usize, b: usize| {
        sorted[a] == sorted[b]
            && sorted[a].windows(2).all(|rows| {
                let [(a, next_a), (b, next_b)] = [a, b].map(|column: usize| {
                    (
                        values[column][rows[0] as usize],
                        values[column][rows[1] as usize],
                    )
                });
                (a == next_a) == (b == next_b) && differ(a, next_a) == differ(b, next_b)
            })
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for column in 0..sorted.len() {
        match groups.iter_mut().find(|group| alike(group[0], column)) {
            Some(group) => group.push(column),
            None => groups.push(vec![column]),
        }
    }
    groups
}

fn places(values: &[Vec<f32>]) -> Vec<usize> {
    let fingerprint = |column: &Vec<f32>| {
        column.iter().fold(0u64, |hash, value| {
            (hash.rotate_left(5) ^ u64::from(value.to_bits())).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    };
    let fingerprints: Vec<_> = values.iter().map(fingerprint).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&column| fingerprints[column]);
    let mut places = vec![0; values.len()];
    for (place, column) in order.into_iter().enumerate() {
        places[column] = place;
    }
    places
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};

    use super::*;

    #[test]
    fn columns_are_sorted_and_equal_values_keep_their_order() {
        let columns = Columns::new(array![[0.5], [-2.0], [0.5], [-0.25], [f32::MIN]].view());
        assert_eq!(columns.sorted[0], [4, 1, 3, 0, 2]);
    }

    #[test]
    fn places_follow_the_columns() {
        let x = array![[0.5, 1.0, -3.0], [2.0, 1.5, 0.0]];
        let order = [2, 0, 1];
        let (a, b) = (
            Columns::new(x.view()),
            Columns::new(x.select(Axis(1), &order).view()),
        );
        for (new, old) in order.into_iter().enumerate() {
            assert_eq!(b.place[new], a.place[old]);
        }
    }

    #[test]
    fn columns_that_sort_alike_are_grouped() {
        let x = array![
            [0.0, 0.0, 0.0, 0.0],
            [1.0, 2.0, -1.0, 1.0],
            [1.0, 2.0, -1.0, 1.5]
        ];
        assert_eq!(
            Columns::new(x.view()).groups,
            [vec![0, 1], vec![2], vec![3]]
        );
    }

    #[test]
    fn neighbors_that_are_too_close_are_one() {
        assert!(differ(0.0, 2e-7));
        assert!(!differ(0.0, 1e-7));
        // The next float after 4 is further than 1e-7, after 1 it is rounded to.
        assert!(differ(4.0, f32::from_bits(4f32.to_bits() + 1)));
        assert!(!differ(1.0, f32::from_bits(1f32.to_bits() + 1)));
    }
}
