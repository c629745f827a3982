//! Vectors for any processor: four numbers side by side, which compilers turn into SSE or NEON.

use super::{
    Dot, Kernels, Product, Width,
    kernels::{
        CopyTile, DotTile, FinishTile, ProductTile, Vector, add_sums, copy, dot, finish, product,
    },
};

pub(super) static PORTABLE: Kernels = Kernels {
    products: &[
        Product {
            rows: 4,
            columns: 8,
            run: product_4,
        },
        Product {
            rows: 1,
            columns: 16,
            run: product_1,
        },
    ],
    dot: Dot {
        rows: 2,
        columns: 4,
        lanes: 4,
        run: dot_2,
    },
    copy: [copy_1, copy_2],
    finish: [finish_1, finish_2],
    width: Width::Target,
};

unsafe fn product_4(tile: &ProductTile) {
    // SAFETY: no special instructions; the caller vouches for the memory.
    unsafe { product::<[f32; 4], 4, 2>(tile) }
}

unsafe fn product_1(tile: &ProductTile) {
    // SAFETY: as above.
    unsafe { product::<[f32; 4], 1, 4>(tile) }
}

unsafe fn dot_2(tile: &DotTile) {
    let mut sums = [[0f32; 4]; 8];
    // SAFETY: as above; the tile has as many sums.
    unsafe {
        dot::<[f32; 4], 2, 4>(tile, sums.as_mut_ptr());
        add_sums(sums.as_ptr(), sums.len(), tile.out);
    }
}

unsafe fn copy_1(tile: &CopyTile) {
    // SAFETY: as above.
    unsafe { copy::<[f32; 4], 1>(tile) }
}

unsafe fn copy_2(tile: &CopyTile) {
    // SAFETY: as above.
    unsafe { copy::<[f32; 4], 2>(tile) }
}

unsafe fn finish_1(tile: &FinishTile) {
    // SAFETY: as above.
    unsafe { finish::<[f32; 4], 1>(tile) }
}

unsafe fn finish_2(tile: &FinishTile) {
    // SAFETY: as above.
    unsafe { finish::<[f32; 4], 2>(tile) }
}

impl Vector for [f32; 4] {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.; 4]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for the memory.
        unsafe { from.cast::<Self>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn splat(from: *const f32) -> Self {
        // SAFETY: the caller vouches for the memory.
        unsafe { [*from; 4] }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for the memory.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }

    #[inline(always)]
    unsafe fn load_some(from: *const f32, count: usize) -> Self {
        // SAFETY: the caller vouches for the memory.
        std::array::from_fn(|i| {
            if i < count {
                unsafe { *from.add(i) }
            } else {
                0.
            }
        })
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut f32, count: usize) {
        for (i, lane) in self.into_iter().enumerate().take(count) {
            // SAFETY: the caller vouches for the memory.
            unsafe { *to.add(i) = lane }
        }
    }

    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // Without the instruction, `f32::mul_add` is a slow call.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            std::array::from_fn(|i| self[i].mul_add(by[i], plus[i]))
        } else {
            std::array::from_fn(|i| self[i] * by[i] + plus[i])
        }
    }

    #[inline(always)]
    unsafe fn even_lanes(self, then: Self) -> Self {
        [self[0], self[2], then[0], then[2]]
    }

    #[inline(always)]
    unsafe fn unless_negative(self, other: Self) -> Self {
        std::array::from_fn(|i| if self[i] < 0. { other[i] } else { self[i] })
    }

    #[inline(always)]
    unsafe fn store_apart(self, to: *mut f32, count: usize) {
        for (i, lane) in self.into_iter().enumerate().take(count) {
            // SAFETY: the caller vouches for the memory.
            unsafe { *to.add(2 * i) = lane }
        }
    }

    #[inline(always)]
    unsafe fn add_sums(four: [Self; 4], to: *mut f32) {
        for (i, lanes) in four.iter().enumerate() {
            // SAFETY: the caller vouches for the memory.
            unsafe { *to.add(i) += (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]) }
        }
    }
}
