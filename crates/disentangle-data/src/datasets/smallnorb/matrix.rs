//! NORB's binary matrices, plain or gzipped.
//!
//! A magic that tells the element type, the number of axes, at least three lengths, all little-endian i32, then the
//! elements in row-major order. <https://cs.nyu.edu/~ylclab/data/norb-v1.0-small/>, "File Format".

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::error::Error;

/// The element types that small NORB uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elements {
    U8,
    I32,
}

/// A matrix that is being read.
pub(super) struct Matrix {
    path: PathBuf,
    pub(super) elements: Elements,
    pub(super) shape: Vec<usize>,
    input: Box<dyn Read>,
}

impl Matrix {
    /// Opens a file and reads its header; a name that ends in `.gz` is inflated on the way.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|error| Error::content(path, "", error.to_string()))?;
        let file = BufReader::new(file);
        let is_gzip = path.extension().is_some_and(|extension| extension == "gz");
        let input: Box<dyn Read> = match is_gzip {
            true => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            false => Box::new(file),
        };
        let mut matrix = Self {
            path: path.to_owned(),
            elements: Elements::U8,
            shape: Vec::new(),
            input,
        };
        matrix.elements = match matrix.word()? {
            0x1E3D_4C55 => Elements::U8,
            0x1E3D_4C54 => Elements::I32,
            magic @ (0x1E3D_4C51 | 0x1E3D_4C53 | 0x1E3D_4C56) => {
                return Err(
                    matrix.problem(format!("elements of type {magic:#x}, expected u8 or i32"))
                );
            }
            magic => {
                return Err(matrix.problem(format!(
                    "begins with {magic:#010x}: no binary matrix of NORB"
                )));
            }
        };
        let n_axes = matrix.word()? as usize;
        if !(1..=4).contains(&n_axes) {
            return Err(matrix.problem(format!("has {n_axes} axes, expected 1 to 4")));
        }
        // Lengths of fewer than three axes are filled up to three.
        let lengths: Vec<_> = (0..n_axes.max(3))
            .map(|_| matrix.word())
            .collect::<Result<_, _>>()?;
        matrix.shape = lengths[..n_axes].iter().map(|&n| n as usize).collect();
        Ok(matrix)
    }

    /// Fills `buffer` with the next elements' bytes.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        self.input
            .read_exact(buffer)
            .map_err(|error| Error::content(&self.path, "", unread(&error)))
    }

    /// Reads all elements of a matrix of integers `[rows, columns]`, of which at most `rows` are expected.
    pub(super) fn integers(mut self, rows: usize, columns: usize) -> Result<Vec<i32>, Error> {
        let expected: &[usize] = if columns == 1 {
            &[rows]
        } else {
            &[rows, columns]
        };
        if self.elements != Elements::I32 || self.shape != expected {
            let found = format!(
                "is {:?} {:?}, expected I32 {expected:?}",
                self.elements, self.shape
            );
            return Err(self.problem(found));
        }
        let mut integers = Vec::new();
        let mut row = vec![0; 4 * columns];
        for _ in 0..rows {
            self.fill(&mut row)?;
            integers.extend(
                row.as_chunks()
                    .0
                    .iter()
                    .map(|&bytes| i32::from_le_bytes(bytes)),
            );
        }
        self.end()?;
        Ok(integers)
    }

    /// Checks that nothing follows, which makes gzip compare its checksum.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self.input.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.problem("has more elements than its header says".to_owned())),
            Err(error) => Err(Error::content(&self.path, "", unread(&error))),
        }
    }

    pub(super) fn problem(&self, text: String) -> Error {
        Error::content(&self.path, "", text)
    }

    fn word(&mut self) -> Result<u32, Error> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}

fn unread(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "ends early".to_owned(),
        _ => error.to_string(),
    }
}
