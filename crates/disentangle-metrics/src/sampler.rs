//! Draws rows, all or those that share a factor's value: how metrics "fix a factor and sample the rest".
//!
//! In a grid that is exact: the other factors are independent and uniform. In any other table rows are
//! drawn with replacement from those that share the value, so the other factors keep the frequencies that
//! the table has.

use disentangle_seeds::Stream;
use ndarray::ArrayView2;

use crate::classes::Classes;
use crate::table::Table;

/// Draws rows of a table.
#[derive(Debug)]
pub struct Sampler {
    rows: usize,
    factors: Factors,
}

#[derive(Debug)]
enum Factors {
    Grid(Vec<Axis>),
    Rows(Vec<Shelves>),
}

/// A factor of a grid: its classes repeat every `stride * size` rows.
#[derive(Debug, Clone, Copy)]
struct Axis {
    size: usize,
    stride: usize,
}

/// A factor's rows, sorted by class; classes of a single row come last.
#[derive(Debug)]
struct Shelves {
    class_of_row: Vec<u32>,
    /// Where each class begins and ends in `rows`.
    spans: Vec<(u32, u32)>,
    rows: Vec<u32>,
    /// The first rows of `rows`, those whose class has more than one.
    in_company: usize,
}

/// The rows that share a factor's value.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a>(Members<'a>);

#[derive(Debug, Clone, Copy)]
enum Members<'a> {
    Axis {
        axis: Axis,
        class: usize,
        len: usize,
    },
    Rows(&'a [u32]),
}

impl Sampler {
    /// Makes the sampler of a table.
    pub fn of(table: &Table) -> Self {
        if table.is_grid() {
            Self::grid(table.factor_sizes())
        } else {
            Self::rows(table.factors())
        }
    }

    /// Makes the sampler of a full grid of factors in row-major order; nothing is sorted.
    pub(crate) fn grid(factor_sizes: &[usize]) -> Self {
        let rows = factor_sizes.iter().product();
        let mut stride = rows;
        let axis = |&size: &usize| {
            stride /= size;
            Axis { size, stride }
        };
        Self {
            rows,
            factors: Factors::Grid(factor_sizes.iter().map(axis).collect()),
        }
    }

    /// Sorts any rows by each of their factors `[N, K]`.
    pub(crate) fn rows(factors: ArrayView2<'_, u32>) -> Self {
        let columns = factors.columns().into_iter();
        Self {
            rows: factors.nrows(),
            factors: Factors::Rows(
                columns
                    .map(|column| Shelves::new(Classes::of(column)))
                    .collect(),
            ),
        }
    }

    /// Draws any row; in a grid, factors are then independent and uniform.
    pub fn row(&self, stream: &mut Stream) -> usize {
        stream.below(self.rows as u64) as usize
    }

    /// Draws a row that shares its value of a factor with at least one other; `None` if there is none.
    pub fn row_in_company(&self, factor: usize, stream: &mut Stream) -> Option<usize> {
        match &self.factors {
            Factors::Grid(_) => self.has_company(factor).then(|| self.row(stream)),
            Factors::Rows(factors) => {
                let shelves = &factors[factor];
                let rows = &shelves.rows[..shelves.in_company];
                (!rows.is_empty()).then(|| draw_from(rows, stream))
            }
        }
    }

    /// Tells whether some value of a factor has two rows or more.
    pub fn has_company(&self, factor: usize) -> bool {
        match &self.factors {
            Factors::Grid(axes) => axes[factor].size < self.rows,
            Factors::Rows(factors) => factors[factor].in_company > 0,
        }
    }

    /// Returns the rows that share the value of a factor with `row`, itself included.
    pub fn group(&self, factor: usize, row: usize) -> Group<'_> {
        Group(match &self.factors {
            Factors::Grid(axes) => {
                let axis = axes[factor];
                Members::Axis {
                    axis,
                    class: row / axis.stride % axis.size,
                    len: self.rows / axis.size,
                }
            }
            Factors::Rows(factors) => {
                let shelves = &factors[factor];
                let (start, end) = shelves.spans[shelves.class_of_row[row] as usize];
                Members::Rows(&shelves.rows[start as usize..end as usize])
            }
        })
    }

    /// Returns the number of rows of a factor's rarest value.
    pub fn smallest_group(&self, factor: usize) -> usize {
        match &self.factors {
            Factors::Grid(axes) => self.rows / axes[factor].size,
            Factors::Rows(factors) => {
                let lengths = factors[factor].spans.iter().map(|(start, end)| end - start);
                lengths.min().unwrap_or(0) as usize
            }
        }
    }
}

impl Shelves {
    fn new(classes: Classes) -> Self {
        let mut counts = vec![0u32; classes.count];
        for &class in &classes.of_row {
            counts[class as usize] += 1;
        }
        let mut order: Vec<usize> = (0..classes.count).collect();
        order.sort_by_key(|&class| counts[class] < 2);
        let mut spans = vec![(0, 0); classes.count];
        let (mut start, mut in_company) = (0, 0);
        for class in order {
            // The end is where the next row goes: it moves as the rows come in.
            spans[class] = (start, start);
            start += counts[class];
            if counts[class] > 1 {
                in_company = start as usize;
            }
        }
        let mut rows = vec![0; classes.of_row.len()];
        for (row, &class) in classes.of_row.iter().enumerate() {
            let end = &mut spans[class as usize].1;
            rows[*end as usize] = row as u32;
            *end += 1;
        }
        Self {
            class_of_row: classes.of_row,
            spans,
            rows,
            in_company,
        }
    }
}

impl Group<'_> {
    /// Draws one of the rows.
    pub fn draw(&self, stream: &mut Stream) -> usize {
        match self.0 {
            Members::Axis { axis, class, len } => {
                let other = stream.below(len as u64) as usize;
                let (slow, fast) = (other / axis.stride, other % axis.stride);
                (slow * axis.size + class) * axis.stride + fast
            }
            Members::Rows(rows) => draw_from(rows, stream),
        }
    }
}

fn draw_from(rows: &[u32], stream: &mut Stream) -> usize {
    rows[stream.below(rows.len() as u64) as usize] as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use disentangle_seeds::Seeds;
    use ndarray::{Array2, array};

    use super::*;

    fn grid() -> Table {
        Table::grid(Array2::zeros((24, 1)), &[2, 3, 4]).unwrap()
    }

    fn drawn(sampler: &Sampler, factor: usize, row: usize) -> BTreeSet<usize> {
        let mut stream = Seeds::new(0).stream("test", 0);
        let group = sampler.group(factor, row);
        (0..2000).map(|_| group.draw(&mut stream)).collect()
    }

    #[test]
    fn a_grid_and_its_rows_have_the_same_groups() {
        let grid = grid();
        let rows = Table::new(grid.codes().to_owned(), grid.factors().to_owned()).unwrap();
        let (grid, rows) = (Sampler::of(&grid), Sampler::of(&rows));
        for factor in 0..3 {
            assert_eq!(grid.smallest_group(factor), rows.smallest_group(factor));
            for row in 0..24 {
                let group = drawn(&grid, factor, row);
                assert_eq!(group, drawn(&rows, factor, row));
                assert!(group.contains(&row));
                assert_eq!(group.len(), 24 / [2, 3, 4][factor]);
            }
        }
    }

    #[test]
    fn single_rows_are_not_drawn_in_company() {
        let factors = array![[5], [1], [5], [9], [1], [2]];
        let sampler = Sampler::of(&Table::new(Array2::zeros((6, 1)), factors).unwrap());
        let mut stream = Seeds::new(0).stream("test", 0);
        let rows: BTreeSet<_> = (0..500)
            .map(|_| sampler.row_in_company(0, &mut stream).unwrap())
            .collect();
        assert_eq!(rows, BTreeSet::from([0, 1, 2, 4]));
        assert_eq!(drawn(&sampler, 0, 3), BTreeSet::from([3]));
        assert_eq!(sampler.smallest_group(0), 1);
    }

    #[test]
    fn without_company_nothing_is_drawn() {
        let mut stream = Seeds::new(0).stream("test", 0);
        let rows = Table::new(Array2::zeros((2, 1)), array![[0], [1]]).unwrap();
        let grid = Table::grid(Array2::zeros((2, 1)), &[2]).unwrap();
        for table in [rows, grid] {
            assert_eq!(Sampler::of(&table).row_in_company(0, &mut stream), None);
        }
    }
}
