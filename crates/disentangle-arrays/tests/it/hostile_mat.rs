//! MATLAB files made by hand: of the other byte order, and such that lie.

use std::io::Read;
use std::path::PathBuf;

use disentangle_arrays::{Array, Error, read};
use ndarray::array;

use super::allocation::peak_of;

const U8: u32 = 2;
const U16: u32 = 4;
const U32: u32 = 6;
const I32: u32 = 5;
const I8: u32 = 1;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Writes words in one byte order.
#[derive(Clone, Copy)]
struct Mat {
    big_endian: bool,
}

impl Mat {
    fn word(self, word: u32) -> [u8; 4] {
        match self.big_endian {
            true => word.to_be_bytes(),
            false => word.to_le_bytes(),
        }
    }

    fn words(self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|&word| self.word(word)).collect()
    }

    /// An element: type, length, bytes padded to eight.
    fn element(self, kind: u32, bytes: &[u8]) -> Vec<u8> {
        let mut element = self.words(&[kind, bytes.len() as u32]);
        element.extend(bytes);
        element.resize(element.len().next_multiple_of(8), 0);
        element
    }

    /// An array of a class, named `a`.
    fn array(self, class: u32, shape: &[u32], elements: &[u8]) -> Vec<u8> {
        let parts = [
            self.element(U32, &self.words(&[class, 0])),
            self.element(I32, &self.words(shape)),
            self.element(I8, b"a"),
            elements.to_vec(),
        ];
        self.element(MATRIX, &parts.concat())
    }

    fn file(self, arrays: &[u8]) -> Vec<u8> {
        let mut file = b"MATLAB 5.0 MAT-file".to_vec();
        file.resize(124, b' ');
        file.extend(match self.big_endian {
            true => *b"\x01\x00MI",
            false => *b"\x00\x01IM",
        });
        file.extend(arrays);
        file
    }
}

const LITTLE: Mat = Mat { big_endian: false };

fn read_bytes(bytes: &[u8]) -> (Result<Array, Error>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.mat");
    std::fs::write(&path, bytes).unwrap();
    peak_of(|| read(&path, Some("a")))
}

#[test]
fn both_byte_orders_give_the_same_array() {
    for big_endian in [false, true] {
        let mat = Mat { big_endian };
        let values = [1_u16, 2, 3, 400, 500, 600];
        let bytes = values.map(|value| match big_endian {
            true => value.to_be_bytes(),
            false => value.to_le_bytes(),
        });
        let elements = mat.element(U16, &bytes.concat());
        // Class 11 is uint16; columns come first.
        let file = mat.file(&mat.array(11, &[2, 3], &elements));
        let found = read_bytes(&file).0.unwrap();
        assert_eq!(found, Array::from(array![[1_u16, 3, 500], [2, 400, 600]]));
    }
}

#[test]
fn claims_of_any_size_cost_nothing() {
    let elements = LITTLE.element(U8, &[1, 2, 3]);
    for shape in [
        &[1 << 30, 1 << 30][..],
        &[u32::MAX, u32::MAX, u32::MAX],
        &[1 << 31, 1],
    ] {
        let (result, peak) = read_bytes(&LITTLE.file(&LITTLE.array(9, shape, &elements)));
        assert!(result.is_err(), "{shape:?}");
        assert!(peak < 1 << 20, "{peak} bytes for {shape:?}");
    }
}

/// Cells, structures, objects and text.
#[test]
fn what_is_no_numeric_array_is_refused() {
    for class in [1, 2, 3, 4] {
        let elements = LITTLE.element(U8, &[1, 2, 3, 4]);
        let (result, _) = read_bytes(&LITTLE.file(&LITTLE.array(class, &[2, 2], &elements)));
        let message = result.unwrap_err().to_string();
        assert!(message.contains("a.mat"), "{class}: {message}");
    }
}

#[test]
fn a_bomb_is_inflated_no_further_than_its_array_says() {
    let mut array = LITTLE.array(9, &[2, 2], &LITTLE.element(U8, &[1, 2, 3, 4]));
    // The tag of the array promises all that follows.
    array[4..8].copy_from_slice(&LITTLE.word(256 << 20));
    let zeros = std::io::repeat(0).take(256 << 20);
    let mut packed = Vec::new();
    let mut encoder =
        flate2::read::ZlibEncoder::new(array.as_slice().chain(zeros), flate2::Compression::fast());
    encoder.read_to_end(&mut packed).unwrap();
    let mut file = LITTLE.words(&[COMPRESSED, packed.len() as u32]);
    file.extend(packed);
    let (_, peak) = read_bytes(&LITTLE.file(&file));
    assert!(peak < 4 << 20, "{peak} bytes");
}
