//! The loops, written once for vectors of any width.
//!
//! Every sum runs over `k` (or `i`) in order, one accumulator a number, so results do not depend on how the work was
//! divided among threads.

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
    /// # Safety
    /// As [`Vector::zero`]; `LANES` numbers can be written.
    unsafe fn store(self, to: *mut f32);
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
    /// The even lanes of this and then of another.
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn even_lanes(self, then: Self) -> Self;
    /// The lanes of this that are not negative, and those of another instead of the others.
    ///
    /// # Safety
    /// As [`Vector::zero`].
    unsafe fn unless_negative(self, other: Self) -> Self;
    /// Writes the first `count` lanes, at most all, to every other number.
    ///
    /// # Safety
    /// As [`Vector::zero`]; `2·count − 1` numbers can be written.
    unsafe fn store_apart(self, to: *mut f32, count: usize);
    /// Adds the sum of the lanes of each vector to a number.
    ///
    /// # Safety
    /// As [`Vector::zero`]; four numbers can be read and written.
    unsafe fn add_sums(four: [Self; 4], to: *mut f32);
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

/// The operands of [`copy`].
pub(super) struct CopyTile {
    pub(super) rows: usize,
    pub(super) from: *const f32,
    pub(super) from_pitch: usize,
    pub(super) to: *mut f32,
    /// Numbers in a row of the target.
    pub(super) width: usize,
    /// Zeros that a row begins with.
    pub(super) left: usize,
    /// Numbers copied into a row; zeros follow.
    pub(super) len: usize,
}

/// The operands of [`finish`].
pub(super) struct FinishTile {
    pub(super) rows: usize,
    pub(super) from: *const f32,
    pub(super) from_pitch: usize,
    pub(super) to: *mut f32,
    pub(super) to_pitch: usize,
    /// Numbers of a row.
    pub(super) len: usize,
    pub(super) bias: f32,
    pub(super) activation: Activation,
}

pub(super) type ProductFn = unsafe fn(&ProductTile);
pub(super) type DotFn = unsafe fn(&DotTile);
pub(super) type CopyFn = unsafe fn(&CopyTile);
pub(super) type FinishFn = unsafe fn(&FinishTile);

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

/// `into[r·C + c] = Σᵢ left[r·pitch + i] · right[offsets[c] + i]`, lane by lane
///
/// Not inlined where the lanes are added up: what suits the registers there spoils this loop.
///
/// # Safety
/// As [`product`]; `len` is a multiple of the lanes.
#[inline(always)]
pub(super) unsafe fn dot<V: Vector, const R: usize, const C: usize>(tile: &DotTile, into: *mut V) {
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
                into.add(r * C + c).write(*sum);
            }
        }
    }
}

/// `to[i] += ` the sum of the lanes of `vectors[i]`, for `count` vectors, a multiple of four.
///
/// # Safety
/// As [`product`].
#[inline(always)]
pub(super) unsafe fn add_sums<V: Vector>(vectors: *const V, count: usize, to: *mut f32) {
    let mut i = 0;
    while i < count {
        // SAFETY: the caller vouches for the instructions and the memory.
        unsafe {
            let four = std::array::from_fn(|j| *vectors.add(i + j));
            V::add_sums(four, to.add(i));
        }
        i += 4;
    }
}

/// `to[y·width + left + i] = from[y·from_pitch + i·STEP]`, zero on both sides; `STEP` is 1 or 2.
///
/// # Safety
/// As [`product`].
#[inline(always)]
pub(super) unsafe fn copy<V: Vector, const STEP: usize>(tile: &CopyTile) {
    let &CopyTile {
        rows,
        left,
        len,
        width,
        ..
    } = tile;
    for y in 0..rows {
        // SAFETY: the caller vouches for the instructions and the memory.
        unsafe {
            let from = tile.from.add(y * tile.from_pitch);
            let to = tile.to.add(y * width);
            clear::<V>(to, left);
            let inner = to.add(left);
            let mut i = 0;
            while i + V::LANES <= len {
                let from = from.add(i * STEP);
                let vector = if STEP == 1 {
                    V::load(from)
                } else {
                    // The last number has no partner.
                    let rest = V::load_some(from.add(V::LANES), V::LANES - 1);
                    V::load(from).even_lanes(rest)
                };
                vector.store(inner.add(i));
                i += V::LANES;
            }
            if i < len {
                let count = len - i;
                let from = from.add(i * STEP);
                let vector = if STEP == 1 {
                    V::load_some(from, count)
                } else {
                    let needed = 2 * count - 1;
                    let first = V::load_some(from, needed.min(V::LANES));
                    let rest = needed.saturating_sub(V::LANES);
                    first.even_lanes(V::load_some(from.wrapping_add(V::LANES), rest))
                };
                vector.store_some(inner.add(i), count);
            }
            clear::<V>(inner.add(len), width - left - len);
        }
    }
}

/// Zeros, without the call that compilers make of such a loop: there are few.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn clear<V: Vector>(to: *mut f32, count: usize) {
    let mut i = 0;
    while i < count {
        // SAFETY: the caller vouches for the instructions and the memory.
        unsafe { V::zero().store_some(to.add(i), (count - i).min(V::LANES)) };
        i += V::LANES;
    }
}

/// `to[y·to_pitch + i·STEP] = activation(from[y·from_pitch + i] + bias)`; `STEP` is 1 or 2.
///
/// # Safety
/// As [`product`].
#[inline(always)]
pub(super) unsafe fn finish<V: Vector, const STEP: usize>(tile: &FinishTile) {
    // SAFETY: the caller vouches for the instructions and the memory.
    unsafe {
        let slope = tile.activation.negative_slope();
        let [one, bias, slope] = [&1., &tile.bias, &slope].map(|number| V::splat(number));
        for y in 0..tile.rows {
            let from = tile.from.add(y * tile.from_pitch);
            let to = tile.to.add(y * tile.to_pitch);
            let mut i = 0;
            while i < tile.len {
                let count = (tile.len - i).min(V::LANES);
                let x = V::load_some(from.add(i), count).mul_add(one, bias);
                let x = match tile.activation {
                    Activation::None => x,
                    Activation::Relu => x.unless_negative(V::zero()),
                    Activation::LeakyRelu(_) => x.unless_negative(x.mul_add(slope, V::zero())),
                };
                if STEP == 1 {
                    x.store_some(to.add(i), count);
                } else {
                    x.store_apart(to.add(2 * i), count);
                }
                i += V::LANES;
            }
        }
    }
}
