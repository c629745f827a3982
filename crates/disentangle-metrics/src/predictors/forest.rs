//! A random forest classifier.
//!
//! A tree a bootstrap sample, grown until its leaves are pure; a node is cut where the Gini impurity of its
//! children is least, among `√D` random columns. A row's class is the likeliest of the mean of the leaves.
//! Breiman 2001; checked against scikit-learn 1.9.1, `RandomForestClassifier`, whose scores over seeds agree.

use disentangle_seeds::{Seeds, Stream};
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::columns::{Columns, between, differ};
use super::first_largest;
use crate::classes::Classes;
use crate::error::Error;

/// Settings of a forest; the defaults are scikit-learn's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomForest {
    /// Trees.
    pub trees: usize,
}

impl Default for RandomForest {
    fn default() -> Self {
        Self { trees: 100 }
    }
}

/// A fitted forest.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// The class values, ascending.
    pub classes: Vec<u32>,
    /// How much each column `[D]` reduced the impurity, the mean over trees, each summing to one; zeros if
    /// no tree was cut.
    pub importances: Vec<f64>,
    trees: Vec<Tree>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Tree {
    nodes: Vec<Node>,
    /// Class shares of all leaves, one after another.
    shares: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    Cut {
        column: u32,
        threshold: f64,
        right: u32,
    },
    /// The place of its shares.
    Leaf(u32),
}

impl RandomForest {
    /// Learns from codes `[n, D]` and a label each; `seeds` draw samples and columns under the purpose
    /// given. The order of the columns does not matter.
    ///
    /// # Errors
    /// If the numbers of rows differ or there are fewer than two classes.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f32>,
        labels: ArrayView1<'_, u32>,
        (seeds, purpose): (Seeds, &str),
    ) -> Result<Forest, Error> {
        let classes = super::classes_to_learn(x, labels)?;
        Ok(self.fit_columns(&Columns::new(x), classes, (seeds, purpose)))
    }

    /// Learns from columns that were sorted before, and at least two classes.
    pub(crate) fn fit_columns(
        &self,
        columns: &Columns,
        classes: Classes,
        (seeds, purpose): (Seeds, &str),
    ) -> Forest {
        let grown: Vec<(Tree, Vec<f64>)> = (0..self.trees as u64)
            .into_par_iter()
            .map(|step| Grower::new(columns, &classes, seeds.stream(purpose, step)).grow())
            .collect();
        let mut importances = vec![0.0; columns.count()];
        let mut trees = Vec::with_capacity(grown.len());
        for (tree, reductions) in grown {
            let total: f64 = reductions.iter().sum();
            if total > 0.0 {
                for (sum, reduction) in importances.iter_mut().zip(&reductions) {
                    *sum += reduction / total;
                }
            }
            trees.push(tree);
        }
        let total: f64 = importances.iter().sum();
        if total > 0.0 {
            importances.iter_mut().for_each(|sum| *sum /= total);
        }
        Forest {
            classes: classes.values,
            importances,
            trees,
        }
    }
}

impl Forest {
    /// Returns the mean class shares of the leaves that each row falls into, `[n, C]`.
    pub fn probabilities(&self, x: ArrayView2<'_, f32>) -> Array2<f64> {
        let width = self.classes.len();
        let mut probabilities = Array2::zeros((x.nrows(), width));
        let rows = probabilities
            .as_slice_mut()
            .expect("a fresh array is contiguous");
        rows.par_chunks_mut(width)
            .enumerate()
            .for_each(|(row, out)| {
                for tree in &self.trees {
                    let shares = tree.shares(x.row(row), width);
                    for (sum, &share) in out.iter_mut().zip(shares) {
                        *sum += f64::from(share);
                    }
                }
                out.iter_mut()
                    .for_each(|sum| *sum /= self.trees.len() as f64);
            });
        probabilities
    }

    /// Returns the likeliest class of each row, the first of equals.
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Vec<u32> {
        let probabilities = self.probabilities(x);
        let rows = probabilities.rows().into_iter();
        rows.map(|row| self.classes[first_largest(row.iter().copied())])
            .collect()
    }
}

impl Tree {
    fn shares(&self, codes: ArrayView1<'_, f32>, width: usize) -> &[f32] {
        let mut at = 0;
        loop {
            match self.nodes[at] {
                Node::Leaf(place) => return &self.shares[place as usize..][..width],
                Node::Cut {
                    column,
                    threshold,
                    right,
                } => {
                    let goes_left = f64::from(codes[column as usize]) <= threshold;
                    at = if goes_left { at + 1 } else { right as usize };
                }
            }
        }
    }
}

/// A column's value with its row's class and weight, while a node is searched.
#[derive(Clone, Copy)]
struct Sample {
    value: f32,
    class: u32,
    weight: f64,
}

struct Cut {
    score: f64,
    column: usize,
    threshold: f64,
}

/// Grows one tree.
struct Grower<'a> {
    columns: &'a Columns,
    classes: &'a Classes,
    stream: Stream,
    /// How often each row was drawn.
    weights: Vec<f64>,
    /// Rows that were drawn, those of a node side by side.
    rows: Vec<u32>,
    /// The columns by their place.
    order: Vec<usize>,
    samples: Vec<Sample>,
    tree: Tree,
    reductions: Vec<f64>,
}

impl<'a> Grower<'a> {
    fn new(columns: &'a Columns, classes: &'a Classes, mut stream: Stream) -> Self {
        let n = columns.rows;
        let mut weights = vec![0.0; n];
        for _ in 0..n {
            weights[stream.below(n as u64) as usize] += 1.0;
        }
        let drawn = (0..n as u32).filter(|&row| weights[row as usize] > 0.0);
        let mut order: Vec<usize> = (0..columns.count()).collect();
        order.sort_by_key(|&column| columns.place[column]);
        Self {
            rows: drawn.collect(),
            columns,
            classes,
            stream,
            weights,
            order,
            samples: Vec::with_capacity(n),
            tree: Tree::default(),
            reductions: vec![0.0; columns.count()],
        }
    }

    fn grow(mut self) -> (Tree, Vec<f64>) {
        self.settle(0, self.rows.len());
        (self.tree, self.reductions)
    }

    /// Makes a node of some rows, with all below it.
    fn settle(&mut self, start: usize, end: usize) {
        // Deep trees would exhaust the stack: right children wait on a heap of their own.
        let mut waiting = vec![(start, end, None)];
        while let Some((start, end, parent)) = waiting.pop() {
            let node = self.tree.nodes.len();
            if let Some(parent) = parent
                && let Node::Cut { right, .. } = &mut self.tree.nodes[parent as usize]
            {
                *right = node as u32;
            }
            let counts = self.counts(start, end);
            let pure = counts.iter().filter(|&&count| count > 0.0).count() < 2;
            let cut = if pure {
                None
            } else {
                self.best_cut(start, end, &counts)
            };
            let Some(cut) = cut else {
                self.leaf(&counts);
                continue;
            };
            let total: f64 = counts.iter().sum();
            let squares: f64 = counts.iter().map(|count| count * count).sum();
            // The node's impurity minus its children's, times its weight.
            self.reductions[cut.column] += cut.score - squares / total;
            let middle = self.partition(start, end, &cut);
            self.tree.nodes.push(Node::Cut {
                column: cut.column as u32,
                threshold: cut.threshold,
                right: 0,
            });
            waiting.push((middle, end, Some(node as u32)));
            waiting.push((start, middle, None));
        }
    }

    fn counts(&self, start: usize, end: usize) -> Vec<f64> {
        let mut counts = vec![0.0; self.classes.count];
        for &row in &self.rows[start..end] {
            counts[self.classes.of_row[row as usize] as usize] += self.weights[row as usize];
        }
        counts
    }

    fn leaf(&mut self, counts: &[f64]) {
        let total: f64 = counts.iter().sum();
        self.tree
            .nodes
            .push(Node::Leaf(self.tree.shares.len() as u32));
        let shares = counts.iter().map(|count| (count / total) as f32);
        self.tree.shares.extend(shares);
    }

    /// Searches `√D` random columns, and on until one of them is not constant.
    fn best_cut(&mut self, start: usize, end: usize, counts: &[f64]) -> Option<Cut> {
        let wanted = (self.order.len() as f64).sqrt() as usize;
        let mut best: Option<Cut> = None;
        let mut varied = false;
        for visited in 0..self.order.len() {
            if visited >= wanted.max(1) && varied {
                break;
            }
            let left = (self.order.len() - visited) as u64;
            let chosen = visited + self.stream.below(left) as usize;
            self.order.swap(visited, chosen);
            let column = self.order[visited];
            self.gather(start, end, column);
            let last = self.samples.len() - 1;
            if !differ(self.samples[0].value, self.samples[last].value) {
                continue;
            }
            varied = true;
            let Some((score, threshold)) = best_threshold(&self.samples, counts) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(Cut {
                    score,
                    column,
                    threshold,
                });
            }
        }
        best
    }

    /// Sorts a node's rows by a column.
    fn gather(&mut self, start: usize, end: usize, column: usize) {
        let values = &self.columns.values[column];
        self.samples.clear();
        self.samples
            .extend(self.rows[start..end].iter().map(|&row| Sample {
                value: values[row as usize],
                class: self.classes.of_row[row as usize],
                weight: self.weights[row as usize],
            }));
        self.samples
            .sort_unstable_by(|a, b| a.value.total_cmp(&b.value));
    }

    fn partition(&mut self, start: usize, end: usize, cut: &Cut) -> usize {
        let values = &self.columns.values[cut.column];
        let mut middle = start;
        for at in start..end {
            if f64::from(values[self.rows[at] as usize]) <= cut.threshold {
                self.rows.swap(at, middle);
                middle += 1;
            }
        }
        middle
    }
}

/// Returns the largest `Σ l²/n_l + Σ r²/n_r` of class weights on both sides, and where it is.
fn best_threshold(samples: &[Sample], counts: &[f64]) -> Option<(f64, f64)> {
    let (mut left, mut right) = (vec![0.0; counts.len()], counts.to_vec());
    let (mut left_total, mut right_total) = (0.0, counts.iter().sum::<f64>());
    let (mut left_squares, mut right_squares) = (0.0, counts.iter().map(|c| c * c).sum::<f64>());
    let mut best = None;
    for pair in samples.windows(2) {
        let Sample { class, weight, .. } = pair[0];
        let (l, r) = (&mut left[class as usize], &mut right[class as usize]);
        // Weights are integers, so these sums are exact.
        left_squares += weight * (2.0 * *l + weight);
        right_squares -= weight * (2.0 * *r - weight);
        *l += weight;
        *r -= weight;
        left_total += weight;
        right_total -= weight;
        if differ(pair[0].value, pair[1].value) {
            let score = left_squares / left_total + right_squares / right_total;
            if best.is_none_or(|(other, _)| score > other) {
                best = Some((score, between(pair[0].value, pair[1].value)));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn sample(value: f32, class: u32, weight: f64) -> Sample {
        Sample {
            value,
            class,
            weight,
        }
    }

    /// Left of 1.5: three of class 0; right: one of class 0 and two of class 1: 9/3 + 5/3.
    #[test]
    fn the_purest_threshold_wins() {
        let samples = [
            sample(1.0, 0, 3.0),
            sample(2.0, 1, 2.0),
            sample(3.0, 0, 1.0),
        ];
        let (score, threshold) = best_threshold(&samples, &[4.0, 2.0]).unwrap();
        assert!((score - 14.0 / 3.0).abs() < 1e-15);
        assert_eq!(threshold, 1.5);
    }

    #[test]
    fn separable_classes_are_learned_from_the_column_that_tells() {
        let x = Array2::from_shape_fn((60, 2), |(i, d)| [(i % 3) as f32, 7.0][d]);
        let labels: ndarray::Array1<u32> = (0..60).map(|i| 10 + i % 3).collect();
        let forest = RandomForest { trees: 10 }
            .fit(x.view(), labels.view(), (Seeds::new(0), "test"))
            .unwrap();
        assert_eq!(forest.predict(x.view()), labels.to_vec());
        assert_eq!(forest.importances, [1.0, 0.0]);
        let sums = forest.probabilities(x.view()).sum_axis(ndarray::Axis(1));
        assert!(sums.iter().all(|sum: &f64| (sum - 1.0).abs() < 1e-6));
    }

    #[test]
    fn constant_columns_make_leaves() {
        let forest = RandomForest { trees: 3 }
            .fit(
                array![[1.0], [1.0]].view(),
                array![0, 1].view(),
                (Seeds::new(0), "test"),
            )
            .unwrap();
        assert_eq!(forest.importances, [0.0]);
    }
}
