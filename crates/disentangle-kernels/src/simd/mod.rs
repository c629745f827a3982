//! The innermost loop, for the widest vectors the processor has.
//!
//! [`Kernels::best`] picks AVX-512, AVX2 with FMA, or code that the compiler turns into whatever vectors the target
//! has. Rows of the operands and of the output lie anywhere in their buffers, at listed places: a convolution is a
//! product whose left rows are shifted views of the image, so nothing needs to be copied per kernel position.
#![expect(unsafe_code, reason = "vector loads and stores take raw pointers")]

mod kernels;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::sync::OnceLock;

use kernels::{ProductFn, ProductTile, RawEnd, RawStart};

use crate::Activation;

/// A product kernel: tiles of `rows × columns` sums.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    run: ProductFn,
}

/// The kernels of one instruction set.
#[derive(Debug)]
pub(crate) struct Kernels {
    /// From most columns to fewest.
    products: &'static [Product],
    width: Width,
}

/// What [`widely`] compiles for.
#[derive(Debug, Clone, Copy)]
enum Width {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Target,
}

/// Runs loops that the compiler turns into vector code, for the widest vectors of the processor.
///
/// The closure is compiled once for each instruction set, if it is marked `#[inline(always)]`; results do not depend on
/// it, since the compiler neither fuses nor reorders arithmetic.
#[inline]
pub(crate) fn widely<R>(work: impl FnOnce() -> R) -> R {
    match Kernels::best().width {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the width was chosen by what the processor has, here and below.
        Width::Avx512 => unsafe { x86::widely_avx512(work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Width::Avx2 => unsafe { x86::widely_avx2(work) },
        Width::Target => work(),
    }
}

impl Kernels {
    /// The fastest that this processor runs.
    pub(crate) fn best() -> &'static Self {
        static BEST: OnceLock<&Kernels> = OnceLock::new();
        BEST.get_or_init(|| Self::available()[0])
    }

    /// All that this processor runs, fastest first.
    fn available() -> Vec<&'static Self> {
        let mut available = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f") {
                available.push(&x86::AVX512);
            }
            if std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("fma")
            {
                available.push(&x86::AVX2);
            }
        }
        available.push(&portable::PORTABLE);
        available
    }

    /// The product kernel that computes fewest columns for nothing.
    pub(crate) fn product(&self, columns: usize) -> Product {
        let padded = |product: &&Product| columns.next_multiple_of(product.columns);
        let best = self.products.iter().min_by_key(padded);
        *best.unwrap_or(&self.products[0])
    }
}

/// Places in a buffer, none beyond the `largest`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    list: &'a [usize],
    largest: usize,
}

impl<'a> Places<'a> {
    pub(crate) fn new(list: &'a [usize]) -> Self {
        let largest = list.iter().copied().max().unwrap_or(0);
        Self { list, largest }
    }

    pub(crate) fn len(self) -> usize {
        self.list.len()
    }

    /// Some of the places, known not to lie beyond the largest of all.
    pub(crate) fn part(self, range: std::ops::Range<usize>) -> Self {
        Self {
            list: &self.list[range],
            ..self
        }
    }

    /// As many as a tile has rows from `start` on; the last of all again where there are no more.
    fn rows(self, start: usize) -> [usize; MOST_ROWS] {
        let last = self.list.len() - 1;
        std::array::from_fn(|r| self.list[(start + r).min(last)])
    }
}

/// No tile has more rows.
const MOST_ROWS: usize = 8;
/// No tile has more columns; a buffer that is read as a right operand has as many numbers beyond what is wanted of it.
pub(crate) const MOST_COLUMNS: usize = 64;

/// A product of rows that lie at places: `left[rows[r] + steps[k]] · right[right_rows[k] + c]`, summed over `k`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operands<'a> {
    pub(crate) left: &'a [f32],
    pub(crate) rows: Places<'a>,
    pub(crate) steps: Places<'a>,
    pub(crate) right: &'a [f32],
    /// As many as steps.
    pub(crate) right_rows: Places<'a>,
}

/// What sums begin with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a> {
    Zero,
    /// One number a column.
    Bias(&'a [f32]),
    /// What the output holds.
    Output,
}

/// What becomes of sums.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End<'a> {
    Activation(Activation),
    /// Multiplied by the slope where the number at the same place of another buffer is not positive.
    Gate(&'a [f32], f32),
}

/// Where sums go: to `columns` numbers from each row's place on.
pub(crate) struct Output<'a> {
    pub(crate) data: &'a mut [f32],
    /// As many as rows on the left.
    pub(crate) rows: Places<'a>,
    /// At most those of the tile.
    pub(crate) columns: usize,
}

impl Product {
    /// Computes `out[out.rows[r] + c] = end(start + Σₖ …)` for all rows and the wanted columns.
    ///
    /// # Panics
    /// If a buffer is too short, or if numbers of places differ.
    pub(crate) fn run(
        self,
        operands: &Operands<'_>,
        out: &mut Output<'_>,
        start: Start<'_>,
        end: End<'_>,
    ) {
        let (rows, depth, columns) = (operands.rows, operands.steps.len(), out.columns);
        if rows.len() == 0 {
            return;
        }
        assert!(
            columns <= self.columns && self.rows <= MOST_ROWS,
            "the tile is too small"
        );
        assert!(rows.len() == out.rows.len(), "one place for each row");
        assert!(
            depth == operands.right_rows.len(),
            "one row on the right a step"
        );
        if depth > 0 {
            let read = rows.largest + operands.steps.largest;
            assert!(read < operands.left.len(), "the left is too short");
            let read = operands.right_rows.largest + self.columns;
            assert!(read <= operands.right.len(), "the right is too short");
        }
        let written = out.rows.largest + columns;
        assert!(written <= out.data.len(), "the output is too short");
        let start = match start {
            Start::Zero => RawStart::Zero,
            Start::Bias(bias) => {
                assert!(columns <= bias.len(), "the bias is too short");
                RawStart::Bias(bias.as_ptr())
            }
            Start::Output => RawStart::Output,
        };
        let end = match end {
            End::Activation(activation) => RawEnd::Activation(activation),
            End::Gate(gate, slope) => {
                assert!(written <= gate.len(), "the gate is too short");
                RawEnd::Gate(gate.as_ptr(), slope)
            }
        };
        for row in (0..rows.len()).step_by(self.rows) {
            let (left_rows, out_rows) = (rows.rows(row), out.rows.rows(row));
            let tile = ProductTile {
                depth,
                left: operands.left.as_ptr(),
                left_rows: left_rows.as_ptr(),
                left_steps: operands.steps.list.as_ptr(),
                right: operands.right.as_ptr(),
                right_rows: operands.right_rows.list.as_ptr(),
                out: out.data.as_mut_ptr(),
                out_rows: out_rows.as_ptr(),
                columns,
                start,
                end,
            };
            // SAFETY: the assertions cover all that the kernel reads and writes, as no place lies beyond the largest
            // (the invariant of `Places`), and the table this kernel comes from was chosen by what the processor has. A
            // row that comes twice in a tile is written twice with the same numbers, since all are read first.
            unsafe { (self.run)(&tile) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(len: usize, seed: usize) -> Vec<f32> {
        (0..len)
            .map(|i| ((i * 37 + seed * 11) % 101) as f32 / 50. - 1.)
            .collect()
    }

    fn for_every_product(check: impl Fn(Product, usize, usize)) {
        for kernels in Kernels::available() {
            for &product in kernels.products {
                for rows in [1, product.rows, 2 * product.rows + 1] {
                    for columns in [1, product.columns - 1, product.columns] {
                        check(product, rows, columns);
                    }
                }
            }
        }
    }

    #[test]
    fn products_of_every_instruction_set_are_those_of_the_formula() {
        for_every_product(|product, rows, columns| {
            let (depth, pitch) = (7, columns + 3);
            let left_rows: Vec<usize> = (0..rows).map(|r| (r * 17) % 23).collect();
            let steps: Vec<usize> = (0..depth).map(|k| (k * 13) % 29).collect();
            let right_rows: Vec<usize> = (0..depth).map(|k| (k * 5) % 31).collect();
            let out_rows: Vec<usize> = (0..rows).map(|r| r * pitch).collect();
            let (left, right) = (numbers(52, 1), numbers(31 + product.columns, 2));
            let (bias, gate) = (numbers(columns, 3), numbers(rows * pitch, 4));
            let operands = Operands {
                left: &left,
                rows: Places::new(&left_rows),
                steps: Places::new(&steps),
                right: &right,
                right_rows: Places::new(&right_rows),
            };
            let before = numbers(rows * pitch, 5);
            let starts = [Start::Zero, Start::Bias(&bias), Start::Output];
            let ends = [
                End::Activation(Activation::None),
                End::Activation(Activation::Relu),
                End::Activation(Activation::LeakyRelu(0.25)),
                End::Gate(&gate, 0.5),
            ];
            for (start, end) in starts
                .iter()
                .flat_map(|s| ends.iter().map(move |e| (*s, *e)))
            {
                let mut data = before.clone();
                let mut out = Output {
                    data: &mut data,
                    rows: Places::new(&out_rows),
                    columns,
                };
                product.run(&operands, &mut out, start, end);
                for (i, found) in data.iter().enumerate() {
                    let (r, c) = (i / pitch, i % pitch);
                    if c >= columns {
                        assert_eq!(*found, before[i]);
                        continue;
                    }
                    let of = |k: usize| left[left_rows[r] + steps[k]] * right[right_rows[k] + c];
                    let sum = (0..depth).map(of).sum::<f32>()
                        + match start {
                            Start::Zero => 0.,
                            Start::Bias(bias) => bias[c],
                            Start::Output => before[i],
                        };
                    let expected = match end {
                        End::Activation(activation) => activation.at(sum),
                        End::Gate(gate, slope) => sum * if gate[i] > 0. { 1. } else { slope },
                    };
                    assert!((found - expected).abs() < 1e-5, "{found} {expected}");
                }
            }
        });
    }

    #[test]
    fn a_rectified_infinity_is_zero_and_nan_stays() {
        for_every_product(|product, _, _| {
            let operands = Operands {
                left: &[],
                rows: Places::new(&[0]),
                steps: Places::new(&[]),
                right: &[],
                right_rows: Places::new(&[]),
            };
            let mut data = [f32::NEG_INFINITY];
            for expected in [0., f32::NAN] {
                let mut out = Output {
                    data: &mut data,
                    rows: Places::new(&[0]),
                    columns: 1,
                };
                let end = End::Activation(Activation::Relu);
                product.run(&operands, &mut out, Start::Output, end);
                assert_eq!(data[0].to_bits(), f32::to_bits(expected));
                data[0] = f32::NAN;
            }
        });
    }
}
