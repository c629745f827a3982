//! A trained model in pictures: reconstructions, latents and factors that walk, samples of the prior.

use candle_core::{Device, Tensor};
use disentangle_architectures::Encoded;
use disentangle_nn::Latents;
use disentangle_visualization::{
    ConditionWalks, DecodeError, FactorWalk, Picture, Range, Traversal, TraversalOptions, Walk,
};

use crate::pictures::{self, pairs, random_indices, some_classes, with_class};
use crate::{Error, Experiment};

/// Images over which the KL divergence of a latent is averaged.
const IMAGES: usize = 256;
/// The most values of a factor that are shown.
const VALUES: usize = 16;
/// The most classes of a label that a reader can choose.
const CLASSES: usize = 8;
/// Samples of the prior.
const SAMPLES: usize = 16;
/// The variance of a code over images from which on it carries something (Burda et al. 2016,
/// arXiv:1509.00519).
const ACTIVE_VARIANCE: f32 = 0.01;

/// The probability of the prior's quantile that a walk begins at, and that it leaves beyond its end.
const TAIL: f32 = 0.025;

/// From where to where latents walk.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum WalkRange {
    /// As the configuration says, the same for all.
    #[default]
    Configured,
    /// From the prior's quantile of 2.5 % to that of 97.5 %, evenly spaced in probability.
    Prior,
    /// From the least code of a latent to its greatest, over random images.
    Own,
}

/// What a model makes of some images.
pub(crate) struct Portrait {
    /// The image from which latents and factors walk.
    pub(crate) start: usize,
    /// What walks, and where.
    pub(crate) traversal: Traversal,
    /// How it is shown.
    pub(crate) options: TraversalOptions,
    /// What the decoder sees beside the latents throughout, `[1, K]`.
    condition: Option<Tensor>,
    indices: Vec<usize>,
}

impl Portrait {
    /// Looks at random images, or at one of them first.
    ///
    /// # Errors
    /// If an image cannot be read.
    pub(crate) fn of(
        experiment: &Experiment,
        start: Option<usize>,
        range: WalkRange,
    ) -> Result<Self, Error> {
        let indices = random_indices(experiment, IMAGES);
        let range = match range {
            WalkRange::Configured => experiment.config.images.traversal_range.into(),
            WalkRange::Prior => Range::Quantiles { tail: TAIL },
            WalkRange::Own => own_ranges(experiment, &indices)?,
        };
        let start = start.unwrap_or(indices[0]);
        let many = encode(experiment, &indices)?;
        let mut options = TraversalOptions::default();
        let variance = many.posterior.mean().var(0)?.to_vec1::<f32>()?;
        let inactive = (0..variance.len()).filter(|&latent| variance[latent] <= ACTIVE_VARIANCE);
        let kl = match many.kl_elements()? {
            Some(elements) => elements.mean(0)?.to_vec1::<f32>()?,
            None => {
                options.measure = "variance".into();
                options.inactive_kl = ACTIVE_VARIANCE;
                options.title = Some("Traversals: one latent moves, sorted by its variance".into());
                variance.clone()
            }
        };
        let first = encode(experiment, &[start])?;
        Ok(Self {
            start,
            condition: first.condition().cloned(),
            traversal: Traversal {
                base: codes(&first)?,
                inactive: inactive.collect(),
                kl,
                range,
                steps: experiment.config.images.traversal_steps,
            },
            options,
            indices,
        })
    }

    /// Decodes the walks of all latents.
    ///
    /// # Errors
    /// If the range makes no sense.
    pub(crate) fn walks(&self, experiment: &Experiment) -> Result<Vec<Walk>, Error> {
        self.walks_given(experiment, self.condition.as_ref(), &self.options)
    }

    /// Decodes the walks of the latents that carry something under other labels, one label changed at a
    /// time, if the model is conditioned.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub(crate) fn conditions(&self, experiment: &Experiment) -> Result<Vec<ConditionWalks>, Error> {
        let (Some(labels), Some(condition)) = (&experiment.labels, &self.condition) else {
            return Ok(Vec::new());
        };
        let mut options = self.options.clone();
        options.only_active = true;
        if !self.traversal.kl.iter().any(|kl| *kl > options.inactive_kl) {
            return Ok(Vec::new());
        }
        let mut start = 0;
        let mut found = Vec::new();
        for (name, &size) in labels.names().iter().zip(labels.sizes()) {
            for class in some_classes(size, CLASSES) {
                let changed = with_class(condition, (start, size), class)?;
                found.push(ConditionWalks {
                    name: format!("{name}: {class}"),
                    walks: self.walks_given(experiment, Some(&changed), &options)?,
                });
            }
            start += size;
        }
        Ok(found)
    }

    fn walks_given(
        &self,
        experiment: &Experiment,
        condition: Option<&Tensor>,
        options: &TraversalOptions,
    ) -> Result<Vec<Walk>, Error> {
        let mut decode = |latents: &[f32], count: usize| -> Result<Vec<Picture>, DecodeError> {
            let rows = condition.map(|row| row.repeat((count, 1)));
            Ok(decoded(
                experiment,
                latents,
                count,
                rows.transpose()?.as_ref(),
            )?)
        };
        Ok(self.traversal.walks(&mut decode, options)?)
    }

    /// Returns images with their reconstructions from the mean of the posterior.
    ///
    /// # Errors
    /// If an image cannot be read.
    pub(crate) fn pairs(&self, experiment: &Experiment) -> Result<Vec<(Picture, Picture)>, Error> {
        let count = experiment.config.images.reconstructions.min(IMAGES);
        pairs(experiment, &self.indices[..count])
    }
}

/// Returns each latent's range over some images, `[D]`.
fn own_ranges(experiment: &Experiment, indices: &[usize]) -> Result<Range, Error> {
    let latents = experiment.detached.latents();
    let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); latents];
    for code in codes(&encode(experiment, indices)?)?.chunks(latents) {
        for (range, value) in ranges.iter_mut().zip(code) {
            *range = (range.0.min(*value), range.1.max(*value));
        }
    }
    // A code that does not vary still needs somewhere to walk.
    for range in &mut ranges {
        let room = if range.1 - range.0 < 1e-3 { 1e-3 } else { 0.0 };
        *range = (range.0 - room, range.1 + room);
    }
    Ok(Range::Own(ranges))
}

/// Decodes samples of the prior, given the labels of random images if the model is conditioned.
///
/// # Errors
/// If candle refuses an operation.
pub(crate) fn samples(experiment: &Experiment) -> Result<Vec<Picture>, Error> {
    let mut stream = experiment.seeds.stream("pictures/prior", 0);
    let latents = SAMPLES * experiment.detached.latents();
    let values: Vec<f32> = (0..latents).map(|_| stream.normal() as f32).collect();
    let given = encode(experiment, &random_indices(experiment, SAMPLES))?;
    decoded(experiment, &values, SAMPLES, given.condition())
}

/// Walks along every factor from one image, if the data are a grid of factors.
///
/// # Errors
/// If an image cannot be read.
pub(crate) fn factor_walks(
    experiment: &Experiment,
    start: usize,
) -> Result<Vec<FactorWalk>, Error> {
    let Some(space) = experiment
        .dataset
        .factor_space()
        .filter(|space| space.is_grid())
    else {
        return Ok(Vec::new());
    };
    let mut base = vec![0; space.n_factors()];
    experiment.dataset.factors(start, &mut base)?;
    let mut walks = Vec::new();
    for (factor, (name, &size)) in space.names().iter().zip(space.sizes()).enumerate() {
        if size < 2 {
            continue;
        }
        let shown = size.min(VALUES);
        let values: Vec<_> = (0..shown).map(|i| i * (size - 1) / (shown - 1)).collect();
        let index = |value: &usize| {
            let mut factors = base.clone();
            factors[factor] = *value as u32;
            space.index(&factors)
        };
        let indices: Vec<_> = values.iter().map(index).collect::<Result<_, _>>()?;
        let (originals, reconstructions) = pairs(experiment, &indices)?.into_iter().unzip();
        let codes = codes(&encode(experiment, &indices)?)?;
        walks.push(FactorWalk {
            name: name.clone(),
            labels: values
                .iter()
                .map(|value| format!("{} of {size}", value + 1))
                .collect(),
            originals,
            reconstructions,
            codes: codes
                .chunks(experiment.detached.latents())
                .map(<[f32]>::to_vec)
                .collect(),
        });
    }
    Ok(walks)
}

fn encode(experiment: &Experiment, indices: &[usize]) -> Result<Encoded, Error> {
    Ok(experiment.detached.encode(&experiment.batch(indices)?)?)
}

/// Returns the means of the posteriors, `[B, D]`, row by row.
fn codes(encoded: &Encoded) -> Result<Vec<f32>, Error> {
    Ok(encoded.posterior.mean().flatten_all()?.to_vec1()?)
}

fn decoded(
    experiment: &Experiment,
    latents: &[f32],
    count: usize,
    condition: Option<&Tensor>,
) -> Result<Vec<Picture>, Error> {
    let shape = (count, experiment.detached.latents());
    let latents =
        Tensor::from_slice(latents, shape, &Device::Cpu)?.to_device(&experiment.device)?;
    pictures::decoded(experiment, &Latents::new(latents)?, condition)
}
