//! Conditioning on labels that are given (CVAE).
//!
//! The encoder sees the image and one plane per one-hot column, the decoder `cat(z, onehot(y))`.
//! Sohn et al. 2015, "Learning structured output representation using deep conditional generative
//! models". The prior is `N(0, I)`, or `p(z|y) = N(m(y), diag(exp(v(y))))` with `[m, v] = W·onehot(y)`,
//! which begins as `N(0, I)`.

use candle_core::Tensor;
use candle_nn::Init;
use disentangle_nn::Images;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::planes::{LabelPlanes, Planes};
use super::{Conditioning, ConditioningCx, LabelPass};
use crate::{Batch, DiagonalGaussian, Error, LabelSpace};

/// The labels of the data set, given to encoder and decoder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Labels {
    /// How the encoder sees them.
    pub planes: Planes,
    /// The prior of the latents.
    pub prior: Prior,
}

/// The prior of the latents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Prior {
    /// `N(0, I)`, whatever the labels.
    #[default]
    Standard,
    /// A diagonal Gaussian for each combination of labels, learned with the model.
    Learned,
}

impl Config for Labels {
    fn examples() -> Vec<Self> {
        let learned = Self {
            planes: Planes::Learned,
            prior: Prior::Learned,
        };
        vec![Self::default(), learned]
    }
}

impl Build<dyn Conditioning> for Labels {
    fn build(&self, cx: &ConditioningCx) -> Result<Box<dyn Conditioning>, Error> {
        let (latents, columns) = (cx.latents, cx.labels.width());
        let prior = match self.prior {
            Prior::Standard => None,
            Prior::Learned => {
                let params = cx.params.pp("prior");
                let zero = Init::Const(0.0);
                Some(params.get((2 * latents, columns), "weight", zero)?)
            }
        };
        Ok(Box::new(Given {
            planes: LabelPlanes::new(self.planes, cx)?,
            prior,
            labels: cx.labels.clone(),
        }))
    }
}

struct Given {
    labels: LabelSpace,
    planes: LabelPlanes,
    /// `[2D, K]`.
    prior: Option<Tensor>,
}

impl Conditioning for Given {
    fn planes(&self) -> usize {
        self.labels.width()
    }

    fn pass(&self, batch: &Batch) -> Result<LabelPass, Error> {
        let labels = batch.labels.as_ref().ok_or(Error::NoLabels)?;
        let dtype = batch.images.tensor().dtype();
        let condition = self.labels.one_hot(labels, dtype)?; // [B, K]
        let prior = match &self.prior {
            None => None,
            Some(weight) => {
                let both = condition.matmul(&weight.t()?)?; // [B, 2D]
                let latents = both.dim(1)? / 2;
                Some(DiagonalGaussian {
                    mu: both.narrow(1, 0, latents)?,
                    log_var: both.narrow(1, latents, latents)?,
                })
            }
        };
        Ok(LabelPass {
            planes: Some(self.planes.forward(&condition)?),
            logits: None,
            condition,
            prior,
        })
    }

    fn label_logits(&self, _images: &Images) -> Result<Option<Tensor>, Error> {
        Ok(None)
    }

    fn has_label_encoder(&self) -> bool {
        false
    }
}
