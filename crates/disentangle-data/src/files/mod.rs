//! Images that come from files: streamed in order, read in place, or held in memory.

pub(crate) mod array_images;
pub(crate) mod decoder;
mod jpeg;
mod memory;
pub(crate) mod picture;
pub(crate) mod pictures;
pub(crate) mod resample;
pub(crate) mod source;
pub(crate) mod stored;
