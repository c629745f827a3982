//! The best cuts of a node, searched in several sorted columns side by side.
//!
//! A cut scores `s_l²/n_l + s_r²/n_r`, `s` being the sums of targets on its sides. A running sum waits for the
//! one before, those of other columns do not wait for it. Cuts often tie but for rounding, so sums are added up in
//! scikit-learn's order.

use super::columns::{Columns, differ};
use super::cuts::{Cut, Cuts};

/// Columns that are searched together.
const LANES: usize = 4;
/// Products with reciprocals differ from quotients by a few units in the last place.
const NEARLY: f64 = 1.0 - 16.0 * f64::EPSILON;
/// No turn is left.
const NEVER: (usize, usize) = (usize::MAX, 0);

/// A node to search.
pub(super) struct Search<'a> {
    pub(super) columns: &'a Columns,
    /// The columns to search, those of a group once.
    pub(super) groups: &'a [Vec<usize>],
    /// `1 / i` at `i`.
    pub(super) inverse: &'a [f64],
    /// One a row.
    pub(super) targets: &'a [f64],
    /// Of the node's targets.
    pub(super) sum: f64,
}

/// A group of columns, and the node's rows sorted by one of them.
#[derive(Clone, Copy, Default)]
struct Lane<'a> {
    group: usize,
    rows: &'a [u32],
    values: &'a [f32],
    /// Neighbors that are not told apart, at most.
    longest_run: usize,
}

impl Search<'_> {
    /// Returns the best cuts; `sorted` gives the node's rows sorted by a column.
    pub(super) fn cuts<'a>(&'a self, sorted: impl Fn(usize) -> &'a [u32]) -> Cuts {
        let mut cuts = Cuts::default();
        let (mut lanes, mut count) = ([Lane::default(); LANES], 0);
        for (group, columns) in self.groups.iter().enumerate() {
            let values = &self.columns.values[columns[0]][..];
            let rows = sorted(columns[0]);
            let [first, last] = [rows[0], rows[rows.len() - 1]].map(|row| values[row as usize]);
            if !differ(first, last) {
                cuts.constant.push(columns[0]);
                continue;
            }
            lanes[count] = Lane {
                group,
                rows,
                values,
                longest_run: self.columns.longest_run[columns[0]],
            };
            count += 1;
            if count == LANES {
                self.add_best(&lanes, &mut cuts);
                count = 0;
            }
        }
        match lanes {
            [a, b, c, _] if count == 3 => self.add_best(&[a, b, c], &mut cuts),
            [a, b, ..] if count == 2 => self.add_best(&[a, b], &mut cuts),
            [a, ..] if count == 1 => self.add_best(&[a], &mut cuts),
            _ => {}
        }
        cuts
    }

    /// Adds the best cut of each column, the first of equals, unless another column has a better one.
    fn add_best<const N: usize>(&self, lanes: &[Lane<'_>; N], cuts: &mut Cuts) {
        let n = lanes[0].rows.len();
        let rows = lanes.map(|lane| &lane.rows[..n]);
        let mut nearly_best = cuts
            .best
            .map_or(f64::NEG_INFINITY, |cut| cut.score * NEARLY);
        let mut turns = turns(lanes);
        let mut turn = turns.pop().unwrap_or(NEVER);
        let mut left = [0.0; N];
        let mut best: [Option<(f64, usize)>; N] = [None; N];
        let inverses = self.inverse[1..n].iter();
        let inverses = inverses.zip(self.inverse[1..n].iter().rev());
        for (at, (to_left, to_right)) in inverses.enumerate() {
            for lane in 0..N {
                left[lane] += self.targets[rows[lane][at] as usize];
            }
            while turn.0 == at {
                left[turn.1] = self.left_from_above(&rows[turn.1][at + 1..]);
                turn = turns.pop().unwrap_or(NEVER);
            }
            let mut scores = [0.0; N];
            for lane in 0..N {
                let right = self.sum - left[lane];
                scores[lane] = left[lane] * left[lane] * to_left + right * right * to_right;
            }
            if scores.iter().all(|&score| score < nearly_best) {
                continue;
            }
            for lane in 0..N {
                if scores[lane] >= nearly_best && lanes[lane].is_cut(at) {
                    // Cuts that tie but for rounding are told apart as in scikit-learn, which divides.
                    let right = self.sum - left[lane];
                    let (n_left, n_right) = ((at + 1) as f64, (n - at - 1) as f64);
                    let score = left[lane] * left[lane] / n_left + right * right / n_right;
                    if best[lane].is_none_or(|(best, _)| score > best) {
                        best[lane] = Some((score, at));
                        nearly_best = nearly_best.max(score * NEARLY);
                    }
                }
            }
        }
        for (lane, best) in lanes.iter().zip(best) {
            if let Some((score, at)) = best {
                cuts.add(lane.cut(score, at));
            }
        }
    }

    /// Returns the sum below a cut, from the whole sum and the rows above: where these are fewer than those that a step
    /// adds below, scikit-learn takes them away instead.
    fn left_from_above(&self, above: &[u32]) -> f64 {
        let targets = above.iter().rev().map(|&row| self.targets[row as usize]);
        targets.fold(self.sum, |sum, target| sum - target)
    }
}

/// Returns where a lane's sum turns to what is above the cut, the lowest place last.
fn turns(lanes: &[Lane<'_>]) -> Vec<(usize, usize)> {
    let mut turns = Vec::new();
    for (index, lane) in lanes.iter().enumerate() {
        lane.for_turns(|at| turns.push((at, index)));
    }
    turns.sort_unstable_by(|a, b| b.cmp(a));
    turns
}

impl Lane<'_> {
    /// Names the cuts below which a run of equal values is longer than all that is above.
    fn for_turns(&self, mut turn: impl FnMut(usize)) {
        let n = self.rows.len();
        if self.longest_run < 2 {
            return;
        }
        let mut first = n.saturating_sub(self.longest_run);
        while first > 0 && !self.is_cut(first - 1) {
            first -= 1;
        }
        let mut start = first;
        for at in first..n - 1 {
            if self.is_cut(at) {
                if at + 1 - start > n - 1 - at {
                    turn(at);
                }
                start = at + 1;
            }
        }
    }

    fn value(&self, at: usize) -> f32 {
        self.values[self.rows[at] as usize]
    }

    /// Tells whether a cut after a row is allowed.
    fn is_cut(&self, at: usize) -> bool {
        differ(self.value(at), self.value(at + 1))
    }

    fn cut(&self, score: f64, at: usize) -> Cut {
        Cut {
            score,
            group: self.group,
            low: self.value(at),
            high: self.value(at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;
    use ndarray::Array2;

    use super::*;

    /// Runs of 5, 1, 2 and 1 rows: the first is longer than the 4 above it, the third longer than the last.
    #[test]
    fn sums_turn_after_long_runs() {
        let values = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 3.0];
        let x = Array2::from_shape_vec((9, 1), values.to_vec()).expect("nine values");
        let columns = Columns::new(x.view());
        assert_eq!(columns.longest_run, [5]);
        let lane = Lane {
            group: 0,
            rows: &columns.sorted[0],
            values: &columns.values[0],
            longest_run: 5,
        };
        assert_eq!(turns(&[lane]), [(7, 0), (4, 0)]);
    }

    /// Any number of columns, so that lanes are left over: as one column at a time, cut by cut.
    #[test]
    fn the_best_of_all_cuts_is_found() {
        let mut stream = Seeds::new(0).stream("test", 0);
        let n = 40;
        let inverse: Vec<f64> = (0..=n).map(|n| 1.0 / n as f64).collect();
        for d in 1..=9 {
            let x = Array2::from_shape_fn((n, d), |_| stream.below(12) as f32);
            let targets: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
            let columns = Columns::new(x.view());
            let search = Search {
                columns: &columns,
                groups: &columns.singles,
                inverse: &inverse,
                targets: &targets,
                sum: targets.iter().sum(),
            };
            let found = search.cuts(|column| &columns.sorted[column]);
            let found = found.best.expect("columns vary");
            let score = |column: usize, low: f32| {
                let left: Vec<f64> = (0..n)
                    .filter(|&row| x[[row, column]] <= low)
                    .map(|row| targets[row])
                    .collect();
                let (sum, count) = (left.iter().sum::<f64>(), left.len() as f64);
                let rest = search.sum - sum;
                sum * sum / count + rest * rest / (n as f64 - count)
            };
            let all = (0..d).flat_map(|column| (0..11).map(move |low| (column, low as f32)));
            let largest = all
                .map(|(column, low)| score(column, low))
                .fold(0.0, |a: f64, b| if b.is_finite() { a.max(b) } else { a });
            assert!((found.score - largest).abs() < 1e-12);
            assert!((score(found.group, found.low) - largest).abs() < 1e-12);
        }
    }
}
