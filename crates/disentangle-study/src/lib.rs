#![doc = include_str!("../README.md")]

mod collected;
mod error;
mod page;
mod ranks;
mod runs;
mod study;

pub use collected::{Collected, Row};
pub use error::Error;
pub use runs::{Status, status};
pub use study::{PlannedRun, Study};
