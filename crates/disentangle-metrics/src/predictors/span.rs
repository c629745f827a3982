//! The rows of a node.

/// Rows `start..end` of a node, with the sum, the squared sum and the variance of their targets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sum: f64,
    pub(super) squares: f64,
    pub(super) impurity: f64,
}

impl Span {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn error(&self) -> f64 {
        self.len() as f64 * self.impurity
    }
}

/// Returns the variance of so many targets.
pub(super) fn variance(count: usize, sum: f64, squares: f64) -> f64 {
    let n = count as f64;
    squares / n - (sum / n).powi(2)
}
