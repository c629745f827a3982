//! Vectors for any processor: four numbers side by side, which compilers turn into SSE or NEON.

use super::{
    Kernels, Product, Width,
    kernels::{ProductTile, Vector, product},
};

pub(super) static PORTABLE: Kernels = Kernels {
    products: &[
        Product {
            rows: 4,
            columns: 8,
            run: product_2,
        },
        Product {
            rows: 4,
            columns: 4,
            run: product_1,
        },
    ],
    width: Width::Target,
};

unsafe fn product_2(tile: &ProductTile) {
    // SAFETY: no special instructions; the caller vouches for the memory.
    unsafe { product::<[f32; 4], 4, 2>(tile) }
}

unsafe fn product_1(tile: &ProductTile) {
    // SAFETY: as above.
    unsafe { product::<[f32; 4], 4, 1>(tile) }
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
    unsafe fn unless_negative(self, other: Self) -> Self {
        std::array::from_fn(|i| if self[i] < 0. { other[i] } else { self[i] })
    }

    #[inline(always)]
    unsafe fn where_positive(self, gate: Self, other: Self) -> Self {
        std::array::from_fn(|i| if gate[i] > 0. { self[i] } else { other[i] })
    }
}
