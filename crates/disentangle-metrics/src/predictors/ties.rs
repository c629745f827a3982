//! Which of several equal cuts a tree takes.
//!
//! Exact ties are common: nodes of few rows, copies of codes. scikit-learn visits the columns of a node in
//! random order and keeps the first best. [`Visits`] repeats its order, draw by draw, from NumPy's
//! generator, so that a seed gives the trees that it gives there (`numpy.random.seed`); NumPy's legacy
//! generator (MT19937, Matsumoto & Nishimura 1998) and scikit-learn's xorshift (Marsaglia 2003) are part
//! of that.
//! Checked against scikit-learn 1.9.1, `tree/_splitter.pyx`, `node_split_best`, and NumPy 2.4.

use disentangle_seeds::Stream;

/// Decides ties in one tree.
pub(super) enum Ties {
    /// Columns that sort all rows alike share what they win; else a random rank decides. The order of the
    /// columns does not matter.
    Shared(Box<Stream>),
    /// The first in scikit-learn's order of visits.
    Visits(Visits),
}

/// NumPy's legacy generator, for the seeds of scikit-learn's trees.
pub(crate) struct NumpyRandom {
    state: [u32; 624],
    next: usize,
}

impl NumpyRandom {
    /// Starts as `numpy.random.seed` does.
    pub(crate) fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for i in 1..624 {
            let before: u32 = state[i - 1];
            state[i] = (before ^ (before >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        Self { state, next: 624 }
    }

    /// Returns `randint(0, 2**31 - 1)`, the seed of a tree.
    pub(crate) fn tree_seed(&mut self) -> u32 {
        loop {
            let value = self.word() & 0x7fff_ffff;
            if value < 0x7fff_ffff {
                return value;
            }
        }
    }

    fn word(&mut self) -> u32 {
        if self.next == 624 {
            self.twist();
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn twist(&mut self) {
        for i in 0..624 {
            let high = self.state[i] & 0x8000_0000;
            let low = self.state[(i + 1) % 624] & 0x7fff_ffff;
            let mixed = (high | low) >> 1;
            let odd = if low & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + 397) % 624] ^ mixed ^ odd;
        }
        self.next = 0;
    }
}

/// The order in which scikit-learn visits the columns of a tree's nodes.
pub(super) struct Visits {
    seed: u32,
    columns: Vec<usize>,
    /// Columns known to be constant, those of the ancestors first.
    constant: Vec<usize>,
    /// The column that was visited last: scikit-learn leaves the node's rows sorted by it.
    pub(super) last: Option<usize>,
}

impl Visits {
    pub(super) fn new(seed: u32, columns: usize) -> Self {
        Self {
            seed,
            columns: (0..columns).collect(),
            constant: vec![0; columns],
            last: None,
        }
    }

    /// Visits a node of which `known` columns were constant already; returns how many are then known, and
    /// the place of each column that was visited in the order of visits.
    pub(super) fn visit(
        &mut self,
        known: usize,
        is_constant: impl Fn(usize) -> bool,
        place: &mut [usize],
    ) -> usize {
        let (mut left, mut found, mut drawn, mut visited) = (self.columns.len(), 0, 0, 0);
        while left > known + found {
            visited += 1;
            let at = drawn + self.draw(left - found - drawn);
            if at < known {
                self.columns.swap(drawn, at);
                drawn += 1;
                continue;
            }
            let at = at + found;
            let column = self.columns[at];
            if is_constant(column) {
                self.columns.swap(at, known + found);
                found += 1;
                continue;
            }
            left -= 1;
            self.columns.swap(left, at);
            place[column] = visited;
            self.last = Some(column);
        }
        self.columns[..known].copy_from_slice(&self.constant[..known]);
        let total = known + found;
        self.constant[known..total].copy_from_slice(&self.columns[known..total]);
        total
    }

    fn draw(&mut self, below: usize) -> usize {
        if self.seed == 0 {
            self.seed = 1;
        }
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 17;
        self.seed ^= self.seed << 5;
        (self.seed & 0x7fff_ffff) as usize % below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NumPy 2.4: `numpy.random.RandomState(0).randint(0, 2**31 - 1)`, again and again; the last two are
    /// the 699th and 700th of seed 123.
    #[test]
    fn seeds_of_trees_are_numpys() {
        let mut random = NumpyRandom::new(0);
        let drawn: Vec<u32> = (0..7).map(|_| random.tree_seed()).collect();
        let expected = [
            209_652_396,
            398_764_591,
            924_231_285,
            1_478_610_112,
            441_365_315,
            1_537_364_731,
            192_771_779,
        ];
        assert_eq!(drawn, expected);
        let mut random = NumpyRandom::new(123);
        let drawn: Vec<u32> = (0..700).map(|_| random.tree_seed()).collect();
        assert_eq!(drawn[698..], [1_384_284_351, 1_021_993_373]);
    }

    #[test]
    fn every_column_is_visited_once_and_constant_ones_are_known_from_then_on() {
        let mut visits = Visits::new(7, 5);
        let mut place = [0; 5];
        let known = visits.visit(0, |column| column == 3, &mut place);
        assert_eq!((known, place[3]), (1, 0));
        let mut order: Vec<usize> = [0, 1, 2, 4].map(|column| place[column]).to_vec();
        order.sort_unstable();
        assert!(order[0] > 0 && order.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(
            visits.visit(1, |column| column == 3 || column == 0, &mut place),
            2
        );
        assert_eq!(visits.visit(2, |column| column != 4, &mut place), 4);
    }
}
