//! Draws what a model has learned: reconstructions and latent traversals.

use candle_core::{Device, Tensor};
use disentangle_nn::numerics::sigmoid;
use disentangle_nn::{Images, Latents, Logits};
use disentangle_visualization::{Picture, Traversal};

use crate::experiment::volume;
use crate::{Error, Experiment, upload};

/// Images over which the KL divergence of a latent is averaged.
const KL_IMAGES: usize = 256;

/// Draws random images above their reconstructions from the mean of the posterior.
///
/// # Errors
/// If an image cannot be read.
pub fn reconstructions(experiment: &Experiment) -> Result<Picture, Error> {
    let count = experiment.config.images.reconstructions;
    let images = random_images(experiment, count)?;
    let posterior = experiment.detached.encode(&images)?;
    let mean = Latents::new(posterior.mean().clone())?;
    let answers = decoded(experiment, &mean)?;
    let originals = pictures(experiment, images.tensor())?;
    Ok(disentangle_visualization::reconstructions(
        &originals, &answers,
    )?)
}

/// Draws what each latent does, from the code of one image: of the given index, or of a random one.
///
/// # Errors
/// If an image cannot be read.
pub fn traversals(experiment: &Experiment, index: Option<usize>) -> Result<Picture, Error> {
    let many = random_images(experiment, KL_IMAGES)?;
    let posterior = experiment.detached.encode(&many)?;
    let kl = match posterior.gaussian() {
        Some(gaussian) => gaussian.kl_elements()?.mean(0)?.to_vec1::<f32>()?,
        None => vec![0.0; experiment.detached.latents()],
    };
    let base = match index {
        Some(index) => {
            let image = images_at(experiment, &[index])?;
            experiment.detached.encode(&image)?.mean().clone()
        }
        None => posterior.mean().narrow(0, 0, 1)?,
    };
    let config = &experiment.config.images;
    let traversal = Traversal {
        base: base.flatten_all()?.to_vec1()?,
        kl,
        range: config.traversal_range.into(),
        steps: config.traversal_steps,
    };
    let picture = traversal.draw(&mut |values, count| {
        let shape = (count, experiment.detached.latents());
        let latents = Tensor::from_slice(values, shape, &Device::Cpu)
            .and_then(|latents| latents.to_device(&experiment.device))?;
        Ok(decoded(experiment, &Latents::new(latents)?)?)
    })?;
    Ok(picture)
}

fn random_images(experiment: &Experiment, count: usize) -> Result<Images, Error> {
    let total = experiment.dataset.len() as u64;
    let mut stream = experiment.seeds.stream("pictures", 0);
    let indices: Vec<_> = (0..count).map(|_| stream.below(total) as usize).collect();
    images_at(experiment, &indices)
}

fn images_at(experiment: &Experiment, indices: &[usize]) -> Result<Images, Error> {
    let image = volume(experiment.dataset.as_ref());
    let mut bytes = vec![0; indices.len() * image.elements()];
    experiment.dataset.images(indices, &mut bytes)?;
    upload::images(&bytes, image, &experiment.device)
}

fn decoded(experiment: &Experiment, latents: &Latents) -> Result<Vec<Picture>, Error> {
    let logits: Logits = experiment.detached.decode(latents)?;
    pictures(experiment, &sigmoid(logits.tensor())?)
}

/// Turns images `[B, C, H, W]` into pictures.
pub(crate) fn pictures(experiment: &Experiment, images: &Tensor) -> Result<Vec<Picture>, Error> {
    let image = volume(experiment.dataset.as_ref());
    let values: Vec<f32> = images.flatten_all()?.to_vec1()?;
    let size = (image.height, image.width);
    let pictures = values
        .chunks_exact(image.elements())
        .map(|planes| Picture::from_planes(planes, image.channels, size));
    Ok(pictures.collect::<Result<_, _>>()?)
}
