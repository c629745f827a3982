//! The loops, written once for vectors of any width.
//!
//! Every sum runs over `k` (or `i`) in order, one accumulator a number, so results do not depend on how the work was
//! divided among threads.

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
    /// # Safety
    /// As [`Vector::zero`]; `LANES` numbers can be written.
    unsafe fn store(self, to: *mut f32);
    /// `self · by + plus`
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self;
    /// The sum of the lanes.
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn sum(self) -> f32;
}

/// The operands of [`product`].
pub(super) struct ProductTile {
    pub(super) depth: usize,
    pub(super) left: *const f32,
    pub(super) right: *const f32,
    pub(super) offsets: *const usize,
    pub(super) out: *mut f32,
    pub(super) pitch: usize,
    pub(super) accumulate: bool,
}

/// The operands of [`dot`].
pub(super) struct DotTile {
    pub(super) len: usize,
    pub(super) left: *const f32,
    pub(super) pitch: usize,
    pub(super) right: *const f32,
    pub(super) offsets: *const usize,
    pub(super) out: *mut f32,
}

pub(super) type ProductFn = unsafe fn(&ProductTile);
pub(super) type DotFn = unsafe fn(&DotTile);

/// `out[r][c] (+)= Σₖ left[k·R + r] · right[offsets[k] + c]`
///
/// # Safety
/// The processor has `V`'s instructions, and all that the formula names can be read or written.
#[inline(always)]
pub(super) unsafe fn product<V: Vector, const R: usize, const C: usize>(tile: &ProductTile) {
    // SAFETY: the caller vouches for the instructions and the memory.
    unsafe {
        let mut sums = [[V::zero(); C]; R];
        if tile.accumulate {
            for (r, row) in sums.iter_mut().enumerate() {
                for (c, sum) in row.iter_mut().enumerate() {
                    *sum = V::load(tile.out.add(r * tile.pitch + c * V::LANES));
                }
            }
        }
        let mut left = tile.left;
        for k in 0..tile.depth {
            let row = tile.right.add(*tile.offsets.add(k));
            let mut right = [V::zero(); C];
            for (c, right) in right.iter_mut().enumerate() {
                *right = V::load(row.add(c * V::LANES));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let factor = V::splat(left.add(r));
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = factor.mul_add(right, *sum);
                }
            }
            left = left.add(R);
        }
        for (r, row) in sums.iter().enumerate() {
            for (c, sum) in row.iter().enumerate() {
                sum.store(tile.out.add(r * tile.pitch + c * V::LANES));
            }
        }
    }
}

/// `out[r·C + c] += Σᵢ left[r·pitch + i] · right[offsets[c] + i]`
///
/// # Safety
/// As [`product`]; `len` is a multiple of the lanes.
#[inline(always)]
pub(super) unsafe fn dot<V: Vector, const R: usize, const C: usize>(tile: &DotTile) {
    // SAFETY: the caller vouches for the instructions and the memory.
    unsafe {
        let mut sums = [[V::zero(); C]; R];
        let mut rows = [tile.left; R];
        for (r, row) in rows.iter_mut().enumerate() {
            *row = tile.left.add(r * tile.pitch);
        }
        let mut columns = [tile.right; C];
        for (c, column) in columns.iter_mut().enumerate() {
            *column = tile.right.add(*tile.offsets.add(c));
        }
        let mut i = 0;
        while i < tile.len {
            let mut left = [V::zero(); R];
            for (left, row) in left.iter_mut().zip(rows) {
                *left = V::load(row.add(i));
            }
            for (c, column) in columns.iter().enumerate() {
                let right = V::load(column.add(i));
                for (left, sums) in left.iter().zip(sums.iter_mut()) {
                    sums[c] = left.mul_add(right, sums[c]);
                }
            }
            i += V::LANES;
        }
        for (r, row) in sums.iter().enumerate() {
            for (c, sum) in row.iter().enumerate() {
                *tile.out.add(r * C + c) += sum.sum();
            }
        }
    }
}
