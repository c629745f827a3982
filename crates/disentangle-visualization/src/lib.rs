#![doc = include_str!("../README.md")]

mod error;
mod grid;
mod label;
mod picture;
mod png;
mod reconstructions;
mod sheet;
mod style;
mod traversal;

pub use error::{DecodeError, Error};
pub use grid::{GridOptions, grid};
pub use label::Label;
pub use picture::Picture;
pub use reconstructions::{Reconstructions, reconstructions};
pub use style::{Style, Theme};
pub use traversal::{Decode, Traversal, TraversalOptions, traversal};
