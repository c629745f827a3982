//! Entropy and mutual information of classes, in nats.
//!
//! `I(a; b) = Σ n_ab/n · ln(n·n_ab / (n_a·n_b))`, the plug-in estimate, without bias correction: for
//! independent variables its mean is about `(A − 1)(B − 1) / 2n`.
//! Checked against scikit-learn 1.9.1, `mutual_info_score`: terms below the machine epsilon and sums below
//! zero count as zero.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::classes::Classes;
use crate::error::Error;
use crate::histogram::Histogram;
use crate::parallel::try_map;
use crate::table::{check_finite, check_shapes};

/// Returns the entropy of a factor, in nats.
pub fn entropy(values: ArrayView1<'_, u32>) -> f64 {
    let classes = Classes::of(values);
    let mut counts = vec![0u32; classes.count];
    for &class in &classes.of_row {
        counts[class as usize] += 1;
    }
    let n = values.len() as f64;
    counts
        .iter()
        .map(|&count| f64::from(count) / n * (n / f64::from(count)).ln())
        .sum()
}

/// Returns the entropy of each factor, in nats, so that it can be divided by.
///
/// # Errors
/// If a factor is constant.
pub(crate) fn entropies(factors: ArrayView2<'_, u32>) -> Result<Vec<f64>, Error> {
    let columns = factors.columns().into_iter().enumerate();
    let nonzero = |(factor, column)| match entropy(column) {
        0.0 => Err(Error::ConstantFactor { factor }),
        entropy => Ok(entropy),
    };
    columns.map(nonzero).collect()
}

/// Returns the entropy of each binned code, in nats.
///
/// # Errors
/// If the range of a code is too large.
pub(crate) fn code_entropies(
    codes: ArrayView2<'_, f32>,
    histogram: &Histogram,
) -> Result<Vec<f64>, Error> {
    let of = |code| {
        let bins = histogram.bin(codes.column(code), code)?;
        let bins: Array1<u32> = bins.into_iter().map(u32::from).collect();
        Ok(entropy(bins.view()))
    };
    try_map(codes.ncols(), of)
}

/// Returns the mutual information of two factors of as many rows, in nats; rows beyond the shorter are
/// left out.
pub fn mutual_information(a: ArrayView1<'_, u32>, b: ArrayView1<'_, u32>) -> f64 {
    let (a, b) = (Classes::of(a), Classes::of(b));
    let mut joint = vec![0; a.count * b.count];
    for (&a, &class) in a.of_row.iter().zip(&b.of_row) {
        joint[a as usize * b.count + class as usize] += 1;
    }
    of_joint(&joint, b.count)
}

/// Returns the mutual information `[D, K]` of binned codes and factors, in nats.
///
/// # Errors
/// If an array is empty, the numbers of rows differ, a code is not finite, or its range is too large.
pub fn mutual_information_matrix(
    codes: ArrayView2<'_, f32>,
    factors: ArrayView2<'_, u32>,
    histogram: &Histogram,
) -> Result<Array2<f64>, Error> {
    check_shapes(codes, factors)?;
    check_finite(codes)?;
    let factors: Vec<_> = factors.columns().into_iter().collect();
    let factors: Vec<_> = factors.into_par_iter().map(Classes::of).collect();
    let rows: Vec<Vec<f64>> = try_map(codes.ncols(), |code| {
        let bins = histogram.bin(codes.column(code), code)?;
        let of = |factor| of_joint(&joint(factor, &bins, histogram.bins), histogram.bins);
        Ok(factors.iter().map(of).collect())
    })?;
    Ok(Array2::from_shape_fn(
        (codes.ncols(), factors.len()),
        |(code, factor)| rows[code][factor],
    ))
}

/// Returns the mutual information of two binned codes of as many rows, in nats.
pub(crate) fn binned_information(a: &[u16], b: &[u16], bins: usize) -> f64 {
    let mut joint = vec![0; bins * bins];
    for (&a, &b) in a.iter().zip(b) {
        joint[usize::from(a) * bins + usize::from(b)] += 1;
    }
    of_joint(&joint, bins)
}

/// Counts the rows of each class and bin, `[classes, bins]`.
pub(crate) fn joint(factor: &Classes, bins: &[u16], width: usize) -> Vec<u32> {
    let mut joint = vec![0; factor.count * width];
    for (&class, &bin) in factor.of_row.iter().zip(bins) {
        joint[class as usize * width + usize::from(bin)] += 1;
    }
    joint
}

fn of_joint(joint: &[u32], width: usize) -> f64 {
    let row_sums: Vec<f64> = joint
        .chunks_exact(width)
        .map(|row| row.iter().map(|&count| f64::from(count)).sum())
        .collect();
    let mut column_sums = vec![0.0; width];
    for row in joint.chunks_exact(width) {
        for (sum, &count) in column_sums.iter_mut().zip(row) {
            *sum += f64::from(count);
        }
    }
    let is_single = |sums: &[f64]| sums.iter().filter(|&&sum| sum > 0.0).count() < 2;
    if is_single(&row_sums) || is_single(&column_sums) {
        return 0.0;
    }
    let n: f64 = row_sums.iter().sum();
    let mut information = 0.0;
    for (row, row_sum) in joint.chunks_exact(width).zip(&row_sums) {
        for (&count, column_sum) in row.iter().zip(&column_sums) {
            if count > 0 {
                let count = f64::from(count);
                let term = count / n * (n * count / (row_sum * column_sum)).ln();
                information += if term.abs() < f64::EPSILON { 0.0 } else { term };
            }
        }
    }
    information.max(0.0)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_fair_coin_has_ln_2() {
        let coin = array![0, 1, 1, 0];
        assert!((entropy(coin.view()) - 2f64.ln()).abs() < 1e-15);
        assert!((mutual_information(coin.view(), coin.view()) - 2f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn independent_and_constant_variables_share_nothing() {
        let (a, b) = (array![0, 0, 1, 1], array![0, 1, 0, 1]);
        assert_eq!(mutual_information(a.view(), b.view()), 0.0);
        assert_eq!(mutual_information(a.view(), array![7, 7, 7, 7].view()), 0.0);
    }

    /// By hand: three rows, `a = 0 0 1`, `b = 0 1 1`: I = ln 3 − (4/3) ln 2.
    #[test]
    fn a_small_table_is_right() {
        let information = mutual_information(array![0, 0, 1].view(), array![0, 1, 1].view());
        assert!((information - (3f64.ln() - 4.0 / 3.0 * 2f64.ln())).abs() < 1e-15);
    }
}
