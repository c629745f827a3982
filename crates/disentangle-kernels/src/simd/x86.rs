//! AVX-512 and AVX2.
//!
//! Tiles are as large as the registers allow: 24 sums of 32 registers, 12 of 16.

use std::arch::x86_64::{
    __m256, __m512, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehl_ps, _mm_shuffle_ps,
    _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_reduce_add_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::{
    Dot, Kernels, Product,
    kernels::{DotTile, ProductTile, Vector, dot, product},
};

pub(super) static AVX512: Kernels = Kernels {
    products: &[
        Product {
            rows: 8,
            columns: 48,
            run: avx512::product_8,
        },
        Product {
            rows: 4,
            columns: 96,
            run: avx512::product_4,
        },
        Product {
            rows: 2,
            columns: 128,
            run: avx512::product_2,
        },
        Product {
            rows: 1,
            columns: 128,
            run: avx512::product_1,
        },
    ],
    dot: Dot {
        rows: 4,
        columns: 6,
        lanes: 16,
        run: avx512::dot_tile,
    },
};

pub(super) static AVX2: Kernels = Kernels {
    products: &[
        Product {
            rows: 4,
            columns: 24,
            run: avx2::product_4,
        },
        Product {
            rows: 2,
            columns: 32,
            run: avx2::product_2,
        },
        Product {
            rows: 1,
            columns: 64,
            run: avx2::product_1,
        },
    ],
    dot: Dot {
        rows: 4,
        columns: 3,
        lanes: 8,
        run: avx2::dot_tile,
    },
};

/// Instances of the generic loops, compiled for an instruction set.
macro_rules! instances {
    ($name:ident, $features:literal, $vector:ty, dot $dot_rows:literal x $dot_columns:literal,
     $($product:ident $rows:literal x $vectors:literal),+) => {
        mod $name {
            use super::*;

            $(
                #[target_feature(enable = $features)]
                pub(super) unsafe fn $product(tile: &ProductTile) {
                    // SAFETY: compiled for these instructions; the caller vouches for the memory.
                    unsafe { product::<$vector, $rows, $vectors>(tile) }
                }
            )+

            #[target_feature(enable = $features)]
            pub(super) unsafe fn dot_tile(tile: &DotTile) {
                // SAFETY: as above.
                unsafe { dot::<$vector, $dot_rows, $dot_columns>(tile) }
            }
        }
    };
}

instances!(avx512, "avx512f", __m512, dot 4 x 6,
    product_8 8 x 3, product_4 4 x 6, product_2 2 x 8, product_1 1 x 8);
instances!(avx2, "avx2,fma", __m256, dot 4 x 3,
    product_4 4 x 3, product_2 2 x 4, product_1 1 x 8);

impl Vector for __m512 {
    const LANES: usize = 16;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: the caller vouches for the instructions, here and below, and for the memory.
        unsafe { _mm512_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn splat(from: *const f32) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_set1_ps(*from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_fmadd_ps(self, by, plus) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: as above.
        unsafe { _mm512_reduce_add_ps(self) }
    }
}

impl Vector for __m256 {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        // SAFETY: as above.
        unsafe { _mm256_setzero_ps() }
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn splat(from: *const f32) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_set1_ps(*from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(to, self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_fmadd_ps(self, by, plus) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // SAFETY: as above.
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(self), _mm256_extractf128_ps(self, 1));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)))
        }
    }
}
