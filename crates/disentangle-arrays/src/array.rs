//! An array of any element type: owned, or lent for writing.

use ndarray::{ArrayD, ArrayViewD, Axis, Dimension};

use crate::dtype::{DType, Element};
use crate::error::Error;

macro_rules! arrays {
    ($($type:ty => $variant:ident),+) => {
        /// An array as a file holds it; its memory is in Fortran order where the file's was.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Array {
            $(
                #[doc = concat!("Elements of type `", stringify!($type), "`.")]
                $variant(ArrayD<$type>)
            ),+
        }

        /// An array lent to [`write`](crate::write); made by `From` from a view or a reference.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum ArrayView<'a> {
            $(
                #[doc = concat!("Elements of type `", stringify!($type), "`.")]
                $variant(ArrayViewD<'a, $type>)
            ),+
        }

        impl Array {
            /// Returns the length of each axis.
            pub fn shape(&self) -> &[usize] {
                match self { $(Self::$variant(array) => array.shape()),+ }
            }

            /// Returns the element type.
            pub fn dtype(&self) -> DType {
                match self { $(Self::$variant(_) => DType::$variant),+ }
            }

            /// Lends the array.
            pub fn view(&self) -> ArrayView<'_> {
                match self { $(Self::$variant(array) => ArrayView::$variant(array.view())),+ }
            }
        }

        impl ArrayView<'_> {
            /// Returns the length of each axis.
            pub fn shape(&self) -> &[usize] {
                match self { $(Self::$variant(array) => array.shape()),+ }
            }

            /// Returns the element type.
            pub fn dtype(&self) -> DType {
                match self { $(Self::$variant(_) => DType::$variant),+ }
            }

            /// Appends the elements of a row, spelled so that reading gives the same number again.
            pub(crate) fn row_text(&self, row: usize, cells: &mut Vec<String>) {
                match self {
                    $(Self::$variant(array) => {
                        let row = array.index_axis(Axis(0), row);
                        cells.extend(row.iter().map(|element| Element::text(*element)));
                    }),+
                }
            }

            /// Hands the elements' little-endian bytes, in row-major order, to `sink` in small pieces.
            pub(crate) fn bytes(
                &self,
                sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
            ) -> Result<(), Error> {
                match self { $(Self::$variant(array) => encode(array, sink)),+ }
            }
        }

        $(
            impl<'a, D: Dimension> From<&'a ndarray::Array<$type, D>> for ArrayView<'a> {
                fn from(array: &'a ndarray::Array<$type, D>) -> Self {
                    array.view().into()
                }
            }

            impl<'a, D: Dimension> From<ndarray::ArrayView<'a, $type, D>> for ArrayView<'a> {
                fn from(array: ndarray::ArrayView<'a, $type, D>) -> Self {
                    Self::$variant(array.into_dyn())
                }
            }

            impl<D: Dimension> From<ndarray::Array<$type, D>> for Array {
                fn from(array: ndarray::Array<$type, D>) -> Self {
                    Self::$variant(array.into_dyn())
                }
            }
        )+
    };
}
arrays! {
    bool => Bool, u8 => U8, i8 => I8, u16 => U16, i16 => I16, u32 => U32, i32 => I32, u64 => U64,
    i64 => I64, f32 => F32, f64 => F64
}

/// Applies one expression to the array inside, whatever its element type.
macro_rules! any {
    ($array:expr, $inner:ident => $body:expr) => {
        match $array {
            Array::Bool($inner) => $body,
            Array::U8($inner) => $body,
            Array::I8($inner) => $body,
            Array::U16($inner) => $body,
            Array::I16($inner) => $body,
            Array::U32($inner) => $body,
            Array::I32($inner) => $body,
            Array::U64($inner) => $body,
            Array::I64($inner) => $body,
            Array::F32($inner) => $body,
            Array::F64($inner) => $body,
        }
    };
}

impl Array {
    /// Returns the elements as `f32`, rounded to nearest; booleans become 0 and 1.
    pub fn to_f32(&self) -> ArrayD<f32> {
        any!(self, array => array.mapv(Element::to_f32))
    }

    /// Returns the elements as `f64`, rounded to nearest; booleans become 0 and 1.
    pub fn to_f64(&self) -> ArrayD<f64> {
        any!(self, array => array.mapv(Element::to_f64))
    }

    /// Returns the elements as `i64`; booleans become 0 and 1.
    ///
    /// # Errors
    /// If an element is no integer, or lies outside of the range of `i64`.
    pub fn to_i64(&self) -> Result<ArrayD<i64>, Error> {
        any!(self, array => to_i64(array))
    }
}

fn to_i64<T: Element>(array: &ArrayD<T>) -> Result<ArrayD<i64>, Error> {
    let bad = array
        .iter()
        .enumerate()
        .find(|(_, element)| element.to_i64().is_none());
    match bad {
        Some((position, element)) => Err(Error::Unconvertible {
            value: element.to_f64(),
            position,
            wanted: DType::I64,
        }),
        None => Ok(array.mapv(|element| element.to_i64().unwrap_or_default())),
    }
}

/// Bytes that are encoded before they are handed on.
const PIECE: usize = 1 << 16;

fn encode<T: Element>(
    array: &ArrayViewD<'_, T>,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut piece = Vec::with_capacity(PIECE + T::DTYPE.size());
    for &element in array {
        element.encode(&mut piece);
        if piece.len() >= PIECE {
            sink(&piece)?;
            piece.clear();
        }
    }
    sink(&piece)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn integers_in_floats_become_integers() {
        let array = Array::from(array![0.0f32, -3.0, 16_777_216.0]);
        assert_eq!(
            array.to_i64().unwrap(),
            array![0, -3, 16_777_216].into_dyn()
        );
    }

    #[test]
    fn what_is_no_integer_is_named_with_its_place() {
        for bad in [0.5, f64::NAN, f64::INFINITY, 1e19] {
            let error = Array::from(array![1.0, bad]).to_i64().unwrap_err();
            assert!(
                matches!(error, Error::Unconvertible { position: 1, .. }),
                "{error}"
            );
        }
        assert!(Array::from(array![u64::MAX]).to_i64().is_err());
        assert_eq!(
            Array::from(array![i64::MAX, i64::MIN]).to_i64().unwrap(),
            array![i64::MAX, i64::MIN].into_dyn()
        );
    }
}
