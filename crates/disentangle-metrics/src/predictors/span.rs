//! The rows of a node.

/// Rows `start..end` of a node, with the sum and the squared sum of their targets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Span {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    /// Returns the variance of the targets.
    pub(super) fn impurity(&self) -> f64 {
        let n = self.len() as f64;
        self.squares / n - (self.sum / n).powi(2)
    }

    pub(super) fn error(&self) -> f64 {
        self.len() as f64 * self.impurity()
    }
}
