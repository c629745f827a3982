//! The values of a factor, numbered without gaps.

use ndarray::ArrayView1;

/// The class of each row, numbered from 0 in the order of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Classes {
    /// One class a row.
    pub(crate) of_row: Vec<u32>,
    /// Number of classes that occur.
    pub(crate) count: usize,
    /// The value of each class, ascending.
    pub(crate) values: Vec<u32>,
}

impl Classes {
    /// Numbers the values that occur.
    pub(crate) fn of(values: ArrayView1<'_, u32>) -> Self {
        let largest = values.iter().max().map_or(0, |&value| value as usize);
        // A table of all possible values is fast, but values may be anything up to 2³².
        if largest < 4 * values.len() + 1024 {
            Self::by_table(values, largest)
        } else {
            Self::by_search(values)
        }
    }

    fn by_table(values: ArrayView1<'_, u32>, largest: usize) -> Self {
        let mut class_of_value = vec![0; largest + 1];
        for &value in values {
            class_of_value[value as usize] = 1;
        }
        let mut distinct = Vec::new();
        for (value, class) in class_of_value.iter_mut().enumerate() {
            if *class == 1 {
                *class = distinct.len() as u32;
                distinct.push(value as u32);
            }
        }
        Self {
            of_row: values
                .iter()
                .map(|&value| class_of_value[value as usize])
                .collect(),
            count: distinct.len(),
            values: distinct,
        }
    }

    fn by_search(values: ArrayView1<'_, u32>) -> Self {
        let mut distinct = values.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            of_row: values
                .iter()
                .map(|value| distinct.partition_point(|other| other < value) as u32)
                .collect(),
            count: distinct.len(),
            values: distinct,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn gaps_close_and_order_stays() {
        for far in [9, u32::MAX] {
            let classes = Classes::of(array![far, 2, 5, 2].view());
            assert_eq!(classes.of_row, [2, 0, 1, 0]);
            assert_eq!(classes.count, 3);
            assert_eq!(classes.values, [2, 5, far]);
        }
    }
}
