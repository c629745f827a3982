//! Eigenvalues of small symmetric matrices.

use ndarray::Array2;

/// Returns the eigenvalues of a symmetric matrix, ascending, by Jacobi's rotations.
pub(crate) fn eigenvalues(matrix: &Array2<f64>) -> Vec<f64> {
    let mut a = matrix.clone();
    let n = a.nrows();
    let total: f64 = a.iter().map(|x| x * x).sum();
    // Convergence is quadratic: ten sweeps are many.
    for _ in 0..50 {
        let off: f64 = a
            .indexed_iter()
            .filter(|((i, j), _)| i != j)
            .map(|(_, x)| x * x)
            .sum();
        if off <= 1e-34 * total {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, p, q);
            }
        }
    }
    let mut values: Vec<f64> = a.diag().to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Makes the entry `(p, q)` zero.
fn rotate(a: &mut Array2<f64>, p: usize, q: usize) {
    if a[[p, q]] == 0.0 {
        return;
    }
    let theta = (a[[q, q]] - a[[p, p]]) / (2.0 * a[[p, q]]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for i in 0..a.nrows() {
        let (x, y) = (a[[i, p]], a[[i, q]]);
        a[[i, p]] = c * x - s * y;
        a[[i, q]] = s * x + c * y;
    }
    for i in 0..a.ncols() {
        let (x, y) = (a[[p, i]], a[[q, i]]);
        a[[p, i]] = c * x - s * y;
        a[[q, i]] = s * x + c * y;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn small_matrices_have_their_eigenvalues() {
        let values = eigenvalues(&array![[2.0, 1.0], [1.0, 2.0]]);
        assert!((values[0] - 1.0).abs() < 1e-14 && (values[1] - 3.0).abs() < 1e-14);
        // The path on three nodes: 0, ±√2.
        let values = eigenvalues(&array![[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
        for (value, expected) in values.iter().zip([-(2f64.sqrt()), 0.0, 2f64.sqrt()]) {
            assert!((value - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn trace_is_kept() {
        let a = Array2::from_shape_fn((12, 12), |(i, j)| ((i * j + i + j) as f64).sin());
        let sum: f64 = eigenvalues(&a).iter().sum();
        assert!((sum - a.diag().sum()).abs() < 1e-12);
    }
}
