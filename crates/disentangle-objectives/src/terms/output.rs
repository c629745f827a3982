//! What a decoder's answer means to a likelihood of real-valued pixels.

use candle_core::Tensor;
use disentangle_nn::numerics::sigmoid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, StepCx};

/// How a decoder's answer becomes pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// The sigmoid of the answer, so that pixels lie in `(0, 1)` and pictures agree with the loss.
    #[default]
    Sigmoid,
    /// The answer itself.
    Identity,
}

impl Output {
    /// Returns `x̂ − x`, `[B, pixels]`.
    pub(super) fn distance(self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let logits = cx.forward.logits.tensor();
        let pixels = match self {
            Self::Sigmoid => sigmoid(logits)?,
            Self::Identity => logits.clone(),
        };
        Ok((pixels - cx.batch.images.tensor())?.flatten_from(1)?)
    }
}
