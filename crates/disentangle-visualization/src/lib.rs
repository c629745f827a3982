#![doc = include_str!("../README.md")]

mod canvas;
mod grid;
mod picture;
mod reconstructions;
mod traversal;

pub use grid::{Grid, Row};
pub use picture::Picture;
pub use reconstructions::reconstructions;
pub use traversal::{Decode, Traversal};

use std::path::PathBuf;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Pixels do not fill the size that is claimed.
    #[error("{found} values do not make an image of {height}x{width} with {channels} channels")]
    Size {
        /// Values given.
        found: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Channels.
        channels: usize,
    },
    /// An image has neither 1 nor 3 channels.
    #[error("an image of {0} channels cannot be drawn: 1 (gray) or 3 (RGB) can")]
    Channels(usize),
    /// A pixel is not a number.
    #[error("a pixel is not a number")]
    NotANumber,
    /// The pictures of a grid differ in size, or a row differs in length.
    #[error("a grid needs pictures of one size and rows of one length: {0}")]
    Ragged(String),
    /// The decoder failed.
    #[error("decoding: {0}")]
    Decode(Box<dyn std::error::Error + Send + Sync>),
    /// A file cannot be written.
    #[error("cannot write {}: {problem}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
}
