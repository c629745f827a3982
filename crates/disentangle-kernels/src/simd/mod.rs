//! The two innermost loops, for the widest vectors the processor has.
//!
//! [`Kernels::best`] picks AVX-512, AVX2 with FMA, or code that the compiler turns into whatever vectors the target
//! has. Rows of the right operand lie anywhere in a buffer, at offsets: a convolution is a matrix product whose right
//! rows are shifted views of the image, so nothing needs to be copied per kernel position.
#![expect(unsafe_code, reason = "vector loads and stores take raw pointers")]

mod kernels;
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::{mem::MaybeUninit, sync::OnceLock};

use kernels::{CopyFn, CopyTile, DotFn, DotTile, FinishFn, FinishTile, ProductFn, ProductTile};

use crate::Activation;

/// A product kernel: `rows × (vectors · lanes)` numbers at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    /// Rows of a tile, and of a panel of the packed left operand.
    pub(crate) rows: usize,
    /// Columns of a tile.
    pub(crate) columns: usize,
    run: ProductFn,
}

/// A dot-product kernel: `rows × columns` sums at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dot {
    /// Rows of a tile.
    pub(crate) rows: usize,
    /// Right rows of a tile.
    pub(crate) columns: usize,
    /// What the length must be a multiple of.
    pub(crate) lanes: usize,
    run: DotFn,
}

/// The kernels of one instruction set.
#[derive(Debug)]
pub(crate) struct Kernels {
    /// From many rows to one.
    products: &'static [Product],
    pub(crate) dot: Dot,
    /// With steps of 1 and 2.
    copy: [CopyFn; 2],
    /// With steps of 1 and 2.
    finish: [FinishFn; 2],
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
/// The closure is compiled once for each instruction set, if it is marked `#[inline(always)]`; results do not depend on it, since the
/// compiler neither fuses nor reorders arithmetic.
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

    /// The product kernel that wastes least on `rows` rows.
    pub(crate) fn product(&self, rows: usize) -> Product {
        let fits = |product: &&Product| product.rows <= rows.next_power_of_two();
        *self
            .products
            .iter()
            .find(fits)
            .unwrap_or(&self.products[self.products.len() - 1])
    }
}

/// Asks for numbers that will be read soon, so that they are on their way together.
pub(crate) fn prefetch(numbers: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    x86::prefetch(numbers);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = numbers;
}

/// Rows to copy, each with zeros around.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Copy2d {
    pub(crate) rows: usize,
    /// Numbers between two that are copied, plus one.
    pub(crate) step: usize,
    /// Numbers in a row of the source.
    pub(crate) source_pitch: usize,
    /// Numbers in a row of the target.
    pub(crate) width: usize,
    /// Zeros that a row of the target begins with.
    pub(crate) left: usize,
    /// Numbers copied into a row; zeros follow.
    pub(crate) len: usize,
}

impl Kernels {
    /// Writes `out[y·width + left + i] = source[y·source_pitch + i·step]` and zeros on both sides.
    ///
    /// # Panics
    /// If a slice is too short.
    pub(crate) fn copy(&self, copy: Copy2d, source: &[f32], out: &mut [f32]) {
        let Copy2d {
            rows,
            step,
            source_pitch,
            width,
            left,
            len,
        } = copy;
        if rows == 0 || len == 0 {
            return out[..rows * width].fill(0.);
        }
        assert!(left + len <= width, "the copy is wider than its target");
        assert!(rows * width <= out.len(), "the target is too short");
        let read = (rows - 1) * source_pitch + (len - 1) * step + 1;
        assert!(read <= source.len(), "the source is too short");
        if let Some(run) = self.copy.get(step.wrapping_sub(1)) {
            let (from, to) = (source.as_ptr(), out.as_mut_ptr());
            let tile = CopyTile {
                rows,
                from,
                from_pitch: source_pitch,
                to,
                width,
                left,
                len,
            };
            // SAFETY: the assertions cover all that is read and written, and the table was chosen by the processor.
            return unsafe { run(&tile) };
        }
        for (out, source) in out
            .chunks_mut(width)
            .zip(source.chunks(source_pitch))
            .take(rows)
        {
            out[..left].fill(0.);
            out[left + len..].fill(0.);
            for (out, &value) in out[left..left + len]
                .iter_mut()
                .zip(source.iter().step_by(step))
            {
                *out = value;
            }
        }
    }
}

/// Rows of sums that become outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    pub(crate) rows: usize,
    /// Numbers of a row.
    pub(crate) len: usize,
    /// Numbers between the beginnings of two rows of sums.
    pub(crate) source_pitch: usize,
    /// Numbers between the beginnings of two rows of outputs.
    pub(crate) pitch: usize,
    /// Numbers between two outputs, plus one.
    pub(crate) step: usize,
    pub(crate) bias: f32,
    pub(crate) activation: Activation,
}

impl Kernels {
    /// Writes `out[y·pitch + i·step] = activation(sums[y·source_pitch + i] + bias)`.
    ///
    /// # Panics
    /// If a slice is too short, or the step is zero.
    pub(crate) fn finish(&self, finish: Finish, sums: &[f32], out: &mut [MaybeUninit<f32>]) {
        let Finish {
            rows,
            len,
            source_pitch,
            pitch,
            step,
            bias,
            activation,
        } = finish;
        if rows == 0 || len == 0 {
            return;
        }
        assert!(step > 0, "outputs would lie on each other");
        let read = (rows - 1) * source_pitch + len;
        assert!(read <= sums.len(), "the sums are too short");
        let written = (rows - 1) * pitch + (len - 1) * step + 1;
        assert!(written <= out.len(), "the output is too short");
        if let Some(run) = self.finish.get(step - 1) {
            let tile = FinishTile {
                rows,
                from: sums.as_ptr(),
                from_pitch: source_pitch,
                to: out.as_mut_ptr().cast(),
                to_pitch: pitch,
                len,
                bias,
                activation,
            };
            // SAFETY: the assertions cover all that is read and written, and the table was chosen by the processor.
            return unsafe { run(&tile) };
        }
        for y in 0..rows {
            let sums = &sums[y * source_pitch..][..len];
            let out = out[y * pitch..].iter_mut().step_by(step);
            for (out, sum) in out.zip(sums) {
                out.write(activation.at(sum + bias));
            }
        }
    }
}

impl Product {
    /// Computes `out[r][c] (+)= Σₖ left[k·rows + r] · right[offsets[k] + c]` for one tile.
    ///
    /// `left` is a packed panel of `offsets.len()` times `rows`; `out` has `pitch` numbers a row.
    ///
    /// # Panics
    /// If a slice is too short.
    #[inline]
    pub(crate) fn run(
        self,
        left: &[f32],
        right: &Rows<'_>,
        (out, pitch): (&mut [f32], usize),
        accumulate: bool,
    ) {
        let depth = right.offsets.len();
        assert!(
            left.len() >= depth * self.rows,
            "the left panel is too short"
        );
        assert!(
            right.largest + right.start + self.columns <= right.data.len(),
            "a right row is too short"
        );
        assert!(
            out.len() >= (self.rows - 1) * pitch + self.columns,
            "the output is too short"
        );
        let tile = ProductTile {
            depth,
            left: left.as_ptr(),
            right: right.data[right.start..].as_ptr(),
            offsets: right.offsets.as_ptr(),
            out: out.as_mut_ptr(),
            pitch,
            accumulate,
        };
        // SAFETY: the assertions cover all that the kernel reads and writes, no offset exceeds `largest` (the invariant
        // of `Rows`), and the table this kernel comes from was chosen by what the processor has.
        unsafe { (self.run)(&tile) }
    }
}

impl Dot {
    /// Computes `out[r·columns + c] += Σ_{i < len} left[r·pitch + i] · right[offsets[c] + i]` for one tile.
    ///
    /// # Panics
    /// If a slice is too short, or `len` no multiple of the lanes.
    #[inline]
    pub(crate) fn run(
        self,
        (left, pitch): (&[f32], usize),
        right: &Rows<'_>,
        len: usize,
        out: &mut [f32],
    ) {
        assert!(
            len.is_multiple_of(self.lanes),
            "the length is no multiple of the lanes"
        );
        assert!(
            left.len() >= (self.rows - 1) * pitch + len,
            "the left rows are too short"
        );
        assert!(right.offsets.len() == self.columns, "one offset a column");
        assert!(
            right.largest + right.start + len <= right.data.len(),
            "a right row is too short"
        );
        assert!(
            out.len() >= self.rows * self.columns,
            "the output is too short"
        );
        let tile = DotTile {
            len,
            left: left.as_ptr(),
            pitch,
            right: right.data[right.start..].as_ptr(),
            offsets: right.offsets.as_ptr(),
            out: out.as_mut_ptr(),
        };
        // SAFETY: as for `Product::run`.
        unsafe { (self.run)(&tile) }
    }
}

/// Rows that begin at offsets into a buffer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    data: &'a [f32],
    offsets: &'a [usize],
    /// Not below any offset.
    largest: usize,
    start: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(data: &'a [f32], offsets: &'a [usize]) -> Self {
        let largest = offsets.iter().copied().max().unwrap_or(0);
        Self {
            data,
            offsets,
            largest,
            start: 0,
        }
    }

    /// The same rows from a later column on.
    pub(crate) fn from(self, start: usize) -> Self {
        Self { start, ..self }
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

    #[test]
    fn products_of_every_instruction_set_are_those_of_the_formula() {
        for kernels in Kernels::available() {
            for &product in kernels.products {
                let (rows, columns, depth, pitch) =
                    (product.rows, product.columns, 7, product.columns + 5);
                let left = numbers(rows * depth, 1);
                let offsets: Vec<usize> = (0..depth).map(|k| (k * 13) % 29).collect();
                let right = numbers(29 + 3 + columns, 2);
                let mut out = numbers(rows * pitch, 3);
                let before = out.clone();
                let view = Rows::new(&right, &offsets).from(3);
                product.run(&left, &view, (&mut out, pitch), true);
                for r in 0..rows {
                    for c in 0..columns {
                        let sum: f32 = (0..depth)
                            .map(|k| left[k * rows + r] * right[offsets[k] + 3 + c])
                            .sum();
                        let expected = before[r * pitch + c] + sum;
                        assert!((out[r * pitch + c] - expected).abs() < 1e-5);
                    }
                }
                let accumulated = out.clone();
                product.run(&left, &view, (&mut out, pitch), false);
                for r in 0..rows {
                    for c in 0..columns {
                        let i = r * pitch + c;
                        assert!((out[i] + before[i] - accumulated[i]).abs() < 1e-5);
                    }
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_copies_rows() {
        for kernels in Kernels::available() {
            for step in [1, 2, 3] {
                for len in 0..40 {
                    let (rows, left, width) = (3, len % 3, len + len % 3 + len % 2);
                    let source_pitch = (len.max(1) - 1) * step + 1;
                    let source = numbers(rows * source_pitch, 1);
                    let mut out = vec![7.; rows * width + 1];
                    let copy = Copy2d {
                        rows,
                        step,
                        source_pitch,
                        width,
                        left,
                        len,
                    };
                    kernels.copy(copy, &source, &mut out);
                    assert_eq!(out[rows * width], 7.);
                    for y in 0..rows {
                        for x in 0..width {
                            let inside = (left..left + len).contains(&x);
                            let from = || y * source_pitch + (x - left) * step;
                            let expected = if inside { source[from()] } else { 0. };
                            assert_eq!(out[y * width + x], expected);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_finishes_rows() {
        let activations = [
            Activation::None,
            Activation::Relu,
            Activation::LeakyRelu(0.25),
        ];
        for (kernels, activation) in Kernels::available()
            .into_iter()
            .flat_map(|kernels| activations.map(|activation| (kernels, activation)))
        {
            for step in [1, 2, 3] {
                for len in 1..40 {
                    let finish = Finish {
                        rows: 3,
                        len,
                        source_pitch: len + 2,
                        pitch: len * step + 1,
                        step,
                        bias: 0.5,
                        activation,
                    };
                    let mut sums = numbers(3 * finish.source_pitch, 1);
                    sums[0] = f32::NEG_INFINITY;
                    let mut out = vec![MaybeUninit::new(7.); 3 * finish.pitch];
                    kernels.finish(finish, &sums, &mut out);
                    for (i, out) in out.iter().enumerate() {
                        // SAFETY: all were there before.
                        let out = unsafe { out.assume_init() };
                        let (y, x) = (i / finish.pitch, i % finish.pitch);
                        let expected = if x % step == 0 && x / step < len {
                            activation.at(sums[y * finish.source_pitch + x / step] + 0.5)
                        } else {
                            7.
                        };
                        assert_eq!(out, expected);
                    }
                }
            }
        }
    }

    #[test]
    fn dots_of_every_instruction_set_are_those_of_the_formula() {
        for kernels in Kernels::available() {
            let dot = kernels.dot;
            let (len, pitch) = (dot.lanes * 3, dot.lanes * 3 + 2);
            let left = numbers(dot.rows * pitch, 1);
            let offsets: Vec<usize> = (0..dot.columns).map(|c| (c * 7) % 19).collect();
            let right = numbers(19 + 1 + len, 2);
            let mut out = vec![1.; dot.rows * dot.columns];
            dot.run(
                (&left, pitch),
                &Rows::new(&right, &offsets).from(1),
                len,
                &mut out,
            );
            for r in 0..dot.rows {
                for c in 0..dot.columns {
                    let sum: f32 = (0..len)
                        .map(|i| left[r * pitch + i] * right[offsets[c] + 1 + i])
                        .sum();
                    assert!((out[r * dot.columns + c] - 1. - sum).abs() < 1e-4);
                }
            }
        }
    }
}
