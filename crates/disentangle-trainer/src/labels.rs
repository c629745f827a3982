//! The labels of a run: factors of its data set, chosen by name in `train.labels`.
//!
//! Labels are class indices, never the factors' values: disentanglement-pytorch truncates the values
//! of dSprites to integers, and so loses most classes.

use candle_core::{Device, Tensor};
use disentangle_architectures::LabelSpace;
use disentangle_data::{Dataset, Selection};

use crate::Error;

/// Resolves the names in a data set; no names are no labels.
pub(crate) fn choose(
    names: &[String],
    dataset: &dyn Dataset,
) -> Result<Option<Selection>, disentangle_data::Error> {
    match names {
        [] => Ok(None),
        names => Selection::of_dataset(dataset, names).map(Some),
    }
}

/// The labels' numbers of classes.
pub(crate) fn space(labels: Option<&Selection>) -> LabelSpace {
    LabelSpace::new(labels.map_or(&[][..], Selection::sizes))
}

/// Uploads the chosen columns `[B, L]` of class indices `[B, K]`.
pub(crate) fn upload(
    labels: &Selection,
    factors: &[u32],
    device: &Device,
) -> Result<Tensor, Error> {
    let classes = labels.gather(factors)?;
    let width = labels.sizes().len();
    Ok(Tensor::from_vec(
        classes,
        (factors.len() / labels.n_factors(), width),
        device,
    )?)
}

/// Reads and uploads the labels `[B, L]` of images.
pub(crate) fn of_images(
    labels: &Selection,
    dataset: &dyn Dataset,
    indices: &[usize],
    device: &Device,
) -> Result<Tensor, Error> {
    let n_factors = labels.n_factors();
    let mut factors = vec![0; indices.len() * n_factors];
    for (&index, row) in indices.iter().zip(factors.chunks_exact_mut(n_factors)) {
        dataset.factors(index, row)?;
    }
    upload(labels, &factors, device)
}
