//! The interface of a data set: images by index, and the factors that made them.

use crate::error::{Error, expect_len};
use crate::factor_space::FactorSpace;

/// The size of every image of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageShape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values a pixel: 1 for gray, 3 for RGB.
    pub channels: usize,
}

impl ImageShape {
    /// Returns the bytes of one image.
    pub fn n_bytes(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// Images with, where known, the factors that made them.
///
/// Nothing is promised about where the images are: they may be computed, unpacked, mapped from a
/// file or decoded when asked for. A data set is shared between threads.
pub trait Dataset: Send + Sync {
    /// Returns the number of images.
    fn len(&self) -> usize;

    /// Tells whether there are no images.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the size of every image.
    fn image_shape(&self) -> ImageShape;

    /// Returns the factors' names and sizes, or `None` if the images have no labels.
    fn factor_space(&self) -> Option<&FactorSpace>;

    /// Writes the class indices of an image's factors `[K]`; nothing if there are no labels.
    ///
    /// # Errors
    /// If the index is out of range, or `out` does not hold exactly one value a factor.
    fn factors(&self, index: usize, out: &mut [u32]) -> Result<(), Error>;

    /// Writes images `[B, H, W, C]`, `0..=255`; a lit pixel of a binary image is 255.
    ///
    /// # Errors
    /// If an index is out of range, `out` does not hold exactly these images, or a file cannot be
    /// read. [`check_request`] makes the first two.
    fn images(&self, indices: &[usize], out: &mut [u8]) -> Result<(), Error>;

    /// Returns how often each image `[N]` comes in training, relative to the others; `None` if all come
    /// equally often.
    ///
    /// # Errors
    /// If the labels that decide it cannot be read.
    fn weights(&self) -> Result<Option<Vec<f32>>, Error> {
        Ok(None)
    }
}

/// Checks the arguments of [`Dataset::images`].
///
/// # Errors
/// If an index is out of range, or the buffer does not hold exactly the images asked for.
pub fn check_request(dataset: &dyn Dataset, indices: &[usize], out: &[u8]) -> Result<(), Error> {
    let len = dataset.len();
    if let Some(&index) = indices.iter().find(|&&index| index >= len) {
        return Err(Error::Index { index, len });
    }
    let n_bytes = indices.len() * dataset.image_shape().n_bytes();
    expect_len("the image buffer", out.len(), n_bytes)
}
