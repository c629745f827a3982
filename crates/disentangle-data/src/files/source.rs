//! Images in the order of their index, as files give them.

use std::path::PathBuf;

use crate::dataset::ImageShape;
use crate::error::Error;
use crate::labels::Labels;

/// Takes whole images `[n, H, W, C]`.
pub(crate) type Sink<'a> = dyn FnMut(&[u8]) -> Result<(), Error> + 'a;

/// All images of a data set, one after the other, in bounded memory.
pub(crate) trait Source: Send + Sync {
    /// Returns the number of images.
    fn len(&self) -> usize;

    /// Returns the size of every image.
    fn image_shape(&self) -> ImageShape;

    /// Returns the factors of the images, if they are known.
    fn labels(&self) -> Option<&Labels>;

    /// Returns the files that are read, to tell whether they are still the same.
    fn files(&self) -> Vec<PathBuf>;

    /// Hands all images to `sink`, in order.
    fn read(&self, sink: &mut Sink<'_>) -> Result<(), Error>;
}
