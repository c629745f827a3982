//! Asks a conditioned model for random images with every class of its label, and tells what came out.
//!
//! `cargo run --release -p disentangle-trainer --example label_swap -- RUN IMAGES`: RUN has one label. Images are
//! encoded to the mean of their posterior and decoded with each class. No classifier judges: a decoded image
//! has the class of the genuine image nearest to it, by squared distance, over the whole data set of the run.
//! Prints one line of JSON, shares of decoded images: `own`, asked for the image's own class and showing it;
//! `asked`, asked for another class and showing that; `kept`, asked for another and showing the image's own.
#![expect(clippy::print_stdout, reason = "it reports to the terminal")]

use std::path::Path;

use candle_core::{Device, Tensor};
use disentangle_architectures::Batch;
use disentangle_data::Selection;
use disentangle_nn::numerics::sigmoid;
use disentangle_nn::{Images, Latents};
use disentangle_trainer::{Experiment, RunFolder};

type Error = Box<dyn std::error::Error>;

/// Genuine images that are compared at a time.
const CHUNK: usize = 2048;

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [run, images] = args.as_slice() else {
        return Err("usage: RUN IMAGES".into());
    };
    let run = RunFolder::open(Path::new(run))?;
    let experiment = Experiment::build(run.config()?, &Device::Cpu)?;
    experiment.load(&run, "last")?;
    let Some(label) = experiment.labels.as_ref() else {
        return Err("the run has no label".into());
    };
    let &[classes] = label.sizes() else {
        return Err("the run has several labels".into());
    };
    let total = experiment.dataset.len() as u64;
    let mut stream = experiment.seeds.stream("label_swap", 0);
    let images = (0..images.parse()?).map(|_| stream.below(total) as usize);
    let images: Vec<usize> = images.collect();
    let own = labels(&experiment, label, &images)?;
    let (mut same, mut asked, mut kept) = (0, 0, 0);
    for class in 0..classes as u32 {
        let shown = nearest(&experiment, &decoded(&experiment, &images, class)?)?;
        let shown = labels(&experiment, label, &shown)?;
        for (&own, &shown) in own.iter().zip(&shown) {
            match class == own {
                true => same += u32::from(shown == own),
                false => {
                    asked += u32::from(shown == class);
                    kept += u32::from(shown == own);
                }
            }
        }
    }
    let share = |count: u32, of: usize| f64::from(count) / (of * images.len()) as f64;
    println!(
        "{{\"own\": {:.4}, \"asked\": {:.4}, \"kept\": {:.4}}}",
        share(same, 1),
        share(asked, classes - 1),
        share(kept, classes - 1)
    );
    Ok(())
}

/// Decodes images as if they were of a class, `[B, C·H·W]` in `[0, 1]`.
fn decoded(experiment: &Experiment, indices: &[usize], class: u32) -> Result<Tensor, Error> {
    let image = experiment.model.image();
    let shape = (indices.len(), image.channels, image.height, image.width);
    let images = genuine(experiment, indices)?.reshape(shape)?;
    let model = &experiment.detached;
    let label = experiment.labels.as_ref().ok_or("the run has no label")?;
    let own = labels(experiment, label, indices)?;
    let encoded = model.encode(&Batch {
        images: Images::new(images)?,
        labels: Some(Tensor::from_vec(own, (indices.len(), 1), &Device::Cpu)?),
        second: None,
    })?;
    let row = (0..label.sizes()[0] as u32).map(|c| f32::from(u8::from(c == class)));
    let condition = Tensor::from_iter(row, &Device::Cpu)?
        .unsqueeze(0)?
        .repeat((indices.len(), 1))?; // [B, K]
    let latents = Latents::new(encoded.posterior.mean().clone())?;
    let logits = model.decode_given(&latents, Some(&condition))?;
    Ok(sigmoid(logits.tensor())?.flatten_from(1)?)
}

/// Finds the genuine image nearest to each row of `[B, C·H·W]`.
fn nearest(experiment: &Experiment, decoded: &Tensor) -> Result<Vec<usize>, Error> {
    let mut best = vec![(f32::INFINITY, 0); decoded.dim(0)?];
    let total = experiment.dataset.len();
    for start in (0..total).step_by(CHUNK) {
        let indices: Vec<usize> = (start..(start + CHUNK).min(total)).collect();
        let images = genuine(experiment, &indices)?; // [N, C·H·W]
        // The squared distance without the decoded image's own norm, which is the same in a row.
        let norms = images.sqr()?.sum(1)?; // [N]
        let products = decoded.matmul(&images.t()?)?; // [B, N]
        let distances = (products * -2.)?.broadcast_add(&norms)?;
        for (best, row) in best.iter_mut().zip(distances.to_vec2::<f32>()?) {
            for (&index, distance) in indices.iter().zip(row) {
                if distance < best.0 {
                    *best = (distance, index);
                }
            }
        }
    }
    Ok(best.into_iter().map(|(_, index)| index).collect())
}

/// Reads gray or color images, `[B, C·H·W]` in `[0, 1]`.
fn genuine(experiment: &Experiment, indices: &[usize]) -> Result<Tensor, Error> {
    let image = experiment.model.image();
    let mut bytes = vec![0; indices.len() * image.elements()];
    experiment.dataset.images(indices, &mut bytes)?;
    let floats: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.).collect();
    let shape = (indices.len(), image.height, image.width, image.channels);
    let images = Tensor::from_vec(floats, shape, &Device::Cpu)?;
    Ok(images.permute((0, 3, 1, 2))?.flatten_from(1)?)
}

/// The class of each image.
fn labels(
    experiment: &Experiment,
    label: &Selection,
    indices: &[usize],
) -> Result<Vec<u32>, Error> {
    let width = label.n_factors();
    let mut factors = vec![0; indices.len() * width];
    for (&index, row) in indices.iter().zip(factors.chunks_exact_mut(width)) {
        experiment.dataset.factors(index, row)?;
    }
    Ok(label.gather(&factors)?)
}
