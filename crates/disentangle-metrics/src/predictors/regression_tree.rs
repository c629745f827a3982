//! A regression tree of squared error, as gradient boosting grows it.
//!
//! A node is cut where `s_l²/n_l + s_r²/n_r` is largest, `s` being sums of targets; among equal cuts a
//! random column wins. Breiman et al. 1984; checked against scikit-learn 1.9.1, `tree/_splitter.pyx`.
//! Differs: columns are sorted once and partitioned stably, instead of being sorted in every node. Columns
//! that sort all rows alike tie in every node: they share the importance that scikit-learn gives one of
//! them at random, which is its mean.

use disentangle_seeds::Stream;

use super::columns::{Columns, Entry, between, differ};

/// A node without spread is a leaf: scikit-learn's `EPSILON`.
const PURE: f64 = f64::EPSILON;
/// Products with reciprocals differ from quotients by a few units in the last place.
const NEARLY: f64 = 1.0 - 16.0 * f64::EPSILON;

/// A fitted tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

/// A node: a cut with its children, or a leaf with its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Node {
    Cut {
        column: u32,
        threshold: f64,
        left: u32,
        right: u32,
    },
    Leaf {
        value: f64,
    },
}

impl Tree {
    /// Returns the value of the leaf that a row of codes falls into.
    pub(super) fn value(&self, code: impl Fn(usize) -> f32) -> f64 {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf { value } => return value,
                Node::Cut {
                    column,
                    threshold,
                    left,
                    right,
                } => {
                    let goes_left = f64::from(code(column as usize)) <= threshold;
                    at = if goes_left { left } else { right } as usize;
                }
            }
        }
    }
}

/// What a tree is grown with; the buffers are used for one tree after another.
pub(super) struct Grower<'a> {
    columns: &'a Columns,
    /// `1 / i` at `i`.
    inverse: &'a [f64],
    depth: usize,
    /// Rows, those of a node side by side.
    rows: Vec<u32>,
    spare_rows: Vec<u32>,
    /// Whether a row goes right in the cut at hand.
    right: Vec<bool>,
    /// The sorted columns `[D][n]` of the nodes at depth 1, 2, …; those at depth 0 are the columns' own.
    levels: Vec<Vec<Entry>>,
    /// One sorted column of two siblings that are the last to be cut.
    scratch: Vec<Entry>,
    /// The rank of each place among columns that tie, for two siblings.
    ranks: [Vec<usize>; 2],
}

/// A tree that is being grown.
struct Growth<'a> {
    targets: &'a [f64],
    stream: &'a mut Stream,
    grown: Grown,
}

/// A grown tree, before its leaves have values.
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// The node and the rows of each leaf, as a range of [`Grower::rows`].
    pub(super) leaves: Vec<(usize, std::ops::Range<usize>)>,
    /// How much each column's cuts reduce the squared error, per row of the tree.
    pub(super) importances: Vec<f64>,
}

/// Rows `start..end` of a node, with the sum and the squared sum of their targets.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    sum: f64,
    squares: f64,
}

/// The best cut of a node so far: between two neighbors of a column.
#[derive(Debug, Clone, Copy)]
struct Cut {
    score: f64,
    /// The group of its column.
    group: usize,
    low: f32,
    high: f32,
}

impl<'a> Grower<'a> {
    pub(super) fn new(columns: &'a Columns, inverse: &'a [f64], depth: usize) -> Self {
        let n = columns.rows;
        let level = || vec![Entry::default(); n * columns.count()];
        Self {
            columns,
            inverse,
            depth,
            rows: vec![0; n],
            spare_rows: vec![0; n],
            right: vec![false; n],
            levels: (2..depth).map(|_| level()).collect(),
            scratch: vec![Entry::default(); n],
            ranks: [0; 2].map(|_| (0..columns.count()).collect()),
        }
    }

    /// Returns the rows of a range of leaves.
    pub(super) fn rows(&self, range: std::ops::Range<usize>) -> &[u32] {
        &self.rows[range]
    }

    /// Grows a tree on targets, one a row.
    pub(super) fn grow(&mut self, targets: &[f64], stream: &mut Stream) -> Grown {
        for (row, at) in self.rows.iter_mut().enumerate() {
            *at = row as u32;
        }
        // Grown trees leave their last ranks behind.
        for ranks in &mut self.ranks {
            ranks
                .iter_mut()
                .enumerate()
                .for_each(|(place, rank)| *rank = place);
        }
        let root = self.span(0, targets.len(), targets);
        let mut growth = Growth {
            targets,
            stream,
            grown: Grown {
                tree: Tree::default(),
                leaves: Vec::with_capacity(1 << self.depth.min(8)),
                importances: vec![0.0; self.columns.count()],
            },
        };
        let mut best = None;
        if self.is_cut(&root, 0) {
            growth.stream.shuffle(&mut self.ranks[0]);
            for (group, columns) in self.columns.groups.iter().enumerate() {
                let sorted = &self.columns.sorted[columns[0]];
                let cut = self.best_cut(sorted, targets, root.sum);
                self.improve(&mut best, 0, group, cut);
            }
        }
        self.settle(root, best, 0, &mut growth);
        let mut grown = growth.grown;
        let n = targets.len() as f64;
        grown.importances.iter_mut().for_each(|sum| *sum /= n);
        grown
    }

    fn span(&self, start: usize, end: usize, targets: &[f64]) -> Span {
        let (mut sum, mut squares) = (0.0, 0.0);
        for &row in &self.rows[start..end] {
            let target = targets[row as usize];
            sum += target;
            squares += target * target;
        }
        Span {
            start,
            end,
            sum,
            squares,
        }
    }

    fn is_cut(&self, span: &Span, depth: usize) -> bool {
        depth < self.depth && span.len() > 1 && span.impurity() > PURE
    }

    /// Keeps the better cut; a random rank decides between equals.
    fn improve(&self, best: &mut Option<Cut>, side: usize, group: usize, cut: Option<Cut>) {
        let Some(cut) = cut else { return };
        let rank = |group: usize| {
            let columns = self.columns.groups[group].iter();
            let ranks = columns.map(|&column| self.ranks[side][self.columns.place[column]]);
            ranks.min()
        };
        let wins = best.is_none_or(|best| {
            cut.score > best.score || (cut.score == best.score && rank(group) < rank(best.group))
        });
        if wins {
            *best = Some(Cut { group, ..cut });
        }
    }

    /// Returns the best cut of sorted rows, the first of equals.
    fn best_cut(&self, entries: &[Entry], targets: &[f64], sum: f64) -> Option<Cut> {
        let n = entries.len();
        let (mut left, mut best, mut at) = (0.0, f64::NEG_INFINITY, 0);
        let mut nearly_best = best;
        let inverses = self.inverse[1..n].iter();
        let inverses = inverses.zip(self.inverse[1..n].iter().rev()).enumerate();
        for (pair, (before, (to_left, to_right))) in entries.windows(2).zip(inverses) {
            left += targets[pair[0].row as usize];
            if differ(pair[0].value, pair[1].value) {
                let right = sum - left;
                if left * left * to_left + right * right * to_right >= nearly_best {
                    // Cuts that tie but for rounding are told apart as in scikit-learn, which divides.
                    let (n_left, n_right) = ((before + 1) as f64, (n - before - 1) as f64);
                    let score = left * left / n_left + right * right / n_right;
                    if score > best {
                        (best, nearly_best) = (score, score * NEARLY);
                        at = before;
                    }
                }
            }
        }
        (best > f64::NEG_INFINITY).then(|| Cut {
            score: best,
            group: 0,
            low: entries[at].value,
            high: entries[at + 1].value,
        })
    }

    /// Makes a node a leaf, or cuts it and settles its children.
    fn settle(
        &mut self,
        span: Span,
        cut: Option<Cut>,
        depth: usize,
        growth: &mut Growth<'_>,
    ) -> u32 {
        let node = growth.grown.tree.nodes.len();
        growth.grown.tree.nodes.push(Node::Leaf { value: 0.0 });
        let Some(cut) = cut else {
            growth.grown.leaves.push((node, span.start..span.end));
            return node as u32;
        };
        let threshold = between(cut.low, cut.high);
        let columns = &self.columns.groups[cut.group];
        let middle = self.partition(&span, columns[0], threshold);
        let children = [
            self.span(span.start, middle, growth.targets),
            self.span(middle, span.end, growth.targets),
        ];
        let reduction = span.error() - children[0].error() - children[1].error();
        for &column in columns {
            growth.grown.importances[column] += reduction / columns.len() as f64;
        }
        let cuts = self.cut_children(&children, depth, growth);
        let left = self.settle(children[0], cuts[0], depth + 1, growth);
        let right = self.settle(children[1], cuts[1], depth + 1, growth);
        growth.grown.tree.nodes[node] = Node::Cut {
            column: columns[0] as u32,
            threshold,
            left,
            right,
        };
        node as u32
    }

    /// Moves the rows that go left to the front, keeping their order; returns where the right ones begin.
    fn partition(&mut self, span: &Span, column: usize, threshold: f64) -> usize {
        let values = &self.columns.values[column];
        let (mut left, mut right) = (span.start, 0);
        for at in span.start..span.end {
            let row = self.rows[at];
            let goes_right = f64::from(values[row as usize]) > threshold;
            self.right[row as usize] = goes_right;
            if goes_right {
                self.spare_rows[right] = row;
                right += 1;
            } else {
                self.rows[left] = row;
                left += 1;
            }
        }
        self.rows[left..span.end].copy_from_slice(&self.spare_rows[..right]);
        left
    }

    /// Returns the best cuts of two siblings; partitions their parent's sorted columns on the way.
    fn cut_children(
        &mut self,
        children: &[Span; 2],
        depth: usize,
        growth: &mut Growth<'_>,
    ) -> [Option<Cut>; 2] {
        let mut best = [None, None];
        let wanted = [0, 1].map(|side: usize| self.is_cut(&children[side], depth + 1));
        if wanted == [false; 2] {
            return best;
        }
        self.ranks
            .iter_mut()
            .for_each(|ranks| growth.stream.shuffle(ranks));
        let (start, middle, end) = (children[0].start, children[0].end, children[1].end);
        // The buffers leave the grower, so that it can be read while they are written.
        let mut levels = std::mem::take(&mut self.levels);
        let mut scratch = std::mem::take(&mut self.scratch);
        let stored = depth.min(levels.len());
        let (above, below) = levels.split_at_mut(stored);
        let n = self.columns.rows;
        for (group, columns) in self.columns.groups.iter().enumerate() {
            let column = columns[0];
            let sorted = &self.columns.sorted[column];
            if !differ(sorted[0].value, sorted[n - 1].value) {
                continue;
            }
            let here = column * n + start..column * n + end;
            let source = match depth {
                0 => &sorted[start..end],
                _ => &above[depth - 1][here.clone()],
            };
            let target = match below.first_mut() {
                Some(level) => &mut level[here],
                None => &mut scratch[..end - start],
            };
            split_stably(source, target, &self.right, middle - start);
            let (left, right) = target.split_at(middle - start);
            for (side, entries) in [left, right].into_iter().enumerate() {
                if wanted[side] && differ(entries[0].value, entries[entries.len() - 1].value) {
                    let cut = self.best_cut(entries, growth.targets, children[side].sum);
                    self.improve(&mut best[side], side, group, cut);
                }
            }
        }
        (self.levels, self.scratch) = (levels, scratch);
        best
    }
}

impl Span {
    fn len(&self) -> usize {
        self.end - self.start
    }

    /// Returns the variance of the targets.
    fn impurity(&self) -> f64 {
        let n = self.len() as f64;
        self.squares / n - (self.sum / n).powi(2)
    }

    fn error(&self) -> f64 {
        self.len() as f64 * self.impurity()
    }
}

/// Copies entries that go left, then those that go right, each in their order.
fn split_stably(source: &[Entry], target: &mut [Entry], right: &[bool], middle: usize) {
    let (mut at_left, mut at_right) = (0, middle);
    for entry in source {
        let goes_right = right[entry.row as usize];
        let at = if goes_right { at_right } else { at_left };
        target[at] = *entry;
        at_right += usize::from(goes_right);
        at_left += usize::from(!goes_right);
    }
}

#[cfg(test)]
mod tests {
    use disentangle_seeds::Seeds;
    use ndarray::array;

    use super::*;

    fn grow(x: &ndarray::Array2<f32>, targets: &[f64], depth: usize) -> Grown {
        let columns = Columns::new(x.view());
        let inverse: Vec<f64> = (0..=targets.len()).map(|n| 1.0 / n as f64).collect();
        let mut stream = Seeds::new(0).stream("test", 0);
        Grower::new(&columns, &inverse, depth).grow(targets, &mut stream)
    }

    /// Cut at 2: error 10 - 0 - 0 of 4 rows; then nothing is left.
    #[test]
    fn a_step_is_cut_once() {
        let x = array![[1.0, 0.0], [1.5, 1.0], [2.5, 0.0], [3.0, 1.0]];
        let grown = grow(&x, &[0.0, 0.0, 5.0, 5.0], 3);
        let cut = Node::Cut {
            column: 0,
            threshold: 2.0,
            left: 1,
            right: 2,
        };
        assert_eq!(grown.tree.nodes[0], cut);
        assert_eq!(grown.tree.nodes.len(), 3);
        assert_eq!(grown.importances, [25.0 / 4.0, 0.0]);
        assert_eq!(grown.leaves, [(1, 0..2), (2, 2..4)]);
    }

    #[test]
    fn an_exclusive_or_needs_two_levels_of_any_depth() {
        let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]];
        let targets = [1.0, 0.0, 0.0, 1.0, 1.0];
        for depth in [2, 3, 5] {
            let grown = grow(&x, &targets, depth);
            assert_eq!(grown.leaves.len(), 4, "{depth}");
            let total: f64 = grown.importances.iter().sum();
            // All of the variance, 3/5 · 2/5, is explained.
            assert!((total - 0.24).abs() < 1e-15, "{total}");
        }
        assert_eq!(grow(&x, &targets, 1).leaves.len(), 2);
    }

    #[test]
    fn constant_columns_and_targets_make_one_leaf() {
        let x = array![[1.0], [1.0], [1.0]];
        assert_eq!(grow(&x, &[0.0, 1.0, 2.0], 3).tree.nodes.len(), 1);
        let x = array![[1.0], [2.0], [3.0]];
        assert_eq!(grow(&x, &[4.0, 4.0, 4.0], 3).tree.nodes.len(), 1);
    }

    #[test]
    fn copies_of_a_column_share_its_importance() {
        let x = array![[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]];
        let importances = grow(&x, &[0.0, 0.0, 3.0], 3).importances;
        assert_eq!(importances, [1.0, 1.0]);
    }

    /// A column and its reverse make the same cuts, in another order.
    #[test]
    fn columns_that_tie_win_by_turns() {
        let x = array![[0.0, 0.0], [1.0, -1.0], [2.0, -2.0]];
        let columns = Columns::new(x.view());
        let inverse = [0.0, 1.0, 0.5, 1.0 / 3.0];
        let mut grower = Grower::new(&columns, &inverse, 1);
        let mut first = 0;
        for step in 0..200 {
            let mut stream = Seeds::new(0).stream("test", step);
            let grown = grower.grow(&[0.0, 0.0, 1.0], &mut stream);
            first += usize::from(grown.importances[0] > 0.0);
        }
        assert!((70..130).contains(&first), "{first}");
    }
}
