//! Draws what a model has learned: reconstructions, latent traversals, and what labels do.

use candle_core::{Device, Tensor};
use disentangle_nn::numerics::sigmoid;
use disentangle_nn::{Latents, Logits};
use disentangle_visualization::{GridOptions, Picture, grid};

use crate::experiment::volume;
use crate::show::{TraversalChoice, traversal_pictures};
use crate::{ArchitectureError, Error, Experiment};

/// Images whose labels are changed in a picture of conditions.
const CONDITION_IMAGES: usize = 6;

/// Draws everything that a run shows, each picture with the name of its file.
pub(crate) fn all(experiment: &Experiment) -> Result<Vec<(String, Picture)>, Error> {
    let traversals = traversal_pictures(experiment, TraversalChoice::default())?;
    let mut drawn = vec![
        ("reconstructions".to_owned(), reconstructions(experiment)?),
        ("traversals".to_owned(), traversals.sheet),
    ];
    drawn.extend(conditions(experiment)?);
    Ok(drawn)
}

/// Draws random images above their reconstructions from the mean of the posterior.
///
/// # Errors
/// If an image cannot be read.
pub fn reconstructions(experiment: &Experiment) -> Result<Picture, Error> {
    let count = experiment.config.images.reconstructions;
    let pairs = pairs(experiment, &random_indices(experiment, count))?;
    let (originals, answers): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    Ok(disentangle_visualization::reconstructions(
        &originals, &answers,
    )?)
}

/// Returns images with their reconstructions from the mean of the posterior.
///
/// # Errors
/// If an image cannot be read.
pub(crate) fn pairs(
    experiment: &Experiment,
    indices: &[usize],
) -> Result<Vec<(Picture, Picture)>, Error> {
    let batch = experiment.batch(indices)?;
    let encoded = experiment.detached.encode(&batch)?;
    let mean = Latents::new(encoded.posterior.mean().clone())?;
    let answers = decoded(experiment, &mean, encoded.condition())?;
    let originals = pictures(experiment, batch.images.tensor())?;
    Ok(originals.into_iter().zip(answers).collect())
}

/// Draws, for each label of a conditioned model, what its classes do to random images: a row an image,
/// whose latents and other labels stay, and a column a class. Returns each picture with the
/// name of its file, `label-<name>`.
///
/// # Errors
/// If an image cannot be read.
pub fn conditions(experiment: &Experiment) -> Result<Vec<(String, Picture)>, Error> {
    let labels = match &experiment.labels {
        Some(labels) if experiment.detached.is_conditioned() => labels,
        _ => return Ok(Vec::new()),
    };
    let indices = random_indices(experiment, CONDITION_IMAGES);
    let encoded = experiment.detached.encode(&experiment.batch(&indices)?)?;
    let latents = Latents::new(encoded.posterior.mean().clone())?;
    let condition = encoded.condition().ok_or(ArchitectureError::NoLabels)?; // [B, K]
    let mut start = 0;
    let mut drawn = Vec::new();
    for (name, &size) in labels.names().iter().zip(labels.sizes()) {
        let classes = some_classes(size, experiment.config.images.traversal_steps);
        let columns = classes.iter().map(|&class| {
            let changed = with_class(condition, (start, size), class)?;
            decoded(experiment, &latents, Some(&changed))
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let rows = (0..indices.len()).map(|row| {
            let cells = columns.iter().map(|column| column[row].clone());
            cells.collect()
        });
        let options = GridOptions {
            title: Some(format!("{name}: its class moves, the latents stay")),
            row_labels: (indices.iter().map(|index| index.to_string().into())).collect(),
            column_labels: (classes.iter().map(|class| class.to_string().into())).collect(),
            ..GridOptions::default()
        };
        let picture = grid(&rows.collect::<Vec<_>>(), &options)?;
        drawn.push((file_name(name), picture));
        start += size;
    }
    Ok(drawn)
}

/// A label may be named anything; a file may not.
fn file_name(label: &str) -> String {
    let allowed = |c: char| if c.is_alphanumeric() { c } else { '_' };
    format!("label-{}", label.chars().map(allowed).collect::<String>())
}

/// Returns all classes, or as many as there is room for, evenly spaced, with the first and the last.
pub(crate) fn some_classes(size: usize, room: usize) -> Vec<usize> {
    if size <= room {
        return (0..size).collect();
    }
    (0..room).map(|i| i * (size - 1) / (room - 1)).collect()
}

/// Replaces the columns of one label by those of a class, in all rows of `[B, K]`.
pub(crate) fn with_class(
    condition: &Tensor,
    (start, size): (usize, usize),
    class: usize,
) -> candle_core::Result<Tensor> {
    let (rows, width) = condition.dims2()?;
    let one_hot: Vec<f32> = (0..size).map(|c| f32::from(u8::from(c == class))).collect();
    let columns = Tensor::from_vec(one_hot, (1, size), &Device::Cpu)?
        .to_device(condition.device())?
        .repeat((rows, 1))?;
    let end = start + size;
    let before = condition.narrow(1, 0, start)?;
    let after = condition.narrow(1, end, width - end)?;
    Tensor::cat(&[before, columns, after], 1)
}

/// Returns the first of the random images that all pictures of a run are drawn from.
pub(crate) fn random_indices(experiment: &Experiment, count: usize) -> Vec<usize> {
    let total = experiment.dataset.len() as u64;
    let mut stream = experiment.seeds.stream("pictures", 0);
    (0..count).map(|_| stream.below(total) as usize).collect()
}

/// Decodes latents, given what the decoder sees beside them, `[B, K]`.
pub(crate) fn decoded(
    experiment: &Experiment,
    latents: &Latents,
    condition: Option<&Tensor>,
) -> Result<Vec<Picture>, Error> {
    let logits: Logits = experiment.detached.decode_given(latents, condition)?;
    pictures(experiment, &sigmoid(logits.tensor())?)
}

/// Turns images `[B, C, H, W]` into pictures.
fn pictures(experiment: &Experiment, images: &Tensor) -> Result<Vec<Picture>, Error> {
    let image = volume(experiment.dataset.as_ref());
    let values: Vec<f32> = images.flatten_all()?.to_vec1()?;
    let size = (image.height, image.width);
    let pictures = values
        .chunks_exact(image.elements())
        .map(|planes| Picture::from_planes(planes, image.channels, size));
    Ok(pictures.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_have_no_room_are_left_out_evenly() {
        assert_eq!(some_classes(3, 9), [0, 1, 2]);
        assert_eq!(some_classes(40, 4), [0, 13, 26, 39]);
    }

    #[test]
    fn only_the_columns_of_the_label_change() {
        let rows = [[0.5f32, 0.25, 0.25, 1.0, 0.0]];
        let condition = Tensor::new(&rows, &Device::Cpu).unwrap();
        let changed = |label, class| {
            let changed = with_class(&condition, label, class).unwrap();
            changed.to_vec2::<f32>().unwrap()
        };
        assert_eq!(changed((0, 3), 2), [[0.0, 0.0, 1.0, 1.0, 0.0]]);
        assert_eq!(changed((3, 2), 1), [[0.5, 0.25, 0.25, 0.0, 1.0]]);
    }
}
