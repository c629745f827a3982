#![doc = include_str!("../README.md")]

mod autoencoder;
mod batch;
mod bottlenecks;
mod chain;
mod decoders;
mod discriminators;
mod encoders;

pub use autoencoder::{Autoencoder, Forward, ModelConfig};
pub use batch::Batch;
pub use bottlenecks::gaussian::{DiagonalGaussian, Gaussian};
pub use bottlenecks::{Bottleneck, BottleneckConfig, BottleneckCx, Posterior};
pub use chain::Volume;
pub use decoders::{Decoder, DecoderConfig, DecoderCx};
pub use discriminators::{Discriminator, DiscriminatorConfig, DiscriminatorCx};
pub use encoders::{Encoder, EncoderConfig, EncoderCx};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A tensor or a state does not fit.
    #[error(transparent)]
    Nn(#[from] disentangle_nn::Error),
    /// A network cannot take images of this size.
    #[error("{network} cannot work on images of {image}: {why}")]
    Image {
        /// The `kind` of the network.
        network: &'static str,
        /// The images' size.
        image: Volume,
        /// The layer at which it fails.
        why: String,
    },
}
