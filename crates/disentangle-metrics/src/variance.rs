//! The spread of each code, and which codes are in use.

use ndarray::ArrayView2;

/// Returns the mean of some values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Returns the variance of each column, with `n − 1` in the denominator; zero for a single row.
pub(crate) fn variances(codes: ArrayView2<'_, f32>) -> Vec<f64> {
    let rows = codes.nrows() as f64;
    let mut means = vec![0.0; codes.ncols()];
    for row in codes.rows() {
        for (mean, &x) in means.iter_mut().zip(row) {
            *mean += f64::from(x);
        }
    }
    means.iter_mut().for_each(|mean| *mean /= rows);
    let mut squares = vec![0.0; codes.ncols()];
    for row in codes.rows() {
        for ((square, &x), mean) in squares.iter_mut().zip(row).zip(&means) {
            *square += (f64::from(x) - mean).powi(2);
        }
    }
    squares
        .iter_mut()
        .for_each(|square| *square /= (rows - 1.0).max(1.0));
    squares
}

/// Returns the columns whose standard deviation reaches the threshold.
///
/// A constant code is no answer, so a threshold of zero still leaves it out, unless `strict` repeats the
/// original, where it takes all votes.
pub(crate) fn active(variances: &[f64], threshold: f64, strict: bool) -> Vec<usize> {
    let is_active = |variance: f64| variance.sqrt() >= threshold && (strict || variance > 0.0);
    (0..variances.len())
        .filter(|&code| is_active(variances[code]))
        .collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn variances_divide_by_one_less_than_the_rows() {
        assert_eq!(variances(array![[1.0, 5.0], [3.0, 5.0]].view()), [2.0, 0.0]);
        assert_eq!(variances(array![[1.0]].view()), [0.0]);
    }

    #[test]
    fn a_constant_code_is_active_only_in_strict_mode() {
        assert_eq!(active(&[1.0, 0.0, 0.01], 0.0, false), [0, 2]);
        assert_eq!(active(&[1.0, 0.0, 0.01], 0.0, true), [0, 1, 2]);
        assert_eq!(active(&[1.0, 0.0, 0.01], 0.2, true), [0]);
    }
}
