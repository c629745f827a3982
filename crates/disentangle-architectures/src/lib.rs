#![doc = include_str!("../README.md")]

mod autoencoder;
mod batch;
mod bottlenecks;
mod chain;
mod conditioning;
pub mod decoders;
mod diagonal_gaussian;
mod discriminators;
pub mod encoders;
mod forward;
mod labels;

pub use autoencoder::{Autoencoder, ModelConfig};
pub use batch::Batch;
pub use bottlenecks::gaussian::Gaussian;
pub use bottlenecks::{Bottleneck, BottleneckConfig, BottleneckCx, Posterior};
pub use chain::Volume;
pub use conditioning::{Conditioning, ConditioningConfig, ConditioningCx, LabelPass};
pub use decoders::{Decoder, DecoderConfig, DecoderCx};
pub use diagonal_gaussian::DiagonalGaussian;
pub use discriminators::{Discriminator, DiscriminatorConfig, DiscriminatorCx};
pub use encoders::{Encoder, EncoderConfig, EncoderCx};
pub use forward::{Encoded, Forward};
pub use labels::LabelSpace;

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
    /// A conditioned model was asked for without labels.
    #[error("the model is conditioned on labels, but there are none")]
    NoLabels,
    /// Labels were given to a decoder that sees none.
    #[error("the model is not conditioned, so its decoder takes no labels")]
    NotConditioned,
    /// A label encoder was asked for that the model does not have.
    #[error("the model has no label encoder")]
    NoLabelEncoder,
    /// Columns do not fit the labels.
    #[error("labels of {sizes:?} classes have {expected} columns, found the shape {found:?}")]
    Labels {
        /// The shape that was given.
        found: Vec<usize>,
        /// The labels' numbers of classes.
        sizes: Vec<usize>,
        /// The columns that there should be.
        expected: usize,
    },
}
