//! Rank correlation: whether two metrics put the same runs first.
//!
//! Spearman's ρ: Pearson's correlation of the ranks, equal values sharing their mean rank.

/// Returns Spearman's ρ of pairs, in `[-1, 1]`; none if there are fewer than two pairs or if one side is
/// constant.
pub(crate) fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let a = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let b = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    // Ranks from 1 have this mean, shared or not.
    let mean = (pairs.len() as f64 + 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let scale = (product(&a, &a) * product(&b, &b)).sqrt();
    (scale > 0.0).then(|| (product(&a, &b) / scale).clamp(-1.0, 1.0))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = below as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|&place| ranks[place] = shared);
        below += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    #[test]
    fn only_the_order_counts() {
        let rising = [(0.0, 0.0), (1.0, 1.0), (2.0, 100.0)];
        assert_eq!(spearman(&rising), Some(1.0));
        assert_eq!(spearman(&rising.map(|(a, b)| (a, -b))), Some(-1.0));
        // Ranks 1 2 3 4 against 2 1 4 3: ρ = 1 − 6·4/(4·15).
        let mixed = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0)];
        assert!((spearman(&mixed).unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_vary_has_no_order() {
        assert_eq!(spearman(&[]), None);
        assert_eq!(spearman(&[(1.0, 2.0)]), None);
        assert_eq!(spearman(&[(1.0, 2.0), (1.0, 3.0)]), None);
    }
}
