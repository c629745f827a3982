//! Importances of a forest's columns: of all trees together, and averaged over trees.

use super::regression_tree::Tree;

/// Importances added up over trees.
pub(super) struct ImportanceSums {
    sums: Vec<f64>,
    shares: Vec<f64>,
    trees: usize,
}

impl ImportanceSums {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            sums: vec![0.0; columns],
            shares: vec![0.0; columns],
            trees: 0,
        }
    }

    /// Adds those of one tree; a tree without a cut has none.
    pub(super) fn add(&mut self, tree: &Tree, importances: &[f64]) {
        self.trees += 1;
        let total: f64 = importances.iter().sum();
        if tree.nodes.len() < 2 || total <= 0.0 {
            return;
        }
        for (column, importance) in importances.iter().enumerate() {
            self.sums[column] += importance;
            self.shares[column] += importance / total;
        }
    }

    /// Returns the shares of the summed importances, and the mean of the trees' shares.
    pub(super) fn finish(self) -> (Vec<f64>, Vec<f64>) {
        let total: f64 = self.sums.iter().sum();
        let over = |values: Vec<f64>, total: f64| {
            let total = if total > 0.0 { total } else { 1.0 };
            values.into_iter().map(|value| value / total).collect()
        };
        (over(self.sums, total), over(self.shares, self.trees as f64))
    }
}
