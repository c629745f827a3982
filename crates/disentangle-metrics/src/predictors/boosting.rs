//! A classifier of gradient-boosted trees.
//!
//! `raw ← raw + η Σ_leaves γ 1[x ∈ leaf]`, a tree a class and stage on `g = 1[y = k] − softmax(raw)ₖ`,
//! `γ = (K − 1)/K · Σ g / Σ p (1 − p)` over the leaf; two classes share one tree and a sigmoid.
//! Friedman 2001, doi:10.1214/aos/1013203451, algorithm 6.
//! Checked against scikit-learn 1.9.1, `GradientBoostingClassifier`: trees, importances and predictions.
//! Differs: columns are sorted once. Ties are decided as there, or by our own streams; see [`TreeTies`].

use std::sync::Mutex;

use disentangle_seeds::Seeds;
use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

use super::columns::Columns;
use super::first_largest;
use super::importance_sums::ImportanceSums;
use super::pairwise;
use super::regression_tree::{Grower, Node, Tree};
use super::ties::{Ties, Visits};
use crate::classes::Classes;
use crate::error::Error;

/// Settings of gradient boosting; the defaults are scikit-learn's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientBoosting {
    /// Stages.
    pub stages: usize,
    /// What a tree's values are multiplied by.
    pub learning_rate: f64,
    /// Cuts between the root and a leaf at most, at least 1.
    pub depth: usize,
}

impl Default for GradientBoosting {
    fn default() -> Self {
        Self {
            stages: 100,
            learning_rate: 0.1,
            depth: 3,
        }
    }
}

/// A fitted classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedTrees {
    /// The class values, ascending.
    pub classes: Vec<u32>,
    /// How much each column `[D]` reduced the trees' squared error, summing to one; zeros if no tree was
    /// cut. As scikit-learn 0.20 and later.
    pub importances: Vec<f64>,
    /// The mean of the trees' importances, each summing to one; as scikit-learn up to 0.19.
    pub legacy_importances: Vec<f64>,
    /// The share of rows learned from that are predicted right.
    pub train_accuracy: f64,
    learning_rate: f64,
    start: Vec<f64>,
    /// `[stages][C]`, or one tree a stage for two classes.
    trees: Vec<Vec<Tree>>,
}

/// How ties are decided in the trees of a classifier.
#[derive(Clone, Copy)]
pub(crate) enum TreeTies<'a> {
    /// Copies of a column share, and random streams of a purpose decide the rest.
    Shared(Seeds, &'a str),
    /// As scikit-learn, given the seed of each tree.
    Numpy(&'a [u32]),
}

impl TreeTies<'_> {
    fn of_tree(&self, tree: usize, columns: usize) -> Ties {
        match self {
            Self::Shared(seeds, purpose) => {
                Ties::Shared(Box::new(seeds.stream(purpose, tree as u64)))
            }
            Self::Numpy(seeds) => Ties::Visits(Visits::new(seeds[tree], columns)),
        }
    }
}

/// Rows that one thread handles; fixed, so that threads do not change a sum.
const CHUNK: usize = 2048;

impl GradientBoosting {
    /// Learns from codes `[n, D]` and a label each. Columns that sort all rows alike share their importance;
    /// among others that tie, `seeds` chooses, under the purpose given. The order of the columns does not
    /// matter.
    ///
    /// # Errors
    /// If the numbers of rows differ or there are fewer than two classes.
    pub fn fit(
        &self,
        x: ArrayView2<'_, f32>,
        labels: ArrayView1<'_, u32>,
        (seeds, purpose): (Seeds, &str),
    ) -> Result<BoostedTrees, Error> {
        let classes = super::classes_to_learn(x, labels)?;
        let ties = TreeTies::Shared(seeds, purpose);
        Ok(self.fit_columns(&Columns::new(x), classes, ties))
    }

    /// Returns how many trees it grows for so many classes.
    pub(crate) fn tree_count(&self, classes: usize) -> usize {
        self.stages * if classes == 2 { 1 } else { classes }
    }

    /// Learns from columns that were sorted before, and at least two classes.
    pub(crate) fn fit_columns(
        &self,
        columns: &Columns,
        classes: Classes,
        ties: TreeTies<'_>,
    ) -> BoostedTrees {
        let start = start(&classes);
        let mut raw: Vec<Vec<f64>> = start.iter().map(|&x| vec![x; columns.rows]).collect();
        let inverse: Vec<f64> = (0..=columns.rows).map(|n| 1.0 / n as f64).collect();
        let growers = Mutex::new(Vec::new());
        let groups = match ties {
            TreeTies::Shared(..) => &columns.groups,
            TreeTies::Numpy(_) => &columns.singles,
        };
        let mut trees = Vec::with_capacity(self.stages);
        let mut sums = ImportanceSums::new(columns.count());
        for stage in 0..self.stages {
            let probabilities = Probabilities::of(&raw);
            let grow = |(class, raw): (usize, &mut Vec<f64>)| {
                let spare = growers
                    .lock()
                    .ok()
                    .and_then(|mut growers: _| Vec::pop(&mut growers));
                let mut grower =
                    spare.unwrap_or_else(|| Grower::new((columns, groups), &inverse, self.depth));
                let ties = ties.of_tree(stage * start.len() + class, columns.count());
                let boost = Boost {
                    settings: self,
                    probabilities: &probabilities,
                    classes: &classes,
                    class,
                };
                let grown = boost.grow(&mut grower, raw, ties);
                if let Ok(mut growers) = growers.lock() {
                    growers.push(grower);
                }
                grown
            };
            let grown: Vec<_> = raw.par_iter_mut().enumerate().map(grow).collect();
            let mut stage = Vec::with_capacity(grown.len());
            for (tree, importances) in grown {
                sums.add(&tree, &importances);
                stage.push(tree);
            }
            trees.push(stage);
        }
        let (importances, legacy_importances) = sums.finish();
        BoostedTrees {
            importances,
            legacy_importances,
            train_accuracy: train_accuracy(&raw, &classes),
            learning_rate: self.learning_rate,
            classes: classes.values,
            start,
            trees,
        }
    }
}

impl BoostedTrees {
    /// Returns what is added up for each class, `[n, C]`, or `[n, 1]` for two classes.
    pub fn decision(&self, x: ArrayView2<'_, f32>) -> Array2<f64> {
        let width = self.start.len();
        let mut decision = Array2::zeros((x.nrows(), width));
        let rows = decision
            .as_slice_mut()
            .expect("a fresh array is contiguous");
        rows.par_chunks_mut(width)
            .enumerate()
            .for_each(|(row, out)| {
                let codes = x.row(row);
                out.copy_from_slice(&self.start);
                for stage in &self.trees {
                    for (out, tree) in out.iter_mut().zip(stage) {
                        *out += self.learning_rate * tree.value(|column| codes[column]);
                    }
                }
            });
        decision
    }

    /// Returns the likeliest class of each row, the first of equals.
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> Vec<u32> {
        let decision = self.decision(x);
        let rows = decision.rows().into_iter();
        rows.map(|row| self.classes[likeliest(row.iter().copied())])
            .collect()
    }
}

fn likeliest(raw: impl ExactSizeIterator<Item = f64>) -> usize {
    let mut raw = raw.peekable();
    match (raw.len(), raw.peek()) {
        (1, Some(&first)) => usize::from(first > 0.0),
        _ => first_largest(raw),
    }
}

fn train_accuracy(raw: &[Vec<f64>], classes: &Classes) -> f64 {
    let predicted = |row: usize| likeliest(raw.iter().map(|raw| raw[row]));
    let labels = classes.of_row.iter().enumerate();
    let right = labels.filter(|&(row, &class)| predicted(row) == class as usize);
    right.count() as f64 / classes.of_row.len() as f64
}

/// Returns the logarithms of the classes' shares, centered; for two classes, that of their odds.
fn start(classes: &Classes) -> Vec<f64> {
    // scikit-learn keeps the shares from zero and one by the epsilon of `f32`.
    const LEAST: f64 = f32::EPSILON as f64;
    let mut counts = vec![0.0; classes.count];
    for &class in &classes.of_row {
        counts[class as usize] += 1.0;
    }
    let n = classes.of_row.len() as f64;
    let shares: Vec<f64> = counts
        .iter()
        .map(|count: &f64| (count / n).clamp(LEAST, 1.0 - LEAST))
        .collect();
    if let [_, share] = shares[..] {
        return vec![logit(share)];
    }
    let logs: Vec<f64> = shares.iter().map(|share| share.ln()).collect();
    let center = pairwise::mean(&logs).exp();
    shares.iter().map(|share| (share / center).ln()).collect()
}

fn logit(share: f64) -> f64 {
    if (0.3..=0.65).contains(&share) {
        let twice = 2.0 * (share - 0.5);
        twice.ln_1p() - (-twice).ln_1p()
    } else {
        (share / (1.0 - share)).ln()
    }
}

/// The probabilities of all classes, `[chunks][classes][rows of the chunk]`.
///
/// Cuts of a tree often tie but for rounding, so sums and quotients are in scikit-learn's order.
struct Probabilities(Vec<Vec<f64>>);

impl Probabilities {
    fn of(raw: &[Vec<f64>]) -> Self {
        let rows = raw[0].len();
        let chunk = |index: usize| {
            let range = index * CHUNK..rows.min((index + 1) * CHUNK);
            match raw {
                [raw] => raw[range].to_vec(),
                raw => softmax(raw, range),
            }
        };
        let chunks = 0..rows.div_ceil(CHUNK);
        Self(chunks.into_par_iter().map(chunk).collect())
    }

    /// Returns, row by row, what is wanted of a class minus its probability.
    fn gradient(&self, classes: &Classes, class: usize) -> Vec<f64> {
        if classes.count == 2 {
            // There is one output, and the chunks hold it as it is.
            let raw = self.0.iter().flatten().zip(&classes.of_row);
            return raw
                .map(|(&raw, &class)| -binary_gradient(raw, class))
                .collect();
        }
        let chunks = self.0.iter().flat_map(|chunk| {
            let rows = chunk.len() / classes.count;
            &chunk[class * rows..(class + 1) * rows]
        });
        let wanted = classes
            .of_row
            .iter()
            .map(|&of| f64::from(u8::from(of as usize == class)));
        chunks.zip(wanted).map(|(p, wanted)| wanted - p).collect()
    }
}

/// Returns the probability of the higher class minus one or zero.
fn binary_gradient(raw: f64, class: u32) -> f64 {
    let wanted = f64::from(class);
    if raw > -37.0 {
        let exponential = (-raw).exp();
        ((1.0 - wanted) - wanted * exponential) / (1.0 + exponential)
    } else {
        raw.exp() - wanted
    }
}

fn softmax(raw: &[Vec<f64>], range: std::ops::Range<usize>) -> Vec<f64> {
    let rows = range.len();
    let mut largest = vec![f64::NEG_INFINITY; rows];
    for raw in raw {
        for (largest, &raw) in largest.iter_mut().zip(&raw[range.clone()]) {
            *largest = largest.max(raw);
        }
    }
    let mut sums = vec![0.0; rows];
    let mut out = Vec::with_capacity(rows * raw.len());
    for raw in raw {
        for ((sum, largest), &raw) in sums.iter_mut().zip(&largest).zip(&raw[range.clone()]) {
            let exponential = (raw - largest).exp();
            *sum += exponential;
            out.push(exponential);
        }
    }
    for class in out.chunks_exact_mut(rows) {
        for (p, sum) in class.iter_mut().zip(&sums) {
            *p /= sum;
        }
    }
    out
}

/// One tree of a stage.
struct Boost<'a> {
    settings: &'a GradientBoosting,
    probabilities: &'a Probabilities,
    classes: &'a Classes,
    class: usize,
}

impl Boost<'_> {
    /// Grows the tree of a class and adds its values to the rows' sums; returns it with its importances.
    fn grow(&self, grower: &mut Grower<'_>, raw: &mut [f64], ties: Ties) -> (Tree, Vec<f64>) {
        let classes = self.classes.count;
        let wanted = if classes == 2 { 1 } else { self.class as u32 };
        let gradient = self.probabilities.gradient(self.classes, self.class);
        let mut grown = grower.grow(&gradient, ties);
        let scale = if classes == 2 {
            1.0
        } else {
            (classes - 1) as f64 / classes as f64
        };
        // NumPy sums a leaf in the order of the rows.
        let mut leaf_of_row = vec![0; gradient.len()];
        for (leaf, (_, range)) in grown.leaves.iter().enumerate() {
            let rows = grower.rows(range.clone());
            rows.iter()
                .for_each(|&row| leaf_of_row[row as usize] = leaf);
        }
        let mut sums = vec![(Vec::new(), Vec::new()); grown.leaves.len()];
        for ((&leaf, g), &class) in leaf_of_row.iter().zip(&gradient).zip(&self.classes.of_row) {
            let p = f64::from(u8::from(class == wanted)) - g;
            sums[leaf].0.push(*g);
            sums[leaf].1.push(p * (1.0 - p));
        }
        let value = |(slopes, curvatures): &(Vec<f64>, Vec<f64>)| {
            divide(pairwise::mean(slopes) * scale, pairwise::mean(curvatures))
        };
        let values: Vec<f64> = sums.iter().map(value).collect();
        for (raw, &leaf) in raw.iter_mut().zip(&leaf_of_row) {
            *raw += self.settings.learning_rate * values[leaf];
        }
        for ((node, _), &value) in grown.leaves.iter().zip(&values) {
            grown.tree.nodes[*node] = Node::Leaf { value };
        }
        (grown.tree, grown.importances)
    }
}

/// Divides, unless there is no curvature to divide by.
fn divide(slope: f64, curvature: f64) -> f64 {
    if curvature.abs() < 1e-150 {
        0.0
    } else {
        slope / curvature
    }
}
