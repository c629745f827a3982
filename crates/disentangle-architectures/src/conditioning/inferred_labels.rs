//! Conditioning on labels that a label encoder infers from the image (IFCVAE).
//!
//! `ŷ = softmax(label_encoder(x))`, label by label; the decoder sees `cat(z, ŷ)` without a gradient to
//! the label encoder, which learns from the label terms alone. The encoder sees the image only.
//! Creswell et al. 2017, arXiv:1711.05175. Differs from disentanglement-pytorch: the softmax is taken
//! per label, in training and in test alike.

use candle_core::Tensor;
use disentangle_nn::Images;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Conditioning, ConditioningCx, LabelPass};
use crate::{Batch, Encoder, EncoderConfig, EncoderCx, Error, LabelSpace};

/// The labels as a label encoder infers them, given to the decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InferredLabels {
    /// The label encoder.
    pub encoder: EncoderConfig,
}

impl Config for InferredLabels {
    fn examples() -> Vec<Self> {
        let encoders = EncoderConfig::examples().into_iter().take(1);
        encoders.map(|encoder| Self { encoder }).collect()
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("encoder", |p| self.encoder.check(p));
    }
}

impl Build<dyn Conditioning> for InferredLabels {
    fn build(&self, cx: &ConditioningCx) -> Result<Box<dyn Conditioning>, Error> {
        let encoder = self.encoder.build(&EncoderCx {
            image: cx.image,
            outputs: cx.labels.width(),
            params: cx.params.pp("encoder"),
        })?;
        Ok(Box::new(Inferred {
            encoder,
            labels: cx.labels.clone(),
        }))
    }
}

struct Inferred {
    encoder: Box<dyn Encoder>,
    labels: LabelSpace,
}

impl Conditioning for Inferred {
    fn planes(&self) -> usize {
        0
    }

    fn pass(&self, batch: &Batch) -> Result<LabelPass, Error> {
        let logits = self.encoder.forward(&batch.images)?; // [B, K]
        Ok(LabelPass {
            condition: self.labels.probabilities(&logits.detach())?,
            planes: None,
            logits: Some(logits),
            prior: None,
        })
    }

    fn label_logits(&self, images: &Images) -> Result<Option<Tensor>, Error> {
        Ok(Some(self.encoder.forward(images)?))
    }

    fn has_label_encoder(&self) -> bool {
        true
    }
}
