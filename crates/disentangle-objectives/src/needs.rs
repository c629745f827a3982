//! What a term needs of the data and the model, matched before the first step.

use std::fmt;

use crate::Estimator;

/// What a term needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// A diagonal Gaussian posterior, so that densities exist.
    pub gaussian_posterior: bool,
    /// A second, independent batch.
    pub second_batch: bool,
    /// Labels.
    pub labels: bool,
    /// A label encoder.
    pub label_encoder: bool,
    /// At least two images a batch.
    pub several_images: bool,
    /// A training set that is not smaller than the batch.
    pub batch_within_set: bool,
}

/// What data, loader and model provide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provides {
    /// The bottleneck's posteriors are diagonal Gaussians.
    pub gaussian_posterior: bool,
    /// The data set has labels and the loader brings them.
    pub labels: bool,
    /// The model infers labels from images.
    pub label_encoder: bool,
    /// Images in a batch.
    pub batch_size: usize,
    /// Images in the training set.
    pub train_size: usize,
}

/// One unmet need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Name of the term in the objective.
    pub term: String,
    /// What it needs.
    pub missing: &'static str,
    /// What should provide it.
    pub provider: &'static str,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "term `{}` needs {}, which {} does not provide",
            self.term, self.missing, self.provider
        )
    }
}

impl Needs {
    /// What estimating the density of the aggregate posterior needs.
    pub(crate) fn of_estimator(estimator: Estimator) -> Self {
        Self {
            gaussian_posterior: true,
            several_images: true,
            batch_within_set: estimator == Estimator::Mss,
            ..Self::default()
        }
    }

    /// Lists what is not provided.
    ///
    /// A second batch is never unmet: the loader draws one when any term needs it.
    pub fn unmet(self, term: &str, provides: Provides) -> Vec<Unmet> {
        let checks = [
            (
                self.gaussian_posterior && !provides.gaussian_posterior,
                "a Gaussian posterior",
                "the bottleneck",
            ),
            (self.labels && !provides.labels, "labels", "`train.labels`"),
            (
                self.label_encoder && !provides.label_encoder,
                "a label encoder",
                "`model.conditioning`",
            ),
            (
                self.several_images && provides.batch_size < 2,
                "at least two images a batch",
                "`train.batch_size`",
            ),
            (
                self.batch_within_set && provides.train_size < provides.batch_size,
                "at least as many images as a batch holds",
                "the data set",
            ),
        ];
        checks
            .into_iter()
            .filter(|(unmet, ..)| *unmet)
            .map(|(_, missing, provider)| Unmet {
                term: term.to_owned(),
                missing,
                provider,
            })
            .collect()
    }
}

pub(crate) fn list(unmet: &[Unmet]) -> String {
    let lines: Vec<_> = unmet.iter().map(ToString::to_string).collect();
    lines.join("; ")
}
