#![doc = include_str!("../README.md")]

mod adam;
mod adam_w;
mod clip;
mod fused;
mod rms_prop;
mod rule;
mod sgd;
mod together;

pub use adam::Adam;
pub use adam_w::AdamW;
pub use clip::{clip_by_norm, gradient_norm};
pub use rms_prop::RmsProp;
pub use sgd::Sgd;

use candle_core::backprop::GradStore;
use disentangle_nn::{ParamStore, StateDict};
use disentangle_registry::{Part, registry};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A saved state does not fit.
    #[error(transparent)]
    Nn(#[from] disentangle_nn::Error),
}

/// A rule that moves parameters along their gradients.
pub trait Optimizer: Send {
    /// Moves every parameter once; one without a gradient counts as having a zero gradient.
    ///
    /// # Errors
    /// If candle refuses an operation.
    fn step(&mut self, gradients: &GradStore, lr: f64) -> Result<(), Error>;

    /// Returns everything that a checkpoint must hold to go on exactly.
    ///
    /// # Errors
    /// If candle refuses an operation.
    fn state(&self) -> Result<StateDict, Error>;

    /// Goes on from a saved state; nothing is changed unless it fits completely.
    ///
    /// # Errors
    /// If a tensor is missing, extra or of another shape.
    fn load(&mut self, state: &StateDict) -> Result<(), Error>;
}

impl Part for dyn Optimizer {
    type Cx<'a> = ParamStore;
    type Error = Error;
}

registry! {
    /// The optimizers that a config can name.
    pub enum OptimizerConfig builds dyn Optimizer {
        "adam" => Adam(adam::Adam),
        "adam_w" => AdamW(adam_w::AdamW),
        "sgd" => Sgd(sgd::Sgd),
        "rms_prop" => RmsProp(rms_prop::RmsProp),
    }
}
