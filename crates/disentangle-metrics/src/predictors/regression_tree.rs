//! A regression tree of squared error, as gradient boosting grows it.
//!
//! A node is cut where `s_l²/n_l + s_r²/n_r` is largest, `s` being sums of targets; among equal cuts a
//! random column wins. Breiman et al. 1984; checked against scikit-learn 1.9.1, `tree/_splitter.pyx`.
//! Differs: columns are sorted once and partitioned stably, instead of being sorted in every node.

use super::columns::{Columns, between};
use super::cuts::{Cut, Cuts};
use super::search::Search;
use super::span::{Span, variance};
use super::ties::Ties;

/// A node without spread is a leaf: scikit-learn's `EPSILON`.
const PURE: f64 = f64::EPSILON;

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
    /// The columns to search, those of a group once.
    groups: &'a [Vec<usize>],
    /// `1 / i` at `i`.
    inverse: &'a [f64],
    depth: usize,
    /// Rows, those of a node side by side.
    rows: Vec<u32>,
    /// Whether a row goes right in the cut at hand.
    right: Vec<bool>,
    /// The rows `[D][n]` of the nodes at depth 1, 2, …, sorted by column; those at depth 0 are the columns' own.
    levels: Vec<Vec<u32>>,
    /// The rank of each column, or of its place, among those that tie.
    ranks: Vec<usize>,
}

/// A tree that is being grown.
struct Growth<'a> {
    targets: &'a [f64],
    ties: Ties,
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

impl<'a> Grower<'a> {
    /// `groups` are the columns to search, those of a group being alike.
    pub(super) fn new(
        (columns, groups): (&'a Columns, &'a [Vec<usize>]),
        inverse: &'a [f64],
        depth: usize,
    ) -> Self {
        let n = columns.rows;
        let level = || vec![0; n * columns.count()];
        Self {
            columns,
            groups,
            inverse,
            depth,
            rows: vec![0; n],
            right: vec![false; n],
            levels: (1..depth).map(|_| level()).collect(),
            ranks: (0..columns.count()).collect(),
        }
    }

    /// Returns the rows of a range of leaves.
    pub(super) fn rows(&self, range: std::ops::Range<usize>) -> &[u32] {
        &self.rows[range]
    }

    /// Grows a tree on targets, one a row.
    pub(super) fn grow(&mut self, targets: &[f64], ties: Ties) -> Grown {
        let reset = |(index, at): (usize, &mut usize)| *at = index;
        self.ranks.iter_mut().enumerate().for_each(reset);
        for (row, at) in self.rows.iter_mut().enumerate() {
            *at = row as u32;
        }
        let root = self.span(0, targets.len(), targets);
        let mut growth = Growth {
            targets,
            ties,
            grown: Grown {
                tree: Tree::default(),
                leaves: Vec::with_capacity(1 << self.depth.min(8)),
                importances: vec![0.0; self.columns.count()],
            },
        };
        let cuts = self
            .is_cut(&root, 0)
            .then(|| self.search(&root, 0, targets));
        self.settle(root, cuts, (0, 0), &mut growth);
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
            impurity: variance(end - start, sum, squares),
        }
    }

    /// Returns the two parts of a node. As in scikit-learn their variances are differences from the node's sums, so
    /// that the same of them count as pure.
    fn parts(&self, node: &Span, middle: usize, targets: &[f64]) -> [Span; 2] {
        let mut parts = [(node.start, middle), (middle, node.end)]
            .map(|(start, end)| self.span(start, end, targets));
        let left = if parts[0].len() <= parts[1].len() {
            parts[0].sum
        } else {
            let rows = self.rows[middle..node.end].iter().rev();
            rows.fold(node.sum, |sum, &row| sum - targets[row as usize])
        };
        let squares = [parts[0].squares, node.squares - parts[0].squares];
        for ((part, sum), squares) in parts.iter_mut().zip([left, node.sum - left]).zip(squares) {
            part.impurity = variance(part.len(), sum, squares);
        }
        parts
    }

    fn is_cut(&self, span: &Span, depth: usize) -> bool {
        depth < self.depth && span.len() > 1 && span.impurity > PURE
    }

    /// Returns the best cuts of a node.
    fn search(&self, span: &Span, depth: usize, targets: &[f64]) -> Cuts {
        let search = Search {
            columns: self.columns,
            groups: self.groups,
            inverse: self.inverse,
            targets,
            sum: span.sum,
        };
        search.cuts(|column| &self.sorted(column, depth)[span.start..span.end])
    }

    /// Returns the rows of all nodes of a depth, those of a node sorted by a column.
    fn sorted(&self, column: usize, depth: usize) -> &[u32] {
        match depth {
            0 => &self.columns.sorted[column],
            _ => {
                let n = self.columns.rows;
                &self.levels[depth - 1][column * n..(column + 1) * n]
            }
        }
    }

    /// Decides between cuts that tie; returns also how many columns are then known to be constant.
    fn decide(&mut self, cuts: Cuts, known: usize, ties: &mut Ties) -> (Option<Cut>, usize) {
        let known = match ties {
            Ties::Shared(stream) => {
                stream.shuffle(&mut self.ranks);
                known
            }
            Ties::Visits(visits) => {
                let is_constant = |column: usize| cuts.constant.contains(&column);
                visits.visit(known, is_constant, &mut self.ranks)
            }
        };
        let rank = |cut: &Cut| {
            let columns = self.groups[cut.group].iter();
            let place = |&column: &usize| match ties {
                Ties::Shared(_) => self.columns.place[column],
                Ties::Visits(_) => column,
            };
            columns.map(|column| self.ranks[place(column)]).min()
        };
        let all = cuts.best.iter().chain(&cuts.equals);
        (all.min_by_key(|cut| rank(cut)).copied(), known)
    }

    /// Makes a node a leaf, or cuts it and settles its children.
    fn settle(
        &mut self,
        span: Span,
        cuts: Option<Cuts>,
        (depth, known): (usize, usize),
        growth: &mut Growth<'_>,
    ) -> u32 {
        let node = growth.grown.tree.nodes.len();
        growth.grown.tree.nodes.push(Node::Leaf { value: 0.0 });
        let decided = cuts.map(|cuts| self.decide(cuts, known, &mut growth.ties));
        let Some((Some(cut), known)) = decided else {
            growth.grown.leaves.push((node, span.start..span.end));
            return node as u32;
        };
        let threshold = between(cut.low, cut.high);
        if let Ties::Visits(visits) = &growth.ties {
            self.sort_rows(&span, depth, visits.last);
        }
        let columns = &self.groups[cut.group];
        let middle = self.partition(&span, columns[0], threshold);
        let children = self.parts(&span, middle, growth.targets);
        let reduction = span.error() - children[0].error() - children[1].error();
        for &column in columns {
            growth.grown.importances[column] += reduction / columns.len() as f64;
        }
        let [cuts_left, cuts_right] = self.cut_children(&children, depth, growth.targets);
        let below = (depth + 1, known);
        let left = self.settle(children[0], cuts_left, below, growth);
        let right = self.settle(children[1], cuts_right, below, growth);
        growth.grown.tree.nodes[node] = Node::Cut {
            column: columns[0] as u32,
            threshold,
            left,
            right,
        };
        node as u32
    }

    /// Sorts a node's rows by a column, where its children will be summed: sums that differ in rounding
    /// decide between cuts, and scikit-learn sums in this order.
    fn sort_rows(&mut self, span: &Span, depth: usize, column: Option<usize>) {
        let Some(column) = column else { return };
        if depth > 0 && depth + 1 >= self.depth {
            // The children are leaves.
            return;
        }
        let mut rows = std::mem::take(&mut self.rows);
        let range = span.start..span.end;
        rows[range.clone()].copy_from_slice(&self.sorted(column, depth)[range]);
        self.rows = rows;
    }

    /// Moves the rows that go left to the front, swapping from both ends as scikit-learn; returns where the
    /// right ones begin.
    fn partition(&mut self, span: &Span, column: usize, threshold: f64) -> usize {
        let values = &self.columns.values[column];
        let (mut at, mut end) = (span.start, span.end);
        while at < end {
            let row = self.rows[at] as usize;
            self.right[row] = f64::from(values[row]) > threshold;
            if self.right[row] {
                end -= 1;
                self.rows.swap(at, end);
            } else {
                at += 1;
            }
        }
        at
    }

    /// Returns the best cuts of two siblings that are to be cut; partitions their parent's sorted columns
    /// before.
    fn cut_children(
        &mut self,
        children: &[Span; 2],
        depth: usize,
        targets: &[f64],
    ) -> [Option<Cuts>; 2] {
        let wanted = [0, 1].map(|side: usize| self.is_cut(&children[side], depth + 1));
        if wanted == [false; 2] {
            return [None, None];
        }
        let (start, middle, end) = (children[0].start, children[0].end, children[1].end);
        // The buffers leave the grower, so that it can be read while they are written.
        let mut levels = std::mem::take(&mut self.levels);
        let (above, below) = levels.split_at_mut(depth);
        let n = self.columns.rows;
        for columns in self.groups {
            let here = columns[0] * n + start..columns[0] * n + end;
            let source = match above.last() {
                None => &self.columns.sorted[columns[0]][start..end],
                Some(level) => &level[here.clone()],
            };
            split_stably(source, &mut below[0][here], &self.right, middle - start);
        }
        self.levels = levels;
        [0, 1].map(|side: usize| {
            wanted[side].then(|| self.search(&children[side], depth + 1, targets))
        })
    }
}

/// Copies rows that go left, then those that go right, each in their order.
fn split_stably(source: &[u32], target: &mut [u32], right: &[bool], middle: usize) {
    let (mut at_left, mut at_right) = (0, middle);
    for &row in source {
        let goes_right = right[row as usize];
        target[if goes_right { at_right } else { at_left }] = row;
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
        let ties = Ties::Shared(Box::new(Seeds::new(0).stream("test", 0)));
        Grower::new((&columns, &columns.groups), &inverse, depth).grow(targets, ties)
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
        let mut grower = Grower::new((&columns, &columns.groups), &inverse, 1);
        let mut first = 0;
        for step in 0..200 {
            let ties = Ties::Shared(Box::new(Seeds::new(0).stream("test", step)));
            let grown = grower.grow(&[0.0, 0.0, 1.0], ties);
            first += usize::from(grown.importances[0] > 0.0);
        }
        assert!((70..130).contains(&first), "{first}");
    }
}
