//! The npy header: versions 1 to 3, read and written.
//!
//! `\x93NUMPY`, two version bytes, the length (2 bytes in version 1, 4 afterwards, little-endian), and a
//! Python dictionary padded with spaces so that the elements start at a multiple of 64. Version 3 differs
//! from version 2 by UTF-8 instead of Latin-1.

use std::io::{ErrorKind, Read};

use crate::array::ArrayView;
use crate::dtype::DType;
use crate::error::Error;
use crate::npy::{descr, literal};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Far beyond the header of any numeric array, and small enough to read without a second thought.
const MAX_HEADER: u32 = 1 << 16;

/// What an npy header says about its array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NpyHeader {
    /// The element type.
    pub dtype: DType,
    /// Whether elements are stored with the most significant byte first.
    pub big_endian: bool,
    /// Whether the first axis runs fastest.
    pub fortran_order: bool,
    /// The length of each axis.
    pub shape: Vec<usize>,
}

impl NpyHeader {
    /// Describes an array as it is written: C order, little-endian.
    pub(crate) fn of(array: &ArrayView<'_>) -> Self {
        Self {
            dtype: array.dtype(),
            big_endian: false,
            fortran_order: false,
            shape: array.shape().to_vec(),
        }
    }

    /// Reads a header, and leaves `input` at the first element.
    ///
    /// # Errors
    /// If this is no npy file, the header is broken or cut off, the element type is not supported, or
    /// the shape claims more than memory can address.
    pub fn parse(input: &mut dyn Read) -> Result<Self, Error> {
        let start = read_up_to(input, 8)?;
        if !start.starts_with(MAGIC) {
            return Err(Error::WrongMagic {
                expected: "an npy file",
                found: show(&start),
            });
        }
        let length_bytes = match start[MAGIC.len()..] {
            [1, 0] => 2,
            [2 | 3, 0] => 4,
            [major, minor] => return Err(Error::UnknownVersion { major, minor }),
            _ => return Err(cut("the npy version", 8, start.len())),
        };
        let mut length = read_up_to(input, length_bytes)?;
        if length.len() < length_bytes as usize {
            return Err(cut("the header's length", length_bytes, length.len()));
        }
        length.resize(4, 0);
        let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
        if length > MAX_HEADER {
            return Err(Error::Header(format!(
                "it claims {length} bytes, more than {MAX_HEADER}"
            )));
        }
        let text = read_up_to(input, length.into())?;
        if text.len() < length as usize {
            return Err(cut("the header", length.into(), text.len()));
        }
        Self::from_dictionary(&String::from_utf8_lossy(&text))
    }

    /// Returns the number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the number of bytes of all elements.
    pub fn data_bytes(&self) -> u64 {
        (self.elements() * self.dtype.size()) as u64
    }

    /// Returns the header as bytes, in the oldest version that can hold it.
    ///
    /// # Errors
    /// If the shape has more axes than a header can hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let axes: Vec<_> = self.shape.iter().map(ToString::to_string).collect();
        let comma = if axes.len() == 1 { "," } else { "" };
        let dictionary = format!(
            "{{'descr': '{}', 'fortran_order': {}, 'shape': ({}{comma}), }}",
            descr::spell(self.dtype, self.big_endian),
            if self.fortran_order { "True" } else { "False" },
            axes.join(", "),
        );
        let padded = |before: usize| (before + dictionary.len() + 1).next_multiple_of(64) - before;
        let (version, length) = match u16::try_from(padded(10)) {
            Ok(length) => ([1, 0], length.to_le_bytes().to_vec()),
            Err(_) => {
                let length = u32::try_from(padded(12))
                    .map_err(|_| Error::Unwritable("the shape has too many axes".to_owned()))?;
                ([2, 0], length.to_le_bytes().to_vec())
            }
        };
        let mut bytes = [MAGIC.as_slice(), &version, &length, dictionary.as_bytes()].concat();
        bytes.resize((bytes.len() + 1).next_multiple_of(64) - 1, b' ');
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn from_dictionary(text: &str) -> Result<Self, Error> {
        let fields = literal::parse(text)?;
        let (dtype, big_endian) = descr::parse(&fields.descr)?;
        // An array with an empty axis has no elements, but its other axes must still be addressable.
        let bytes = fields
            .shape
            .iter()
            .filter(|&&length| length > 0)
            .try_fold(dtype.size(), |bytes, &length| bytes.checked_mul(length))
            .filter(|&bytes| isize::try_from(bytes).is_ok());
        if bytes.is_none() {
            return Err(Error::TooLarge {
                shape: fields.shape,
            });
        }
        Ok(Self {
            dtype,
            big_endian,
            fortran_order: fields.fortran_order,
            shape: fields.shape,
        })
    }
}

fn read_up_to(input: &mut dyn Read, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match input.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(bytes),
        Err(error) => Err(error.into()),
    }
}

fn cut(what: &'static str, expected: u64, found: usize) -> Error {
    Error::Truncated {
        what,
        expected,
        found: found as u64,
    }
}

/// Spells the first bytes of a file for an error.
pub(crate) fn show(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nothing, it is empty".to_owned();
    }
    format!("\"{}\"", bytes[..bytes.len().min(8)].escape_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(shape: &[usize]) -> NpyHeader {
        NpyHeader {
            dtype: DType::F32,
            big_endian: false,
            fortran_order: false,
            shape: shape.to_vec(),
        }
    }

    fn raw(version: u8, dictionary: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        let length = dictionary.len() as u32;
        bytes.extend(&length.to_le_bytes()[..if version == 1 { 2 } else { 4 }]);
        bytes.extend(dictionary.as_bytes());
        bytes
    }

    /// NumPy 2.1: `numpy.save` of `zeros((3, 4), "<f4")`, its first 128 bytes.
    #[test]
    fn bytes_are_those_of_numpy() {
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
        let expected = [
            b"\x93NUMPY\x01\x00\x76\x00",
            format!("{text:<117}\n").as_bytes(),
        ]
        .concat();
        assert_eq!(header(&[3, 4]).to_bytes().unwrap(), expected);
    }

    #[test]
    fn all_versions_are_read() {
        let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }\n";
        for version in 1..=3 {
            let parsed = NpyHeader::parse(&mut raw(version, dictionary).as_slice()).unwrap();
            assert_eq!(parsed, header(&[5]));
        }
    }

    #[test]
    fn writing_and_reading_are_inverse() {
        for shape in [&[][..], &[0], &[7], &[2, 3, 4]] {
            let bytes = header(shape).to_bytes().unwrap();
            assert_eq!(bytes.len() % 64, 0);
            assert_eq!(
                NpyHeader::parse(&mut bytes.as_slice()).unwrap(),
                header(shape)
            );
        }
    }

    /// 64 axes fit into version 1, so version 2 is reached by more axes than NumPy allows.
    #[test]
    fn a_long_header_is_written_as_version_2() {
        let bytes = header(&[1; 30_000]).to_bytes().unwrap();
        assert_eq!(bytes[6..8], [2, 0]);
        assert_eq!(bytes.len() % 64, 0);
    }

    #[test]
    fn claims_beyond_memory_are_refused() {
        for shape in [
            "(1152921504606846976, 1152921504606846976)",
            "(4611686018427387904,)",
            "(0, 4294967296, 4294967296, 2)",
            "(18446744073709551615,)",
        ] {
            let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}");
            let error = NpyHeader::parse(&mut raw(1, &text).as_slice()).unwrap_err();
            assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        }
    }

    #[test]
    fn foreign_short_and_newer_files_are_told_apart() {
        let parse = |mut bytes: &[u8]| NpyHeader::parse(&mut bytes).unwrap_err();
        assert!(matches!(parse(b""), Error::WrongMagic { .. }));
        assert!(matches!(
            parse(b"PK\x03\x04abcdefgh"),
            Error::WrongMagic { .. }
        ));
        assert!(matches!(
            parse(b"\x93NUMPY\x09\x00"),
            Error::UnknownVersion { major: 9, minor: 0 }
        ));
        assert!(matches!(parse(b"\x93NUMPY\x01"), Error::Truncated { .. }));
        assert!(matches!(
            parse(b"\x93NUMPY\x01\x00\x76"),
            Error::Truncated { .. }
        ));
        assert!(matches!(
            parse(b"\x93NUMPY\x01\x00\xff\xff{'descr'"),
            Error::Truncated { .. }
        ));
        assert!(matches!(
            parse(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"),
            Error::Header(_)
        ));
    }
}
