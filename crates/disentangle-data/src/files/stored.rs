//! Images of files as a data set: in memory, or read singly from where they are.

use disentangle_arrays::{RandomFile, Raw};

use crate::dataset::{Dataset, ImageShape, check_request};
use crate::error::{Error, expect_len};
use crate::factor_space::{ConstantFactors, FactorSpace};
use crate::files::array_images::ArrayImages;
use crate::files::decoder::{AxisOrder, Decoder};
use crate::files::memory;
use crate::files::source::Source;
use crate::labels::Labels;

/// Images with their labels.
pub(crate) struct Stored {
    len: usize,
    shape: ImageShape,
    labels: Option<Labels>,
    pixels: Pixels,
}

enum Pixels {
    Memory(Vec<u8>),
    /// One after the other in a file, from an offset on.
    File {
        file: RandomFile,
        offset: u64,
        decoder: Decoder,
    },
}

impl Stored {
    /// Reads images in place if they are not compressed, else takes them into memory.
    pub(crate) fn of_array(images: ArrayImages, name: &str) -> Result<Self, Error> {
        let Some(raw) = images.raw()? else {
            return Self::in_memory(&images, name);
        };
        Ok(Self {
            len: images.len(),
            shape: images.image_shape(),
            pixels: Pixels::File {
                file: raw.file,
                offset: raw.offset,
                decoder: images.decoder().clone(),
            },
            labels: images.into_labels(),
        })
    }

    /// Reads the images of an array in place; what is wrong is told as a sentence about the array.
    pub(crate) fn of_raw(raw: Raw, labels: Option<Labels>) -> Result<Self, String> {
        let decoder = Decoder::new(&raw.header, AxisOrder::Nhwc, None)?;
        Ok(Self {
            len: raw.header.shape[0],
            shape: decoder.shape(),
            labels,
            pixels: Pixels::File {
                file: raw.file,
                offset: raw.offset,
                decoder,
            },
        })
    }

    /// Takes all images into memory, if they fit; `name` is what the hint calls them.
    pub(crate) fn in_memory(source: &dyn Source, name: &str) -> Result<Self, Error> {
        let (len, shape) = (source.len(), source.image_shape());
        let needed = len as u64 * shape.n_bytes() as u64;
        let refused = |available| Error::Memory {
            name: name.to_owned(),
            needed,
            available,
        };
        let available = memory::available();
        // A fifth stays for the model.
        if let Some(available) = available.filter(|available| needed > available / 5 * 4) {
            return Err(refused(available));
        }
        if needed > 1 << 28 {
            tracing::warn!(
                "`{name}` takes {needed} bytes of memory and is unpacked at every start; \
                 `disentangle data prepare` makes a file that opens at once"
            );
        }
        let mut images = Vec::new();
        images
            .try_reserve_exact(needed as usize)
            .map_err(|_| refused(0))?;
        source.read(&mut |piece| {
            images.extend_from_slice(piece);
            Ok(())
        })?;
        expect_len("what the files give", images.len(), needed as usize)?;
        Ok(Self {
            len,
            shape,
            labels: source.labels().cloned(),
            pixels: Pixels::Memory(images),
        })
    }

    /// Leaves constant factors out, or keeps them.
    pub(crate) fn with_constants(self, constants: ConstantFactors) -> Self {
        Self {
            labels: self.labels.map(|labels| labels.with_constants(constants)),
            ..self
        }
    }
}

impl Dataset for Stored {
    fn len(&self) -> usize {
        self.len
    }

    fn image_shape(&self) -> ImageShape {
        self.shape
    }

    fn factor_space(&self) -> Option<&FactorSpace> {
        self.labels.as_ref().map(Labels::space)
    }

    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error> {
        match &self.labels {
            Some(labels) => labels.factors(index, out),
            None => expect_len("the factor buffer", out.len(), 0),
        }
    }

    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error> {
        check_request(self, indices, out)?;
        let n_bytes = self.shape.n_bytes();
        let wanted = indices.iter().zip(out.chunks_exact_mut(n_bytes));
        match &self.pixels {
            Pixels::Memory(images) => {
                for (&index, image) in wanted {
                    image.copy_from_slice(&images[index * n_bytes..][..n_bytes]);
                }
            }
            Pixels::File {
                file,
                offset,
                decoder,
            } => {
                file.check_unchanged()?;
                let stored_bytes = decoder.stored_bytes();
                let mut stored = vec![0; if decoder.is_plain() { 0 } else { stored_bytes }];
                for (&index, image) in wanted {
                    let place = offset + index as u64 * stored_bytes as u64;
                    if decoder.is_plain() {
                        file.read_at(place, image)?;
                        continue;
                    }
                    file.read_at(place, &mut stored)?;
                    let decoded = decoder.decode(&stored, image);
                    decoded.map_err(|problem| {
                        Error::content(file.path(), "images", format!("image {index} {problem}"))
                    })?;
                }
            }
        }
        Ok(())
    }
}
