//! Bottlenecks: what the encoder says becomes a posterior over latents.

pub(crate) mod deterministic;
pub(crate) mod gaussian;

use candle_core::Tensor;
use disentangle_nn::Latents;
use disentangle_registry::{Part, registry};

use crate::{DiagonalGaussian, Error};

/// The part between encoder and decoder.
pub trait Bottleneck: Send {
    /// Returns how many numbers per image the encoder must give.
    fn inputs(&self) -> usize;

    /// Tells whether its posteriors are diagonal Gaussians, which density terms need.
    fn is_gaussian(&self) -> bool;

    /// Makes the posteriors of a batch from `[B, inputs]`.
    ///
    /// # Errors
    /// If the width is another one.
    fn posterior(&self, encoded: &Tensor) -> Result<Box<dyn Posterior>, Error>;
}

/// `q(z|x)` of a batch.
pub trait Posterior: Send {
    /// Returns the mean `[B, D]`: the representation that metrics measure.
    fn mean(&self) -> &Tensor;

    /// Draws latents from standard normal noise `[B, D]`, differentiably.
    ///
    /// # Errors
    /// If the noise has another shape.
    fn sample(&self, noise: &Tensor) -> Result<Latents, Error>;

    /// Lends the Gaussian, if it is one.
    fn gaussian(&self) -> Option<&DiagonalGaussian>;
}

/// What a bottleneck is built from besides its configuration.
pub struct BottleneckCx {
    /// Number of latents D.
    pub latents: usize,
}

impl Part for dyn Bottleneck {
    type Cx<'a> = BottleneckCx;
    type Error = Error;
}

registry! {
    /// The bottlenecks that a config can name.
    pub enum BottleneckConfig builds dyn Bottleneck {
        "gaussian" => Gaussian(gaussian::Gaussian),
        "deterministic" => Deterministic(deterministic::Deterministic),
    }
}
