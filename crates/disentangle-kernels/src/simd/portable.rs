//! Vectors for any processor: four numbers side by side, which compilers turn into SSE or NEON.

use super::{
    Dot, Kernels, Product,
    kernels::{DotTile, ProductTile, Vector, dot, product},
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
        columns: 3,
        lanes: 4,
        run: dot_2,
    },
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
    // SAFETY: as above.
    unsafe { dot::<[f32; 4], 2, 3>(tile) }
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
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // Without the instruction, `f32::mul_add` is a slow call.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            std::array::from_fn(|i| self[i].mul_add(by[i], plus[i]))
        } else {
            std::array::from_fn(|i| self[i] * by[i] + plus[i])
        }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        (self[0] + self[2]) + (self[1] + self[3])
    }
}
