//! The adversarial auxiliary of an IFCVAE: latents that do not tell the labels.
//!
//! The model's loss is `−CE(aux(z), y)`, by weights that it cannot move; then `aux` learns
//! `CE(aux(z), y)` on detached latents. The cross-entropy is summed over labels, each with a softmax of
//! its own. Creswell et al. 2017, arXiv:1711.05175, eq. 6 and 7; the step's order is its algorithm 1.
//! The loss has no lower bound: a weight that is too large wins against the reconstruction.

use candle_core::{Device, Tensor};
use disentangle_architectures::LabelSpace;
use disentangle_nn::StateDict;
use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Term, TermCx};
use crate::{Adversary, AdversaryConfig, Error, Needs, Scalars, StepCx, labels};

/// What a network of the term's own can read of the labels in the latents, negated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LabelAdversary {
    /// The network that reads the labels, and how it learns.
    pub auxiliary: AdversaryConfig,
}

impl Config for LabelAdversary {
    fn examples() -> Vec<Self> {
        vec![Self::default()]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("auxiliary", |p| self.auxiliary.check(p));
    }
}

impl Build<dyn Term> for LabelAdversary {
    fn build(&self, cx: &TermCx) -> Result<Box<dyn Term>, Error> {
        let labels = cx.labels.clone();
        // Built without labels too, so that the need for them is reported with all others.
        let columns = labels.width();
        Ok(Box::new(Auxiliary {
            network: Adversary::new(&self.auxiliary, cx, cx.latents, columns)?,
            labels,
        }))
    }
}

struct Auxiliary {
    network: Adversary,
    labels: LabelSpace,
}

impl Term for Auxiliary {
    fn needs(&self) -> Needs {
        Needs {
            labels: true,
            ..Needs::default()
        }
    }

    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error> {
        let logits = self.network.judge(cx.forward.latents.tensor())?; // [B, K]
        let cross_entropy = labels::cross_entropy(&self.labels, &logits, cx.labels()?)?;
        Ok(cross_entropy.neg()?)
    }

    fn update(&mut self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        let labels = cx.labels()?;
        let logits = self.network.judge_to_learn(cx.forward.latents.tensor())?; // [B, K]
        let loss = labels::cross_entropy(&self.labels, &logits, labels)?;
        self.network.learn(&loss, cx.step)?;
        let mut scalars = Scalars::one("auxiliary_loss", &loss);
        let accuracy = labels::accuracy(&self.labels, &logits, labels)?;
        scalars.insert("auxiliary_accuracy", &accuracy);
        let lr = Tensor::new(self.network.lr(cx.step), &Device::Cpu)?;
        scalars.insert("auxiliary_lr", &lr);
        Ok(scalars)
    }

    fn end_of_epoch(&mut self, mean_objective: f64) {
        self.network.end_of_epoch(mean_objective);
    }

    fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        state.extend_under("auxiliary", self.network.state()?);
        Ok(state)
    }

    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        let mut rest = state.clone();
        self.network.load(&rest.split_off("auxiliary"))
    }
}
