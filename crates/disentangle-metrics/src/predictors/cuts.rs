//! The cuts that a node of a tree can choose from.

/// The best cuts of a node, all of the same score.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    pub(super) best: Option<Cut>,
    /// Others that tie with the best.
    pub(super) equals: Vec<Cut>,
    /// Columns that are constant in the node.
    pub(super) constant: Vec<usize>,
}

/// A cut between two neighbors of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) score: f64,
    /// The group of its column.
    pub(super) group: usize,
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Cuts {
    /// Keeps a cut if none is better.
    pub(super) fn add(&mut self, cut: Cut) {
        match self.best {
            Some(best) if best.score > cut.score => {}
            Some(best) if best.score == cut.score => self.equals.push(cut),
            _ => {
                self.best = Some(cut);
                self.equals.clear();
            }
        }
    }
}
