#![doc = include_str!("../README.md")]

mod array;
mod atomic;
mod column;
mod csv;
mod dtype;
mod error;
mod h5;
mod locator;
mod mat;
mod names;
mod npy;
mod npz;
mod random_file;
mod safetensors;
mod source;
mod stream;

pub use array::{Array, ArrayView};
pub use column::Column;
pub use dtype::DType;
pub use error::Error;
pub use h5::H5Reader;
pub use locator::Locator;
pub use mat::MatReader;
pub use names::write_names;
pub use npy::{NpyHeader, NpyReader};
pub use npz::NpzReader;
pub use random_file::RandomFile;
pub use source::{ArraySource, open, read, write};
pub use stream::{Raw, raw, stream};
