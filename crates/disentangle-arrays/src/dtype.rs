//! The element types that array files hold, and their bytes.

use std::fmt;

use crate::Array;

/// An element type, without its byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DType {
    /// One byte, false where it is zero.
    Bool,
    /// Unsigned, 8 bits.
    U8,
    /// Signed, 8 bits.
    I8,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 16 bits.
    I16,
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 32 bits.
    I32,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 64 bits.
    I64,
    /// IEEE 754 half precision; read as [`Array::F32`], which holds every half exactly.
    F16,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
}

impl DType {
    /// Returns the bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// A Rust type that elements are decoded into and encoded from.
pub(crate) trait Element: Copy {
    /// The type's name in a file.
    const DTYPE: DType;
    /// Appends the elements in `bytes`, a whole number of them, to `out`.
    fn decode(bytes: &[u8], big_endian: bool, out: &mut Vec<Self>);
    /// Appends the little-endian bytes of an element to `out`.
    fn encode(self, out: &mut Vec<u8>);
    /// Returns the nearest `f32`.
    fn to_f32(self) -> f32;
    /// Returns the nearest `f64`.
    fn to_f64(self) -> f64;
    /// Spells the element so that reading gives the same number again.
    fn text(self) -> String;
    /// Returns the equal `i64`, if there is one.
    fn to_i64(self) -> Option<i64>;
    /// Puts an array of this type into [`Array`].
    fn wrap(array: ndarray::ArrayD<Self>) -> Array;
}

macro_rules! elements {
    ($($type:ty => $variant:ident),+) => {$(
        impl Element for $type {
            const DTYPE: DType = DType::$variant;

            fn decode(bytes: &[u8], big_endian: bool, out: &mut Vec<Self>) {
                let (elements, _) = bytes.as_chunks();
                if big_endian {
                    out.extend(elements.iter().map(|&bytes| Self::from_be_bytes(bytes)));
                } else {
                    out.extend(elements.iter().map(|&bytes| Self::from_le_bytes(bytes)));
                }
            }

            fn encode(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn to_f32(self) -> f32 {
                self as f32
            }

            fn to_f64(self) -> f64 {
                self as f64
            }

            fn text(self) -> String {
                self.to_string()
            }

            fn to_i64(self) -> Option<i64> {
                // Casts saturate, wrap or truncate; only an equal integer survives both comparisons.
                let integer = self as i64;
                (integer as Self == self && integer as i128 == self as i128).then_some(integer)
            }

            fn wrap(array: ndarray::ArrayD<Self>) -> Array {
                Array::$variant(array)
            }
        }
    )+};
}
elements! {
    u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, u64 => U64, i64 => I64,
    f32 => F32, f64 => F64
}

impl Element for bool {
    const DTYPE: DType = DType::Bool;

    fn decode(bytes: &[u8], _big_endian: bool, out: &mut Vec<Self>) {
        out.extend(bytes.iter().map(|&byte| byte != 0));
    }

    fn encode(self, out: &mut Vec<u8>) {
        out.push(u8::from(self));
    }

    fn to_f32(self) -> f32 {
        self.into()
    }

    fn to_f64(self) -> f64 {
        self.into()
    }

    fn text(self) -> String {
        u8::from(self).to_string()
    }

    fn to_i64(self) -> Option<i64> {
        Some(self.into())
    }

    fn wrap(array: ndarray::ArrayD<Self>) -> Array {
        Array::Bool(array)
    }
}

/// A half-precision number on its way to `f32`.
#[derive(Clone, Copy)]
pub(crate) struct Half(f32);

impl Element for Half {
    const DTYPE: DType = DType::F16;

    fn decode(bytes: &[u8], big_endian: bool, out: &mut Vec<Self>) {
        let (elements, _) = bytes.as_chunks();
        out.extend(elements.iter().map(|&bytes| {
            Self(widen_half(if big_endian {
                u16::from_be_bytes(bytes)
            } else {
                u16::from_le_bytes(bytes)
            }))
        }));
    }

    fn encode(self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }

    fn to_f32(self) -> f32 {
        self.0
    }

    fn to_f64(self) -> f64 {
        self.0.into()
    }

    fn text(self) -> String {
        self.0.to_string()
    }

    fn to_i64(self) -> Option<i64> {
        self.0.to_i64()
    }

    fn wrap(array: ndarray::ArrayD<Self>) -> Array {
        Array::F32(array.mapv_into_any(|half| half.0))
    }
}

/// Widens the bits of a half, exactly (IEEE 754-2008, 3.4: 1 sign, 5 exponent, 10 fraction bits).
fn widen_half(bits: u16) -> f32 {
    let sign = u32::from(bits >> 15) << 31;
    let exponent = u32::from(bits >> 10) & 0x1f;
    let fraction = u32::from(bits & 0x3ff);
    match exponent {
        0 => {
            // Subnormal: the fraction counts steps of 2⁻²⁴.
            let magnitude = fraction as f32 * 2f32.powi(-24);
            f32::from_bits(magnitude.to_bits() | sign)
        }
        0x1f => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 127 - 15) << 23) | (fraction << 13)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IEEE 754 half: table of well-known bit patterns.
    #[test]
    fn halves_widen_exactly() {
        assert_eq!(widen_half(0x3c00), 1.0);
        assert_eq!(widen_half(0xc000), -2.0);
        assert_eq!(widen_half(0x7bff), 65504.0);
        assert_eq!(widen_half(0x0001), 2f32.powi(-24));
        assert_eq!(widen_half(0x03ff), 1023.0 * 2f32.powi(-24));
        assert_eq!(widen_half(0x0400), 2f32.powi(-14));
        assert_eq!(widen_half(0x7c00), f32::INFINITY);
        assert_eq!(widen_half(0x8000).to_bits(), (-0.0f32).to_bits());
        assert!(widen_half(0x7e00).is_nan());
    }

    #[test]
    fn big_endian_bytes_are_swapped() {
        let mut out = Vec::new();
        u16::decode(&[1, 2, 3, 4], true, &mut out);
        assert_eq!(out, [0x0102, 0x0304]);
    }
}
