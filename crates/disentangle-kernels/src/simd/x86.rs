//! AVX-512 and AVX2.
//!
//! Tiles are as large as the registers allow: 16 or 24 sums of 32 registers, 12 of 16.

use std::arch::x86_64::{
    __m256, __m256i, __m512, _CMP_GT_OQ, _CMP_LT_OQ, _mm256_blendv_ps, _mm256_cmp_ps,
    _mm256_cmpgt_epi32, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_maskload_ps, _mm256_maskstore_ps,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32, _mm256_setzero_ps, _mm512_cmp_ps_mask,
    _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_mask_blend_ps, _mm512_mask_storeu_ps,
    _mm512_maskz_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::{
    Kernels, Product, Width,
    kernels::{ProductTile, Vector, product},
};

pub(super) static AVX512: Kernels = Kernels {
    products: &[
        Product {
            rows: 6,
            columns: 64,
            run: avx512::product_4,
        },
        Product {
            rows: 8,
            columns: 32,
            run: avx512::product_2,
        },
        Product {
            rows: 8,
            columns: 16,
            run: avx512::product_1,
        },
    ],
    width: Width::Avx512,
};

pub(super) static AVX2: Kernels = Kernels {
    products: &[
        Product {
            rows: 6,
            columns: 16,
            run: avx2::product_2,
        },
        Product {
            rows: 8,
            columns: 8,
            run: avx2::product_1,
        },
    ],
    width: Width::Avx2,
};

#[target_feature(enable = "avx512f")]
pub(super) unsafe fn widely_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn widely_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Instances of the generic loop, compiled for an instruction set.
macro_rules! instances {
    ($name:ident, $features:literal, $vector:ty, $($product:ident $rows:literal x $vectors:literal),+) => {
        mod $name {
            use super::*;

            $(
                #[target_feature(enable = $features)]
                pub(super) unsafe fn $product(tile: &ProductTile) {
                    // SAFETY: compiled for these instructions; the caller vouches for the memory.
                    unsafe { product::<$vector, $rows, $vectors>(tile) }
                }
            )+
        }
    };
}

instances!(avx512, "avx512f", __m512, product_4 6 x 4, product_2 8 x 2, product_1 8 x 1);
instances!(avx2, "avx2,fma", __m256, product_2 6 x 2, product_1 8 x 1);

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
    unsafe fn load_some(from: *const f32, count: usize) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_maskz_loadu_ps(first_lanes(count), from) }
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut f32, count: usize) {
        // SAFETY: as above.
        unsafe { _mm512_mask_storeu_ps(to, first_lanes(count), self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm512_fmadd_ps(self, by, plus) }
    }

    #[inline(always)]
    unsafe fn unless_negative(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let negative = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self, _mm512_setzero_ps());
            _mm512_mask_blend_ps(negative, self, other)
        }
    }

    #[inline(always)]
    unsafe fn where_positive(self, gate: Self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate, _mm512_setzero_ps());
            _mm512_mask_blend_ps(positive, other, self)
        }
    }
}

/// A mask of the first `count` of sixteen lanes.
#[inline(always)]
fn first_lanes(count: usize) -> u16 {
    ((1u32 << count) - 1) as u16
}

/// A mask of the first `count` lanes.
///
/// # Safety
/// The processor has AVX2.
#[inline(always)]
unsafe fn first_of_eight(count: usize) -> __m256i {
    // SAFETY: the caller vouches for the instructions.
    unsafe {
        let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), lanes)
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
    unsafe fn load_some(from: *const f32, count: usize) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_maskload_ps(from, first_of_eight(count)) }
    }

    #[inline(always)]
    unsafe fn store_some(self, to: *mut f32, count: usize) {
        // SAFETY: as above.
        unsafe { _mm256_maskstore_ps(to, first_of_eight(count), self) }
    }

    #[inline(always)]
    unsafe fn mul_add(self, by: Self, plus: Self) -> Self {
        // SAFETY: as above.
        unsafe { _mm256_fmadd_ps(self, by, plus) }
    }

    #[inline(always)]
    unsafe fn unless_negative(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let negative = _mm256_cmp_ps::<_CMP_LT_OQ>(self, _mm256_setzero_ps());
            _mm256_blendv_ps(self, other, negative)
        }
    }

    #[inline(always)]
    unsafe fn where_positive(self, gate: Self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let positive = _mm256_cmp_ps::<_CMP_GT_OQ>(gate, _mm256_setzero_ps());
            _mm256_blendv_ps(other, self, positive)
        }
    }
}
