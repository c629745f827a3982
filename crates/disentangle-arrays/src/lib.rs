#![doc = include_str!("../README.md")]

mod array;
mod atomic;
mod dtype;
mod error;
mod locator;
mod npy;
mod npz;
mod source;

pub use array::{Array, ArrayView};
pub use dtype::DType;
pub use error::Error;
pub use locator::Locator;
pub use npy::{NpyHeader, NpyReader};
pub use npz::NpzReader;
pub use source::{ArraySource, open, read, write};
