//! Encoders: images to the numbers from which a bottleneck makes a posterior.

mod burgess;
mod deep_linear;
mod locatello;
mod locatello_k4;
mod mlp;
mod padless_conv64;
mod shallow_linear;
mod simple_conv64;

pub use burgess::Burgess;
pub use deep_linear::DeepLinear;
pub use locatello::Locatello;
pub use locatello_k4::LocatelloK4;
pub use mlp::Mlp;
pub use padless_conv64::PadlessConv64;
pub use shallow_linear::ShallowLinear;
pub use simple_conv64::SimpleConv64;

use candle_core::Tensor;
use disentangle_nn::{Images, Params};
use disentangle_registry::{Part, registry};

use crate::chain::Network;
use crate::{Error, Volume};

/// A network from images to `[B, outputs]`.
pub trait Encoder: Send {
    /// Encodes images `[B, C, H, W]` to `[B, outputs]`.
    ///
    /// # Errors
    /// If the images have another size than the encoder was built for.
    fn forward(&self, images: &Images) -> Result<Tensor, Error>;
}

/// What an encoder is built from besides its configuration.
pub struct EncoderCx {
    /// Size of the images; conditioning adds channels to it.
    pub image: Volume,
    /// Numbers per image that the bottleneck takes.
    pub outputs: usize,
    /// Where the parameters live.
    pub params: Params,
}

impl Part for dyn Encoder {
    type Cx<'a> = EncoderCx;
    type Error = Error;
}

registry! {
    /// The encoders that a config can name.
    pub enum EncoderConfig builds dyn Encoder {
        "padless_conv64" => PadlessConv64(padless_conv64::PadlessConv64),
        "simple_conv64" => SimpleConv64(simple_conv64::SimpleConv64),
        "shallow_linear" => ShallowLinear(shallow_linear::ShallowLinear),
        "deep_linear" => DeepLinear(deep_linear::DeepLinear),
        "burgess" => Burgess(burgess::Burgess),
        "locatello" => Locatello(locatello::Locatello),
        "locatello_k4" => LocatelloK4(locatello_k4::LocatelloK4),
        "mlp" => Mlp(mlp::Mlp),
    }
}

impl Encoder for Network {
    fn forward(&self, images: &Images) -> Result<Tensor, Error> {
        Ok(self.forward(images.tensor())?)
    }
}
