//! Classification by the label encoder of an IFCVAE, of the images or of their reconstructions.
//!
//! `CE(label_encoder(x), y)` teaches the label encoder; `CE(label_encoder(x̂), y)`, `x̂ = sigmoid(logits)`,
//! teaches the decoder too to show the labels that it is given. The cross-entropy is summed over labels,
//! each with a softmax of its own. Creswell et al. 2017, arXiv:1711.05175, eq. 9 and 10.
//! Differs: disentanglement-pytorch takes one softmax over the columns of all labels.

use candle_core::Tensor;
use disentangle_architectures::LabelSpace;
use disentangle_registry::{Build, Config};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Error, Needs, Scalars, StepCx, labels};

/// What the label encoder classifies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Classified {
    /// The images.
    #[default]
    Images,
    /// What the decoder makes of them.
    Reconstructions,
}

/// Cross-entropy of the label encoder.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LabelClassification {
    /// What it classifies.
    pub of: Classified,
}

impl Config for LabelClassification {
    fn examples() -> Vec<Self> {
        [Classified::Images, Classified::Reconstructions]
            .map(|of| Self { of })
            .into()
    }
}

impl Build<dyn Term> for LabelClassification {
    fn build(&self, cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        Ok(Box::new(Classification {
            of: self.of,
            labels: cx.labels.clone(),
        }))
    }
}

struct Classification {
    of: Classified,
    labels: LabelSpace,
}

impl Term for Classification {
    fn needs(&self) -> Needs {
        Needs {
            labels: true,
            label_encoder: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        labels::cross_entropy(&self.labels, self.logits(cx)?, cx.labels()?)
    }

    fn scalars(&self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        let accuracy = labels::accuracy(&self.labels, self.logits(cx)?, cx.labels()?)?;
        Ok(Scalars::one("accuracy", &accuracy))
    }
}

impl Classification {
    fn logits<'a>(&self, cx: &'a StepCx<'_>) -> Result<&'a Tensor, Error> {
        match self.of {
            Classified::Images => cx.image_label_logits(),
            Classified::Reconstructions => cx.reconstruction_label_logits(),
        }
    }
}
