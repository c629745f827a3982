#![doc = include_str!("../README.md")]

mod initialization;
mod layers;
pub mod numerics;
mod param_store;
mod params;
mod state_dict;
mod typed;

pub use initialization::Initialization;
pub use layers::activation::Activation;
pub use layers::conv::{Convolutions, Geometry};
pub use layers::linear::Linear;
pub use param_store::ParamStore;
pub use params::Params;
pub use state_dict::{Difference, StateDict};
pub use typed::{Images, Latents, Logits};

use std::path::PathBuf;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A state does not hold exactly the tensors that are asked for.
    #[error("the saved tensors do not fit: {0}")]
    State(Difference),
    /// A file of tensors cannot be read or written.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A tensor has the wrong number of dimensions.
    #[error("{what} must have {expected}, found the shape {found:?}")]
    Shape {
        /// What the tensor is.
        what: &'static str,
        /// The shape it should have, in letters.
        expected: &'static str,
        /// The shape it has.
        found: Vec<usize>,
    },
}
