//! Images that are one array of a file.

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
        Ok(raw(&self.path, &self.key)?)
    }

    pub(crate) fn into_labels(self) -> Option<Labels> {
        self.labels
    }

    fn pieces(&self, input: &mut dyn Read, sink: &mut Sink<'_>) -> Result<(), Error> {
        const PIECE: usize = 4 << 20;
        let (stored_bytes, n_bytes) = (self.decoder.stored_bytes(), self.decoder.shape().n_bytes());
        let at_once = (PIECE / stored_bytes).max(1);
        let (mut stored, mut images) = (Vec::new(), Vec::new());
        for first in (0..self.len).step_by(at_once) {
            let n = at_once.min(self.len - first);
            stored.resize(n * stored_bytes, 0);
            input.read_exact(&mut stored).map_err(|error| Error::Read {
                path: self.path.clone(),
                place: self.key.clone(),
                source: Box::new(error.into()),
            })?;
            if self.decoder.is_plain() {
                sink(&stored)?;
                continue;
            }
            images.resize(n * n_bytes, 0);
            let pairs = stored
                .chunks_exact(stored_bytes)
                .zip(images.chunks_exact_mut(n_bytes));
            for (number, (stored, image)) in (first..).zip(pairs) {
                let decoded = self.decoder.decode(stored, image);
                decoded.map_err(|problem| {
                    Error::content(&self.path, &self.key, format!("image {number} {problem}"))
                })?;
            }
            sink(&images)?;
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
        stream(&self.path, &self.key, |header, input| {
            if header.shape.first() != Some(&self.len) {
                let problem = "changed while it was open";
                return Err(Error::content(&self.path, &self.key, problem));
            }
            self.pieces(input, sink)
        })
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
