//! Sums in NumPy's order.
//!
//! Cuts of a tree often tie but for rounding, so boosted trees are scikit-learn's only if sums are rounded
//! as NumPy rounds them: eight partial sums up to 128 values, halves beyond.
//! Checked against NumPy 2.4, `numpy.add.reduce` of a contiguous array.

/// Returns the mean of values.
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}

fn sum(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().sum();
    }
    if n > 128 {
        let half = n / 2;
        let (left, right) = values.split_at(half - half % 8);
        return sum(left) + sum(right);
    }
    let mut blocks = values.chunks_exact(8);
    let mut r = [0.0; 8];
    for block in &mut blocks {
        for (r, value) in r.iter_mut().zip(block) {
            *r += value;
        }
    }
    let whole = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    blocks
        .remainder()
        .iter()
        .fold(whole, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NumPy 2.4: `numpy.sqrt(numpy.arange(n)).sum()`, in hexadecimal digits.
    #[test]
    fn sums_are_numpys() {
        for (n, expected) in EXPECTED {
            let roots: Vec<f64> = (0..n).map(|i| f64::from(i).sqrt()).collect();
            assert_eq!(sum(&roots), expected, "{n}");
        }
    }

    const EXPECTED: [(u32, f64); 5] = [
        (5, 6.146264369941973),
        (100, 661.4629471031479),
        (129, 970.8891094495568),
        (1000, 21065.833110879048),
        (4999, 235595.99415278994),
    ];
}
