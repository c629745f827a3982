#![doc = include_str!("../README.md")]

mod error;
mod file;
mod gif;
mod grid;
mod label;
mod palette;
mod picture;
mod png;
mod reconstructions;
mod sheet;
mod style;
mod traversal;

pub use error::{DecodeError, Error};
pub use gif::Animation;
pub use grid::{GridOptions, grid};
pub use label::Label;
pub use picture::Picture;
pub use reconstructions::{Reconstructions, reconstructions};
pub use style::{Style, Theme};
pub use traversal::{Decode, Traversal, TraversalOptions, traversal};
