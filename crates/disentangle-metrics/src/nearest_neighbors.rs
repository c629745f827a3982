//! Mutual information of a real-valued code and a factor, by nearest neighbors: no bins.
//!
//! For classes (Ross 2014, "Mutual information between discrete and continuous data sets"): around each point, the
//! distance to its `k`-th neighbor of the same class holds `m` points of any class, and
//! `I = ψ(N) + ⟨ψ(kᵢ)⟩ − ⟨ψ(Nᵢ)⟩ − ⟨ψ(mᵢ)⟩`, `Nᵢ` being the size of the class; `k` is smaller in small classes, and
//! classes of one point are left out.
//! For real values (Kraskov et al. 2004, arXiv:cond-mat/0305641, estimator 1): the distance to the `k`-th neighbor in
//! the plane, by the larger of the two differences, gives `I = ψ(N) + ψ(k) − ⟨ψ(nₓ + 1) + ψ(nᵧ + 1)⟩`.
//! Checked against scikit-learn's `mutual_info_classif`, by golden values of InfoMEC. Negative results are zero.

use disentangle_seeds::Stream;

/// Standardizes a column and adds noise of 10⁻¹⁰ of its scale, which parts equal values.
pub(crate) fn jittered(column: &[f64], stream: &mut Stream) -> Vec<f64> {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
    let magnitude = column
        .iter()
        .map(|x| ((x - mean) / scale).abs())
        .sum::<f64>()
        / n;
    let noise = 1e-10 * magnitude.max(1.0);
    let jitter = |x: &f64| (x - mean) / scale + noise * stream.normal();
    column.iter().map(jitter).collect()
}

/// Returns the mutual information of a code and classes numbered from 0, in nats.
pub(crate) fn with_classes(
    code: &[f64],
    class_of: &[u32],
    classes: usize,
    neighbors: usize,
) -> f64 {
    let mut members = vec![Vec::new(); classes];
    for (&x, &class) in code.iter().zip(class_of) {
        members[class as usize].push(x);
    }
    members.retain(|members| members.len() > 1);
    let mut all: Vec<f64> = members.concat();
    if all.is_empty() {
        return 0.0;
    }
    all.sort_unstable_by(f64::total_cmp);
    let mut sum = 0.0;
    for members in &mut members {
        members.sort_unstable_by(f64::total_cmp);
        let k = neighbors.min(members.len() - 1);
        let of_class = digamma(k as f64) - digamma(members.len() as f64);
        for place in 0..members.len() {
            let radius = below(kth_distance(members, place, k));
            sum += of_class - digamma(within(&all, members[place], radius) as f64);
        }
    }
    (digamma(all.len() as f64) + sum / all.len() as f64).max(0.0)
}

/// Returns the mutual information of two real-valued columns, in nats.
pub(crate) fn with_values(x: &[f64], y: &[f64], neighbors: usize) -> f64 {
    let n = x.len();
    if n < 2 {
        return 0.0;
    }
    let k = neighbors.min(n - 1);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| x[a].total_cmp(&x[b]));
    let sorted_x: Vec<f64> = order.iter().map(|&row| x[row]).collect();
    let along: Vec<f64> = order.iter().map(|&row| y[row]).collect();
    let mut sorted_y = y.to_vec();
    sorted_y.sort_unstable_by(f64::total_cmp);
    let mut sum = 0.0;
    for place in 0..n {
        let radius = below(kth_in_plane(&sorted_x, &along, place, k));
        let count = |sorted: &[f64], at| within(sorted, at, radius) as f64;
        sum += digamma(count(&sorted_x, sorted_x[place]));
        sum += digamma(count(&sorted_y, along[place]));
    }
    (digamma(n as f64) + digamma(k as f64) - sum / n as f64).max(0.0)
}

/// Returns the distance of a sorted point to its `k`-th neighbor, which lies within `k` places.
fn kth_distance(sorted: &[f64], place: usize, k: usize) -> f64 {
    let (mut low, mut high) = (place, place);
    let mut distance = 0.0;
    for _ in 0..k {
        let left = low.checked_sub(1).map(|i| sorted[place] - sorted[i]);
        let right = sorted.get(high + 1).map(|x| x - sorted[place]);
        match (left, right) {
            (Some(left), Some(right)) if left > right => (distance, high) = (right, high + 1),
            (Some(left), _) => (distance, low) = (left, low - 1),
            (None, Some(right)) => (distance, high) = (right, high + 1),
            (None, None) => break,
        }
    }
    distance
}

/// Returns the distance to the `k`-th neighbor by the larger difference, looking outwards along the first axis.
fn kth_in_plane(x: &[f64], y: &[f64], place: usize, k: usize) -> f64 {
    let mut nearest: Vec<f64> = Vec::with_capacity(k + 1);
    let (mut low, mut high) = (place, place + 1);
    loop {
        let left = low.checked_sub(1).map(|i| (x[place] - x[i], i));
        let right = x.get(high).map(|value| (value - x[place], high));
        let (away, other) = match (left, right) {
            (Some(left), Some(right)) if left.0 > right.0 => right,
            (Some(left), _) => left,
            (None, Some(right)) => right,
            (None, None) => break,
        };
        if nearest.len() == k && away >= nearest[k - 1] {
            break;
        }
        if other < place {
            low = other;
        } else {
            high = other + 1;
        }
        let distance = away.max((y[other] - y[place]).abs());
        let at = nearest.partition_point(|&near| near <= distance);
        nearest.insert(at, distance);
        nearest.truncate(k);
    }
    nearest.last().copied().unwrap_or(0.0)
}

/// Returns the next number towards zero: the neighbor that gave a distance is not counted.
fn below(distance: f64) -> f64 {
    if distance > 0.0 {
        distance.next_down()
    } else {
        0.0
    }
}

/// Counts sorted values at most `radius` away, the point itself included.
fn within(sorted: &[f64], at: f64, radius: f64) -> usize {
    let low = sorted.partition_point(|&x| at - x > radius);
    let high = sorted.partition_point(|&x| x - at <= radius);
    high.saturating_sub(low).max(1)
}

/// Returns the digamma function of a positive number, to about 10⁻¹³: recurrence up to 8, then the asymptotic series.
fn digamma(mut x: f64) -> f64 {
    let mut shift = 0.0;
    while x < 8.0 {
        shift -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
    ];
    let tail = series
        .iter()
        .rev()
        .fold(0.0, |sum, term| (sum + term) * square);
    shift + x.ln() - 0.5 / x - tail
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;

    use super::*;

    /// ψ(1) = −γ, ψ(½) = −γ − 2 ln 2.
    #[test]
    fn digamma_has_its_known_values() {
        let gamma = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + gamma).abs() < 1e-12);
        assert!((digamma(0.5) + gamma + 2.0 * 2f64.ln()).abs() < 1e-12);
        assert!(
            (digamma(100.0) - (99..=99).fold(digamma(99.0), |x, n| x + 1.0 / f64::from(n))).abs()
                < 1e-12
        );
    }

    #[test]
    fn the_kth_neighbor_is_found_on_both_sides() {
        let sorted = [0.0, 1.0, 3.0, 3.5, 9.0];
        assert_eq!(kth_distance(&sorted, 2, 1), 0.5);
        assert_eq!(kth_distance(&sorted, 2, 2), 2.0);
        assert_eq!(kth_distance(&sorted, 0, 4), 9.0);
    }

    #[test]
    fn the_plane_agrees_with_trying_all() {
        let mut stream = Seeds::new(0).stream("test", 0);
        let mut x: Vec<f64> = (0..60).map(|_| stream.normal()).collect();
        x.sort_unstable_by(f64::total_cmp);
        let y: Vec<f64> = (0..60).map(|_| stream.normal()).collect();
        for place in 0..60 {
            let mut all: Vec<f64> = (0..60)
                .filter(|&other| other != place)
                .map(|other| (x[other] - x[place]).abs().max((y[other] - y[place]).abs()))
                .collect();
            all.sort_unstable_by(f64::total_cmp);
            assert_eq!(kth_in_plane(&x, &y, place, 4), all[3]);
        }
    }

    /// Of a bivariate normal, −½ ln(1 − ρ²); the estimator's spread at 2000 points is about 0.02.
    #[test]
    fn a_bivariate_normal_has_its_information() {
        let mut stream = Seeds::new(1).stream("test", 0);
        let x: Vec<f64> = (0..2000).map(|_| stream.normal()).collect();
        let y: Vec<f64> = x.iter().map(|x| 0.8 * x + 0.6 * stream.normal()).collect();
        let expected = -0.5 * (1.0f64 - 0.64).ln();
        assert!((with_values(&x, &y, 3) - expected).abs() < 0.06);
        let classes: Vec<u32> = x.iter().map(|&x| u32::from(x > 0.0)).collect();
        assert!((with_classes(&x, &classes, 2, 3) - 2f64.ln()).abs() < 0.06);
        let noise: Vec<f64> = x.iter().map(|_| stream.normal()).collect();
        assert!(with_classes(&noise, &classes, 2, 3) < 0.06);
    }

    #[test]
    fn single_points_of_a_class_know_nothing() {
        assert_eq!(with_classes(&[1.0, 2.0], &[0, 1], 2, 3), 0.0);
        assert_eq!(with_values(&[1.0], &[2.0], 3), 0.0);
    }
}
