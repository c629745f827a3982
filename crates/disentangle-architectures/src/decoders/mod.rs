//! Decoders: latents to the logits of images.

mod burgess;
mod deep_linear;
mod locatello;
mod mlp;
mod shallow_linear;
mod simple_conv64;
mod spatial_broadcast;

pub use burgess::Burgess;
pub use deep_linear::DeepLinear;
pub use locatello::Locatello;
pub use mlp::Mlp;
pub use shallow_linear::ShallowLinear;
pub use simple_conv64::SimpleConv64;
pub use spatial_broadcast::SpatialBroadcast;

use disentangle_nn::{Latents, Logits, Params};
use disentangle_registry::{Part, registry};

use crate::chain::Network;
use crate::{Error, Volume};

/// A network from latents to logits.
pub trait Decoder: Send {
    /// Decodes `[B, inputs]` to `[B, C, H, W]`.
    ///
    /// # Errors
    /// If the latents have another width than the decoder was built for.
    fn forward(&self, latents: &Latents) -> Result<Logits, Error>;
}

/// What a decoder is built from besides its configuration.
pub struct DecoderCx {
    /// Size of the images.
    pub image: Volume,
    /// Width of the latents; conditioning adds columns to it.
    pub inputs: usize,
    /// Where the parameters live.
    pub params: Params,
}

impl Part for dyn Decoder {
    type Cx<'a> = DecoderCx;
    type Error = Error;
}

registry! {
    /// The decoders that a config can name.
    pub enum DecoderConfig builds dyn Decoder {
        "simple_conv64" => SimpleConv64(simple_conv64::SimpleConv64),
        "shallow_linear" => ShallowLinear(shallow_linear::ShallowLinear),
        "deep_linear" => DeepLinear(deep_linear::DeepLinear),
        "burgess" => Burgess(burgess::Burgess),
        "locatello" => Locatello(locatello::Locatello),
        "mlp" => Mlp(mlp::Mlp),
        "spatial_broadcast" => SpatialBroadcast(spatial_broadcast::SpatialBroadcast),
    }
}

impl Decoder for Network {
    fn forward(&self, latents: &Latents) -> Result<Logits, Error> {
        Ok(Logits::new(self.forward(latents.tensor())?)?)
    }
}
