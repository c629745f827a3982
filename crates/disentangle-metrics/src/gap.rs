//! The gap between the two largest of some values, none negative.

use ndarray::ArrayView1;

/// Returns the largest value minus the second largest; equals leave no gap, and one value its own size.
pub(crate) fn largest_gap(values: ArrayView1<'_, f64>) -> f64 {
    let (first, second) = values.iter().fold((0.0, 0.0), |(first, second), &value| {
        if value > first {
            (value, first)
        } else {
            (first, value.max(second))
        }
    });
    first - second
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_gap_is_between_the_two_largest() {
        assert_eq!(largest_gap(array![1.0, 4.0, 2.5].view()), 1.5);
        assert_eq!(largest_gap(array![4.0, 4.0, 1.0].view()), 0.0);
        assert_eq!(largest_gap(array![0.0, 0.0].view()), 0.0);
    }
}
