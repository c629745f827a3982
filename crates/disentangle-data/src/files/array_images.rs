//! Images that are one array of a file.
//!
//! In Fortran order the images' axis is the fastest, so that every image is spread over the whole array: then as many images
//! as fit in a slab are gathered in a pass over the array, and there are as many passes as slabs.

use std::io::Read;
use std::path::{Path, PathBuf};

use disentangle_arrays::{Array, NpyHeader, Raw, raw, stream};

use crate::dataset::ImageShape;
use crate::error::Error;
use crate::files::decoder::{AxisOrder, Decoder};
use crate::files::source::{Sink, Source};
use crate::labels::Labels;

/// An array of images in a file.
pub(crate) struct ArrayImages {
    path: PathBuf,
    key: String,
    len: usize,
    decoder: Decoder,
    labels: Option<Labels>,
}

impl ArrayImages {
    /// Looks at an array of images without reading them; `labels` gets their number.
    pub(crate) fn open(
        path: &Path,
        key: &str,
        (axes, range): (AxisOrder, Option<[f64; 2]>),
        labels: impl FnOnce(usize) -> Result<Option<Labels>, Error>,
    ) -> Result<Self, Error> {
        let header = header(path, key)?;
        let decoder = Decoder::new(&header, axes, range);
        let decoder = decoder.map_err(|problem| Error::content(path, key, problem))?;
        let len = header.shape[0];
        Ok(Self {
            path: path.to_owned(),
            key: key.to_owned(),
            len,
            decoder,
            labels: labels(len)?,
        })
    }

    pub(crate) fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Returns where the images stand one by one, if they are not compressed.
    pub(crate) fn raw(&self) -> Result<Option<Raw>, Error> {
        if self.decoder.header().fortran_order {
            return Ok(None);
        }
        Ok(raw(&self.path, &self.key)?)
    }

    pub(crate) fn into_labels(self) -> Option<Labels> {
        self.labels
    }

    fn pieces(&self, input: &mut dyn Read, sink: &mut Sink<'_>) -> Result<(), Error> {
        let stored_bytes = self.decoder.stored_bytes();
        let at_once = (PIECE / stored_bytes).max(1);
        let mut stored = Vec::new();
        for first in (0..self.len).step_by(at_once) {
            self.fill_up(&mut stored, at_once.min(self.len - first) * stored_bytes)?;
            input
                .read_exact(&mut stored)
                .map_err(|error| self.unread(error))?;
            self.decode(first, &stored, sink)?;
        }
        Ok(())
    }

    /// Decodes images as they are stored, the first of which is image `first`.
    fn decode(&self, first: usize, stored: &[u8], sink: &mut Sink<'_>) -> Result<(), Error> {
        if self.decoder.is_plain() {
            return sink(stored);
        }
        let (stored_bytes, n_bytes) = (self.decoder.stored_bytes(), self.decoder.shape().n_bytes());
        let at_once = (PIECE / stored_bytes).max(1);
        let mut images = Vec::new();
        let mut number = first;
        for piece in stored.chunks(at_once * stored_bytes) {
            images.resize(piece.len() / stored_bytes * n_bytes, 0);
            let pairs = piece
                .chunks_exact(stored_bytes)
                .zip(images.chunks_exact_mut(n_bytes));
            for (stored, image) in pairs {
                let decoded = self.decoder.decode(stored, image);
                decoded.map_err(|problem| {
                    Error::content(&self.path, &self.key, format!("image {number} {problem}"))
                })?;
                number += 1;
            }
            sink(&images)?;
        }
        Ok(())
    }
}

/// Bytes that are read at once.
const PIECE: usize = 4 << 20;

/// Bytes of images that are gathered in one pass over an array in Fortran order.
const SLAB: usize = 512 << 20;

impl ArrayImages {
    /// Gathers the images from `first` on of an array in Fortran order, C-contiguous each, until `slab` is full.
    fn gather(
        &self,
        header: &NpyHeader,
        input: &mut dyn Read,
        first: usize,
        slab: &mut [u8],
    ) -> Result<(), Error> {
        let (size, stored_bytes) = (header.dtype.size(), self.decoder.stored_bytes());
        let n = slab.len() / stored_bytes;
        let axes = &header.shape[1..];
        // The same element of every image.
        let mut elements = Vec::new();
        self.fill_up(&mut elements, self.len.saturating_mul(size))?;
        for element in 0..stored_bytes / size {
            input
                .read_exact(&mut elements)
                .map_err(|error| self.unread(error))?;
            let (mut place, mut rest) = (0, element);
            for (axis, &length) in axes.iter().enumerate() {
                place += rest % length * axes[axis + 1..].iter().product::<usize>();
                rest /= length;
            }
            let wanted = elements[first * size..][..n * size].chunks_exact(size);
            for (element, image) in wanted.zip(slab.chunks_exact_mut(stored_bytes)) {
                image[place * size..][..size].copy_from_slice(element);
            }
        }
        Ok(())
    }

    /// Makes a buffer `n_bytes` long, unless a header claims more than there is memory.
    fn fill_up(&self, buffer: &mut Vec<u8>, n_bytes: usize) -> Result<(), Error> {
        let more = n_bytes.saturating_sub(buffer.len());
        buffer.try_reserve_exact(more).map_err(|_| {
            let problem = format!("{n_bytes} bytes of memory cannot be had");
            Error::content(&self.path, &self.key, problem)
        })?;
        buffer.resize(n_bytes, 0);
        Ok(())
    }

    fn unread(&self, error: std::io::Error) -> Error {
        Error::Read {
            path: self.path.clone(),
            place: self.key.clone(),
            source: Box::new(error.into()),
        }
    }

    /// Opens the array; `read` gets its header, which is still the one that was looked at, and its elements.
    fn open_again(
        &self,
        read: impl FnOnce(&NpyHeader, &mut dyn Read) -> Result<(), Error>,
    ) -> Result<(), Error> {
        stream(&self.path, &self.key, |header, input| {
            if header != self.decoder.header() {
                let problem = "changed while it was open";
                return Err(Error::content(&self.path, &self.key, problem));
            }
            read(header, input)
        })
    }

    fn transposed(&self, slab_bytes: usize, sink: &mut Sink<'_>) -> Result<(), Error> {
        let stored_bytes = self.decoder.stored_bytes();
        let at_once = (slab_bytes / stored_bytes).clamp(1, self.len);
        let mut slab = Vec::new();
        for first in (0..self.len).step_by(at_once) {
            self.fill_up(&mut slab, at_once.min(self.len - first) * stored_bytes)?;
            self.open_again(|header, input| self.gather(header, input, first, &mut slab))?;
            self.decode(first, &slab, sink)?;
        }
        Ok(())
    }
}

impl Source for ArrayImages {
    fn len(&self) -> usize {
        self.len
    }

    fn image_shape(&self) -> ImageShape {
        self.decoder.shape()
    }

    fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    fn files(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn read(&self, sink: &mut Sink<'_>) -> Result<(), Error> {
        match self.decoder.header().fortran_order {
            true => self.transposed(SLAB, sink),
            false => self.open_again(|_, input| self.pieces(input, sink)),
        }
    }
}

/// Reads an array of labels for `len` images, `[N, K]` or `[N]`, after a look at its shape; K is `n_factors` if given.
pub(crate) fn read_labels(
    path: &Path,
    key: &str,
    len: usize,
    n_factors: Option<usize>,
) -> Result<Array, Error> {
    /// More factors are none that a data set has.
    const MAX_FACTORS: usize = 4096;
    let shape = header(path, key)?.shape;
    let fits = match (shape.as_slice(), n_factors) {
        (&[n], None | Some(1)) => n == len,
        (&[n, found], None) => n == len && (1..=MAX_FACTORS).contains(&found),
        (&[n, found], Some(n_factors)) => n == len && found == n_factors,
        _ => false,
    };
    if fits {
        let name = Some(key).filter(|key| !key.is_empty());
        return Ok(disentangle_arrays::read(path, name)?);
    }
    let n_factors = n_factors.map_or("K".to_owned(), |n| n.to_string());
    let problem = format!("has shape {shape:?}, expected [{len}, {n_factors}] for {len} images");
    Err(Error::content(path, key, problem))
}

/// Reads what an array's header says.
fn header(path: &Path, key: &str) -> Result<NpyHeader, Error> {
    stream(path, key, |header, _| Ok(header.clone()))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array4, ShapeBuilder};

    use super::*;

    /// An array in Fortran order: the strides of its header are what NumPy writes for `numpy.asfortranarray`.
    #[test]
    fn slabs_of_any_length_give_the_images_of_fortran_order() {
        let value = |(i, row, column, c): (usize, usize, usize, usize)| {
            (50 * i + 13 * row + 5 * column + c) as i16
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let header = NpyHeader {
            dtype: disentangle_arrays::DType::I16,
            big_endian: true,
            fortran_order: true,
            shape: vec![5, 2, 4, 3],
        };
        let array = Array4::from_shape_fn((5, 2, 4, 3).f(), value);
        let in_memory = array.as_slice_memory_order().unwrap();
        let elements = in_memory.iter().flat_map(|element| element.to_be_bytes());
        let bytes: Vec<u8> = header
            .to_bytes()
            .unwrap()
            .into_iter()
            .chain(elements)
            .collect();
        std::fs::write(&path, bytes).unwrap();

        let how = (AxisOrder::Nhwc, None);
        let images = ArrayImages::open(&path, "", how, |_| Ok(None)).unwrap();
        assert!(images.raw().unwrap().is_none());
        let expected: Vec<u8> = array.iter().map(|&element| element as u8).collect();
        for slab in [1, 2 * 48, 3 * 48 + 1, SLAB] {
            let mut found = Vec::new();
            let mut sink = |piece: &[u8]| {
                found.extend_from_slice(piece);
                Ok(())
            };
            images.transposed(slab, &mut sink).unwrap();
            assert_eq!(found, expected, "{slab}");
        }
    }
}
