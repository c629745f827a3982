//! AVX-512 and AVX2.
//!
//! Tiles are as large as the registers allow: 24 sums of 32 registers, 12 of 16.

use std::{
    arch::x86_64::{
        __m256, __m256i, __m512, _CMP_LT_OQ, _MM_HINT_T1, _mm_add_ps, _mm_loadu_ps, _mm_prefetch,
        _mm_storeu_ps, _mm256_add_ps, _mm256_blendv_ps, _mm256_castpd_ps, _mm256_castps_pd,
        _mm256_castps256_ps128, _mm256_cmp_ps, _mm256_cmpgt_epi32, _mm256_extractf128_ps,
        _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_maskload_ps, _mm256_maskstore_ps,
        _mm256_permute4x64_pd, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32,
        _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_pd,
        _mm256_unpackhi_ps, _mm256_unpacklo_pd, _mm256_unpacklo_ps, _mm512_add_epi32,
        _mm512_add_ps, _mm512_castpd_ps, _mm512_castps_pd, _mm512_castps512_ps256,
        _mm512_cmp_ps_mask, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_loadu_ps,
        _mm512_mask_blend_ps, _mm512_mask_storeu_ps, _mm512_maskz_loadu_ps, _mm512_permutex2var_ps,
        _mm512_permutexvar_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setr_epi32,
        _mm512_setzero_ps, _mm512_storeu_ps, _mm512_unpackhi_pd, _mm512_unpackhi_ps,
        _mm512_unpacklo_pd, _mm512_unpacklo_ps,
    },
    mem::MaybeUninit,
};

use super::{
    Dot, Kernels, Product, Width,
    kernels::{
        CopyTile, DotTile, FinishTile, ProductTile, Vector, add_sums, copy, dot, finish, product,
    },
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
    copy: [avx512::copy_1, avx512::copy_2],
    finish: [avx512::finish_1, avx512::finish_2],
    width: Width::Avx512,
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
    copy: [avx2::copy_1, avx2::copy_2],
    finish: [avx2::finish_1, avx2::finish_2],
    width: Width::Avx2,
};

/// Asks for the cache lines of some numbers, into the second level.
pub(super) fn prefetch(numbers: &[f32]) {
    const LINE: usize = 16;
    for line in numbers.chunks(LINE) {
        // SAFETY: a hint, which SSE has and so every processor of this architecture; nothing is accessed.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
}

#[target_feature(enable = "avx512f")]
pub(super) unsafe fn widely_avx512<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn widely_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

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
                const COUNT: usize = $dot_rows * $dot_columns;
                let mut sums = MaybeUninit::<[$vector; COUNT]>::uninit();
                let sums = sums.as_mut_ptr().cast::<$vector>();
                // SAFETY: as above; the first call writes all sums.
                unsafe {
                    dot_lanes(tile, sums);
                    add_sums(sums, COUNT, tile.out);
                }
            }

            #[inline(never)]
            #[target_feature(enable = $features)]
            unsafe fn dot_lanes(tile: &DotTile, into: *mut $vector) {
                // SAFETY: as above.
                unsafe { dot::<$vector, $dot_rows, $dot_columns>(tile, into) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn copy_1(tile: &CopyTile) {
                // SAFETY: as above.
                unsafe { copy::<$vector, 1>(tile) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn copy_2(tile: &CopyTile) {
                // SAFETY: as above.
                unsafe { copy::<$vector, 2>(tile) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn finish_1(tile: &FinishTile) {
                // SAFETY: as above.
                unsafe { finish::<$vector, 1>(tile) }
            }

            #[target_feature(enable = $features)]
            pub(super) unsafe fn finish_2(tile: &FinishTile) {
                // SAFETY: as above.
                unsafe { finish::<$vector, 2>(tile) }
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
    unsafe fn even_lanes(self, then: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            let even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
            _mm512_permutex2var_ps(self, even, then)
        }
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
    unsafe fn store_apart(self, to: *mut f32, count: usize) {
        const EVEN: u32 = 0x5555_5555;
        // SAFETY: as above.
        unsafe {
            let low = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
            let high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
            let mask = EVEN & (u64::MAX >> (64 - 2 * count.max(1))) as u32;
            _mm512_mask_storeu_ps(to, mask as u16, _mm512_permutexvar_ps(low, self));
            let to = to.wrapping_add(16);
            _mm512_mask_storeu_ps(to, (mask >> 16) as u16, _mm512_permutexvar_ps(high, self));
        }
    }

    #[inline(always)]
    unsafe fn add_sums([a, b, c, d]: [Self; 4], to: *mut f32) {
        // SAFETY: as above.
        unsafe {
            // Each quarter: two partial sums of a and b, then one each of a, b, c, d.
            let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            let (ab, cd) = (_mm512_castps_pd(ab), _mm512_castps_pd(cd));
            let low = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
            let high = _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd));
            let quarters = _mm512_add_ps(low, high);
            let upper = _mm512_castps_pd(quarters);
            let upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(upper, 1));
            let halves = _mm256_add_ps(_mm512_castps512_ps256(quarters), upper);
            add_halves(halves, to);
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
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(to, self) }
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
    unsafe fn even_lanes(self, then: Self) -> Self {
        // SAFETY: as above.
        unsafe {
            // Pairs of lanes come out as 0 1 (self), 0 1 (then), 2 3 (self), 2 3 (then).
            let mixed = _mm256_castps_pd(_mm256_shuffle_ps(self, then, 0b10_00_10_00));
            _mm256_castpd_ps(_mm256_permute4x64_pd(mixed, 0b11_01_10_00))
        }
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
    unsafe fn store_apart(self, to: *mut f32, count: usize) {
        // Storing by a mask is slow on many of these processors.
        let mut lanes = [0.; 8];
        // SAFETY: as above.
        unsafe {
            _mm256_storeu_ps(lanes.as_mut_ptr(), self);
            for (i, lane) in lanes.into_iter().enumerate().take(count) {
                *to.add(2 * i) = lane;
            }
        }
    }

    #[inline(always)]
    unsafe fn add_sums([a, b, c, d]: [Self; 4], to: *mut f32) {
        // SAFETY: as above.
        unsafe {
            let ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            let (ab, cd) = (_mm256_castps_pd(ab), _mm256_castps_pd(cd));
            let low = _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd));
            let high = _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd));
            add_halves(_mm256_add_ps(low, high), to);
        }
    }
}

/// Adds both halves of a vector to four numbers.
///
/// # Safety
/// As [`Vector::add_sums`].
#[inline(always)]
unsafe fn add_halves(halves: __m256, to: *mut f32) {
    // SAFETY: as above.
    unsafe {
        let sums = _mm_add_ps(
            _mm256_castps256_ps128(halves),
            _mm256_extractf128_ps(halves, 1),
        );
        _mm_storeu_ps(to, _mm_add_ps(_mm_loadu_ps(to), sums));
    }
}
