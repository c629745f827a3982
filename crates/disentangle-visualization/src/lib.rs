#![doc = include_str!("../README.md")]

mod error;
mod file;
mod gallery;
mod gif;
mod grid;
mod label;
mod palette;
mod picture;
mod plots;
mod png;
mod progress;
mod range;
mod reconstructions;
mod report;
mod sheet;
mod style;
mod traversal;

pub use error::{DecodeError, Error};
pub use gallery::Gallery;
pub use gif::Animation;
pub use grid::{GridOptions, grid};
pub use label::Label;
pub use picture::Picture;
pub use plots::{Curve, Curves, Distribution, Distributions, HeatMap, Panel, Relations};
pub use progress::progress;
pub use range::Range;
pub use reconstructions::{Reconstructions, reconstructions};
pub use report::{
    ConditionWalks, FactorWalk, Report, RunReport, ScoreRow, ScoreScale, StudyReport,
};
pub use style::{Style, Theme};
pub use traversal::{Decode, Traversal, TraversalOptions, Walk, traversal};
