//! The innermost loop, written once for vectors of any width.
//!
//! Every sum runs over `k` in order, one accumulator a number, so results do not depend on how the work was divided
//! among threads.

use crate::Activation;

/// A vector of f32.
pub(super) trait Vector: Copy {
    const LANES: usize;
    /// # Safety
    /// The processor has the instructions.
    unsafe fn zero() -> Self;
    /// # Safety
    /// As [`Vector::zero`]; `LANES` numbers can be read.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// As [`Vector::zero`]; one number can be read.
    unsafe fn splat(from: *const f32) -> Self;
    /// The first `count` lanes, at most all, and zeros.
    ///
    /// # Safety
    /// As [`Vector::zero`]; `count` numbers can be read.
    unsafe fn load_some(from: *const f32, count: usize) -> Self;
    /// The first `count` lanes, at most all.
    ///
    /// # Safety
    /// As [`Vector::zero`]; `count` numbers can be written.
    unsafe fn store_some(self, to: *mut f32, count: usize);
    /// `self · by + plus`
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    /// The lanes of this that are not negative, and those of another instead of the others.
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn unless_negative(self, other: Self) -> Self;
    /// The lanes of this where `gate` is positive, and those of another instead of the others.
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn where_positive(self, gate: Self, other: Self) -> Self;
}

/// The operands of [`product`].
pub(super) struct ProductTile {
    pub(super) depth: usize,
    pub(super) left: *const f32,
    /// Places of the rows on the left, one a row of the tile.
    pub(super) left_rows: *const usize,
    /// What each step of the depth adds to them.
    pub(super) left_steps: *const usize,
    pub(super) right: *const f32,
    /// Places of the rows on the right, one a step of the depth.
    pub(super) right_rows: *const usize,
    pub(super) out: *mut f32,
    /// Places of the rows of the output.
    pub(super) out_rows: *const usize,
    /// Columns that are wanted, at most those of the tile.
    pub(super) columns: usize,
    pub(super) start: RawStart,
    pub(super) end: RawEnd,
}

/// What sums begin with.
#[derive(Clone, Copy)]
pub(super) enum RawStart {
    Zero,
    /// One number a column.
    Bias(*const f32),
    /// What the output holds.
    Output,
}

/// What becomes of sums.
#[derive(Clone, Copy)]
pub(super) enum RawEnd {
    Activation(Activation),
    /// Multiplied by the slope where the number at the same place of another buffer is not positive.
    Gate(*const f32, f32),
}

pub(super) type ProductFn = unsafe fn(&ProductTile);

/// `out[out_rows[r] + c] = end(start + Σₖ left[left_rows[r] + left_steps[k]] · right[right_rows[k] + c])`
///
/// # Safety
/// The processor has `V`'s instructions; all that the formula names can be read (on the right, the columns of the whole
/// tile) and, for the wanted columns, written.
#[inline(always)]
pub(super) unsafe fn product<V: Vector, const R: usize, const C: usize>(tile: &ProductTile) {
    // SAFETY: the caller vouches for the instructions and the memory.
    unsafe {
        let wanted = |c: usize| tile.columns.saturating_sub(c * V::LANES).min(V::LANES);
        let mut sums = [[V::zero(); C]; R];
        match tile.start {
            RawStart::Zero => {}
            RawStart::Bias(bias) => {
                for c in 0..C {
                    let bias = V::load_some(bias.wrapping_add(c * V::LANES), wanted(c));
                    for row in &mut sums {
                        row[c] = bias;
                    }
                }
            }
            RawStart::Output => {
                for (r, row) in sums.iter_mut().enumerate() {
                    let out = tile.out.add(*tile.out_rows.add(r));
                    for (c, sum) in row.iter_mut().enumerate() {
                        *sum = V::load_some(out.wrapping_add(c * V::LANES), wanted(c));
                    }
                }
            }
        }
        let mut rows = [tile.left; R];
        for (r, row) in rows.iter_mut().enumerate() {
            *row = tile.left.add(*tile.left_rows.add(r));
        }
        for k in 0..tile.depth {
            let step = *tile.left_steps.add(k);
            let from = tile.right.add(*tile.right_rows.add(k));
            let mut right = [V::zero(); C];
            for (c, right) in right.iter_mut().enumerate() {
                *right = V::load(from.add(c * V::LANES));
            }
            for (row, sums) in rows.iter().zip(&mut sums) {
                let factor = V::splat(row.add(step));
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = factor.mul_add(right, *sum);
                }
            }
        }
        for (r, row) in sums.iter().enumerate() {
            let at = *tile.out_rows.add(r);
            for (c, sum) in row.iter().enumerate() {
                let (from, count) = (at + c * V::LANES, wanted(c));
                finished(*sum, tile.end, from, count)
                    .store_some(tile.out.wrapping_add(from), count);
            }
        }
    }
}

/// # Safety
/// As [`product`]; a gate can be read at `count` places from `at` on.
#[inline(always)]
unsafe fn finished<V: Vector>(sum: V, end: RawEnd, at: usize, count: usize) -> V {
    // SAFETY: the caller vouches for the instructions and the memory.
    unsafe {
        match end {
            RawEnd::Activation(Activation::None) => sum,
            RawEnd::Activation(Activation::Relu) => sum.unless_negative(V::zero()),
            RawEnd::Activation(Activation::LeakyRelu(slope)) => {
                sum.unless_negative(sum.mul_add(V::splat(&slope), V::zero()))
            }
            RawEnd::Gate(gate, slope) => {
                let other = sum.mul_add(V::splat(&slope), V::zero());
                sum.where_positive(V::load_some(gate.wrapping_add(at), count), other)
            }
        }
    }
}
