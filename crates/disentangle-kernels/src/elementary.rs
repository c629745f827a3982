//! Elementary functions without branches or calls, so that loops over them become vector code.

/// `exp(x)` for `x ≤ 0`, relative error below 2e-7; subnormal results may be flushed to zero.
///
/// `x = n·ln 2 + r` with `|r| ≤ ½ ln 2`, a polynomial for `exp(r)` (Cephes `expf`), `2ⁿ` put into the exponent bits.
#[inline(always)]
pub(crate) fn exp_of_negative(x: f32) -> f32 {
    // Below, the result is under the smallest normal number. `max` would turn NaN into a number.
    let clamped = if x < -87. { -87. } else { x };
    // Adding and subtracting 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
    let shifted = clamped * core::f32::consts::LOG2_E + 12_582_912.;
    let n = shifted - 12_582_912.;
    let r = clamped - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4;
    for c in [
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ] {
        p = p * r + c;
    }
    let exp_r = p * r * r + r + 1.;
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    exp_r * power * if x < -87. { 0. } else { 1. }
}

/// `ln(1 + t)` for `t` in `[0, 1]`, relative error below 2e-7.
///
/// `2·atanh(t / (2 + t))`, whose argument is at most ⅓: the series converges by a factor 9 a term.
#[inline(always)]
pub(crate) fn log1p_of_unit(t: f32) -> f32 {
    let s = t / (2. + t);
    let s2 = s * s;
    let mut p = 2. / 15.;
    for odd in [13., 11., 9., 7., 5., 3.] {
        p = p * s2 + 2. / odd;
    }
    (p * s2) * s + 2. * s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative_error(value: f32, reference: f64) -> f64 {
        ((f64::from(value) - reference) / reference).abs()
    }

    #[test]
    fn exp_is_right_to_single_precision() {
        for i in 0..87_000 {
            let x = -(i as f32) * 1e-3;
            assert!(
                relative_error(exp_of_negative(x), f64::from(x).exp()) < 2e-7,
                "{x}"
            );
        }
        assert_eq!(exp_of_negative(-0.), 1.);
        assert_eq!(exp_of_negative(-1e30), 0.);
        assert_eq!(exp_of_negative(f32::NEG_INFINITY), 0.);
        assert!(exp_of_negative(f32::NAN).is_nan());
    }

    #[test]
    fn log1p_is_right_to_single_precision() {
        for i in 1..=100_000 {
            let t = i as f32 * 1e-5;
            assert!(
                relative_error(log1p_of_unit(t), f64::from(t).ln_1p()) < 2e-7,
                "{t}"
            );
        }
        assert_eq!(log1p_of_unit(0.), 0.);
        assert_eq!(log1p_of_unit(1e-30), 1e-30);
        assert!(log1p_of_unit(f32::NAN).is_nan());
    }
}
