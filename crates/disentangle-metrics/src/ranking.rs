//! The largest of some values, and what stands second.

use ndarray::ArrayView1;

/// The two largest of some values, none negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BestTwo {
    /// Where the largest is, the first of equals.
    pub(crate) place: usize,
    /// The largest.
    pub(crate) first: f64,
    /// The second largest; zero if there is one value only.
    pub(crate) second: f64,
}

/// Finds the two largest values; of none, zeros.
pub(crate) fn best_two(values: ArrayView1<'_, f64>) -> BestTwo {
    let mut best = BestTwo {
        place: 0,
        first: f64::NEG_INFINITY,
        second: f64::NEG_INFINITY,
    };
    for (place, &value) in values.iter().enumerate() {
        if value > best.first {
            best = BestTwo {
                place,
                first: value,
                second: best.first,
            };
        } else {
            best.second = best.second.max(value);
        }
    }
    best.first = best.first.max(0.0);
    best.second = best.second.max(0.0);
    best
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_first_of_equals_wins_and_leaves_no_gap() {
        let best = best_two(array![1.0, 4.0, 4.0].view());
        assert_eq!((best.place, best.first, best.second), (1, 4.0, 4.0));
        let best = best_two(array![0.5].view());
        assert_eq!((best.place, best.first, best.second), (0, 0.5, 0.0));
    }
}
