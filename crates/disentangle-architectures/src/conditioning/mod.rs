//! Conditioning: what a model knows about the labels besides the image.

pub(crate) mod inferred_labels;
pub(crate) mod labels;
mod planes;

use candle_core::Tensor;
use disentangle_nn::{Images, Params};
use disentangle_registry::{Part, registry};

use crate::{Batch, DiagonalGaussian, Error, LabelSpace, Volume};

/// The part that gives the decoder, and perhaps the encoder, labels.
pub trait Conditioning: Send {
    /// Returns how many planes the encoder sees beside the image's channels.
    fn planes(&self) -> usize;

    /// Makes what the other parts see of a batch's labels.
    ///
    /// # Errors
    /// If the batch lacks labels that are needed, or has images of another size.
    fn pass(&self, batch: &Batch) -> Result<LabelPass, Error>;

    /// Returns the label encoder's logits of images, `[B, K]`; nothing if there is none.
    ///
    /// # Errors
    /// If the images have another size.
    fn label_logits(&self, images: &Images) -> Result<Option<Tensor>, Error>;

    /// Tells whether there is a label encoder.
    fn has_label_encoder(&self) -> bool;
}

/// What a conditioning gives of a batch.
#[derive(Debug, Clone)]
pub struct LabelPass {
    /// What the decoder sees beside the latents, `[B, K]`; no gradient flows through it.
    pub condition: Tensor,
    /// What the encoder sees beside the image, `[B, planes, H, W]`.
    pub planes: Option<Tensor>,
    /// What the label encoder says of the images, `[B, K]`, with its gradient.
    pub logits: Option<Tensor>,
    /// `p(z|y)`, if it is not the standard normal distribution.
    pub prior: Option<DiagonalGaussian>,
}

/// What a conditioning is built from besides its configuration.
pub struct ConditioningCx {
    /// Size of the images.
    pub image: Volume,
    /// Number of latents D.
    pub latents: usize,
    /// The labels' numbers of classes.
    pub labels: LabelSpace,
    /// Where the parameters live.
    pub params: Params,
}

impl Part for dyn Conditioning {
    type Cx<'a> = ConditioningCx;
    type Error = Error;
}

registry! {
    /// The conditionings that a config can name.
    pub enum ConditioningConfig builds dyn Conditioning {
        "labels" => Labels(labels::Labels),
        "inferred_labels" => InferredLabels(inferred_labels::InferredLabels),
    }
}
