//! Disentanglement and completeness of a matrix of importances.
//!
//! With rows and columns as distributions, `Dᵢ = 1 − H_K(Rᵢ)`, `Cⱼ = 1 − H_D(R·ⱼ)`, entropies to the base
//! of their length; the scores weigh them by each row's or column's share of all importance.
//! Eastwood & Williams 2018, section 3; checked against disentanglement_lib@86a644d, `metrics/dci.py`.

use ndarray::{Array2, ArrayView1};

/// What is added to each importance before its logarithm: the original's.
const FLOOR: f64 = 1e-11;

/// How much each code stands for one factor, and each factor for one code.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// The mean over codes, weighed by importance, in `[0, 1]`; `None` for a single factor.
    pub disentanglement: Option<f64>,
    /// The mean over factors, weighed by importance, in `[0, 1]`; `None` for a single code.
    pub completeness: Option<f64>,
    /// `Dᵢ` of each code; empty for a single factor.
    pub per_code: Vec<f64>,
    /// `Cⱼ` of each factor; empty for a single code.
    pub per_factor: Vec<f64>,
}

/// Returns how concentrated importances `[D, K]`, none negative, are along both axes.
pub fn concentration(importances: &Array2<f64>) -> Concentration {
    let by_row = lines(importances.rows().into_iter());
    let by_column = lines(importances.columns().into_iter());
    Concentration {
        disentanglement: by_row.as_ref().map(|(score, _)| *score),
        completeness: by_column.as_ref().map(|(score, _)| *score),
        per_code: by_row.map_or_else(Vec::new, |(_, each)| each),
        per_factor: by_column.map_or_else(Vec::new, |(_, each)| each),
    }
}

/// Returns the weighed mean of `1 − H` over lines, and each line's; `None` for lines of one entry.
fn lines<'a>(lines: impl Iterator<Item = ArrayView1<'a, f64>>) -> Option<(f64, Vec<f64>)> {
    let lines: Vec<_> = lines.collect();
    let length = lines.first()?.len();
    if length < 2 {
        return None;
    }
    let each: Vec<f64> = lines.iter().map(|line| 1.0 - entropy(line)).collect();
    let total: f64 = lines.iter().map(|line| line.sum()).sum();
    let weight = |line: &ArrayView1<'_, f64>| match total > 0.0 {
        true => line.sum() / total,
        false => 1.0 / lines.len() as f64,
    };
    let score = lines
        .iter()
        .zip(&each)
        .map(|(line, one)| weight(line) * one)
        .sum();
    Some((score, each))
}

/// Returns the entropy of a line as a distribution, to the base of its length.
fn entropy(line: &ArrayView1<'_, f64>) -> f64 {
    let total: f64 = line.iter().map(|x| x + FLOOR).sum();
    let nats: f64 = line
        .iter()
        .map(|x| (x + FLOOR) / total)
        .map(|p| -p * p.ln())
        .sum();
    nats / (line.len() as f64).ln()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_diagonal_scores_one_and_a_flat_matrix_zero() {
        let diagonal = concentration(&array![[2.0, 0.0], [0.0, 2.0]]);
        assert!((diagonal.disentanglement.unwrap() - 1.0).abs() < 1e-9);
        assert!((diagonal.completeness.unwrap() - 1.0).abs() < 1e-9);
        let flat = concentration(&Array2::ones((3, 2)));
        assert!(flat.disentanglement.unwrap().abs() < 1e-9);
        assert!(flat.completeness.unwrap().abs() < 1e-9);
    }

    /// Two copies of a code share its factor: each is pure, but the factor is spread over two of three.
    #[test]
    fn copies_are_disentangled_but_not_complete() {
        let scores = concentration(&array![[0.5, 0.0], [0.5, 0.0], [0.0, 1.0]]);
        assert!((scores.disentanglement.unwrap() - 1.0).abs() < 1e-9);
        let half = 1.0 - 2f64.ln() / 3f64.ln();
        assert!((scores.completeness.unwrap() - (half + 1.0) / 2.0).abs() < 1e-9);
    }

    /// A dead code has no weight, wherever it stands.
    #[test]
    fn dead_codes_weigh_nothing() {
        let scores = concentration(&array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        assert!((scores.disentanglement.unwrap() - 1.0).abs() < 1e-9);
        assert!(scores.per_code[0].abs() < 1e-9);
        let nothing = concentration(&Array2::zeros((2, 2)));
        assert!(nothing.disentanglement.unwrap().abs() < 1e-9);
    }

    #[test]
    fn one_factor_or_code_leaves_a_side_undefined() {
        let scores = concentration(&array![[0.3], [0.7]]);
        assert_eq!(scores.disentanglement, None);
        assert!(scores.completeness.is_some());
    }
}
