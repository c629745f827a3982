//! How well logits tell labels: cross-entropy and accuracy, label by label.

use candle_core::{DType, Tensor};
use disentangle_architectures::LabelSpace;

use crate::{Error, StepCx};

/// Returns `−Σ_l ln softmax(logits_l)[y_l]`, mean over the batch, in nats, of logits `[B, K]` and class
/// indices `[B, L]`.
pub(crate) fn cross_entropy(
    space: &LabelSpace,
    logits: &Tensor,
    labels: &Tensor,
) -> Result<Tensor, Error> {
    let truth = space.one_hot(labels, logits.dtype())?; // [B, K]
    let chosen = (space.log_probabilities(logits)? * truth)?; // [B, K]
    Ok(chosen.sum(1)?.mean_all()?.neg()?)
}

/// Returns the share of labels whose most likely class is the true one, over labels and batch.
pub(crate) fn accuracy(
    space: &LabelSpace,
    logits: &Tensor,
    labels: &Tensor,
) -> Result<Tensor, Error> {
    let right = space.most_likely(logits)?.eq(labels)?; // [B, L]
    Ok(right.to_dtype(DType::F32)?.mean_all()?)
}

impl StepCx<'_> {
    /// Lends the class indices `[B, L]` of the batch.
    ///
    /// # Errors
    /// [`Error::NoLabels`] if the loader brought none.
    pub fn labels(&self) -> Result<&Tensor, Error> {
        self.batch.labels.as_ref().ok_or(Error::NoLabels)
    }
}
