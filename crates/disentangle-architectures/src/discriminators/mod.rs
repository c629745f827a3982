//! Discriminators: networks that classify vectors, such as latents.

mod mlp;

use candle_core::Tensor;
use disentangle_nn::Params;
use disentangle_registry::{Part, registry};

use crate::Error;
use crate::chain::Network;

/// A network from `[B, inputs]` to logits `[B, classes]`.
pub trait Discriminator: Send {
    /// Classifies vectors `[B, inputs]`; the answer is logits `[B, classes]`.
    ///
    /// # Errors
    /// If the vectors have another width than the network was built for.
    fn forward(&self, x: &Tensor) -> Result<Tensor, Error>;
}

/// What a discriminator is built from besides its configuration.
pub struct DiscriminatorCx {
    /// Width of the vectors: the number of latents, say.
    pub inputs: usize,
    /// Number of logits.
    pub classes: usize,
    /// Where the parameters live.
    pub params: Params,
}

impl Part for dyn Discriminator {
    type Cx<'a> = DiscriminatorCx;
    type Error = Error;
}

registry! {
    /// The discriminators that a config can name.
    pub enum DiscriminatorConfig builds dyn Discriminator {
        "mlp" => Mlp(mlp::Mlp),
    }
}

impl Default for DiscriminatorConfig {
    fn default() -> Self {
        mlp::Mlp::default().into()
    }
}

impl Discriminator for Network {
    fn forward(&self, x: &Tensor) -> Result<Tensor, Error> {
        Ok(self.forward(x)?)
    }
}
