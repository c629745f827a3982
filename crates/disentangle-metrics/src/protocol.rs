//! Every number that changes a score and is shared by metrics.

use disentangle_registry::{Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::histogram::{EdgeMode, Histogram};
use crate::predictors::LogisticMode;
use crate::split::Split;

/// How scores are computed. The presets are [`Protocol::dlib`] and [`Protocol::fast`]; changing any value
/// makes it another protocol, and [`Scores`](crate::Scores) writes all of them down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Protocol {
    /// The preset that the values started from.
    pub name: String,
    /// Counts up whenever the same values give other scores.
    pub version: u32,
    /// Refuse what disentanglement_lib refuses, instead of dropping constant factors.
    pub strict: bool,
    /// Bins of the histogram of a code.
    pub bins: usize,
    /// Rounding of the edges between bins.
    pub edges: EdgeMode,
    /// Training points drawn from a grid, and training points of metrics that make their own.
    pub num_train: usize,
    /// Test points, likewise.
    pub num_test: usize,
    /// Rows behind one point of BetaVAE and one vote of FactorVAE.
    pub batch_size: usize,
    /// Rows drawn from a grid for the variance of each code; any other table is used whole.
    pub num_variance_estimate: usize,
    /// The standard deviation from which on a code counts as active.
    pub active_threshold: f64,
    /// Which logistic regression BetaVAE, explicitness and the logistic probe of DCI use.
    pub logistic: LogisticMode,
    /// Which rows of a table without test rows train, and which test.
    pub split: Split,
    /// Rows of a table that predictors learn from, and are tested on, at most; more are drawn from. The
    /// others use all rows. `null` is no limit; draws from a grid have their own numbers.
    pub max_rows: Option<usize>,
    /// Resamplings behind the interval of each score; none makes no intervals.
    pub bootstrap: usize,
    /// Rows of the table whose score an interval is to hold, where a metric can tell; never fewer than there are.
    pub interval_rows: usize,
    /// Shuffles behind the null of metrics that reward noise; none makes no nulls.
    pub permutations: usize,
}

impl Protocol {
    /// Returns the settings of disentanglement_lib@86a644d, `config/unsupervised_study_v1/metric_configs`
    /// (Locatello et al. 2019, arXiv:1811.12359).
    pub fn dlib() -> Self {
        Self {
            name: "dlib".to_owned(),
            version: 1,
            strict: false,
            bins: 20,
            edges: EdgeMode::default(),
            num_train: 10_000,
            num_test: 5_000,
            batch_size: 64,
            num_variance_estimate: 10_000,
            active_threshold: 0.05,
            logistic: LogisticMode::default(),
            split: Split::default(),
            max_rows: None,
            bootstrap: 0,
            interval_rows: 200_000,
            permutations: 10,
        }
    }

    /// Returns settings for looking at a training run: a fifth of the points, and predictors that learn
    /// from at most 10,000 rows of a table. Mutual information of
    /// factors with many values is biased upwards, so its scores compare only with their like.
    pub fn fast() -> Self {
        Self {
            name: "fast".to_owned(),
            num_train: 2_000,
            num_test: 1_000,
            num_variance_estimate: 2_000,
            max_rows: Some(10_000),
            permutations: 3,
            ..Self::dlib()
        }
    }

    /// Returns the preset of a name.
    ///
    /// # Errors
    /// If there is none.
    pub fn preset(name: &str) -> Result<Self, Error> {
        Self::examples()
            .into_iter()
            .find(|preset| preset.name == name)
            .ok_or_else(|| Error::UnknownPreset {
                found: name.to_owned(),
            })
    }

    /// Returns the histogram that codes are binned with.
    pub fn histogram(&self) -> Histogram {
        Histogram {
            bins: self.bins,
            edges: self.edges,
        }
    }
}

impl Default for Protocol {
    fn default() -> Self {
        Self::dlib()
    }
}

impl Config for Protocol {
    fn examples() -> Vec<Self> {
        vec![Self::dlib(), Self::fast()]
    }

    fn check(&self, problems: &mut Problems) {
        let bins = (1..=Histogram::MAX_BINS).contains(&self.bins);
        problems.require(bins, "bins", "must lie between 1 and 4096");
        problems.require(self.num_train > 0, "num_train", "must be positive");
        problems.require(self.num_test > 0, "num_test", "must be positive");
        problems.require(
            self.batch_size > 1,
            "batch_size",
            "must be at least 2: one row has no variance",
        );
        problems.require(
            self.num_variance_estimate > 1,
            "num_variance_estimate",
            "must be at least 2: one row has no variance",
        );
        problems.require(
            self.bootstrap != 1,
            "bootstrap",
            "must be 0 or at least 2: one resampling has no spread",
        );
        problems.require(
            self.active_threshold.is_finite() && self.active_threshold >= 0.0,
            "active_threshold",
            "must be a finite number, not below 0",
        );
        let max_rows = self.max_rows.is_none_or(|rows| rows > 0);
        problems.require(max_rows, "max_rows", "must be positive");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_found_by_name_and_valid() {
        for preset in Protocol::examples() {
            let mut problems = Problems::default();
            preset.check(&mut problems);
            assert!(problems.is_empty());
            assert_eq!(Protocol::preset(&preset.name).unwrap(), preset);
        }
        let message = Protocol::preset("slow").unwrap_err().to_string();
        assert!(message.contains("dlib or fast"), "{message}");
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<Protocol>(r#"{"bin": 10}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `bin`"), "{error}");
    }
}
