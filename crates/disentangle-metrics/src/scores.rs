//! What comes out: the contents of `metrics.json`.
//!
//! Nothing here differs between equal runs: no times, no paths.

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::metrics::MetricConfig;
use crate::protocol::Protocol;

/// The scores of a table, with everything that is needed to compare them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// How they were computed.
    pub protocol: ProtocolReport,
    /// What was scored.
    pub input: Input,
    /// The result of each metric, by its `kind`.
    pub metrics: BTreeMap<String, Outcome>,
    /// What a reader of the scores should know.
    pub warnings: Vec<String>,
}

/// A protocol with the seed and the parameters of the metrics that were run.
#[derive(Debug, Clone, PartialEq)]
pub struct ProtocolReport {
    /// Shared parameters.
    pub protocol: Protocol,
    /// The seed of all draws.
    pub seed: u64,
    /// The metrics with their own parameters.
    pub metrics: Vec<MetricConfig>,
}

/// What was scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Rows of the table.
    pub rows: usize,
    /// Number of codes D.
    pub codes: usize,
    /// Number of factors K that were used.
    pub factors: usize,
    /// Their names.
    pub factor_names: Vec<String>,
    /// Their numbers of classes.
    pub factor_sizes: Vec<usize>,
    /// The names of the factors that are continuous; those have the size 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub continuous_factors: Vec<String>,
    /// Codes whose standard deviation reaches the protocol's threshold.
    pub active_codes: usize,
    /// Sixteen digits that are the same for equal codes, factors and test rows.
    pub digest: String,
    /// What guessing would score, for metrics where that is not zero.
    pub chance: BTreeMap<String, f64>,
}

/// The result of one metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was computed.
    Score(Score),
    /// It could not be computed, and why.
    Failed(String),
}

/// A score with its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The score, finite.
    pub score: f64,
    /// Sub-scores and lists, by name.
    pub details: BTreeMap<String, Detail>,
    /// Matrices `[D, K]`, row = code, column = factor, by name; `[D, D]` for pairs of codes.
    pub matrices: BTreeMap<String, Array2<f64>>,
    /// A confidence interval of the score.
    pub interval: Option<[f64; 2]>,
    /// What a reader of this score should know.
    pub warnings: Vec<String>,
}

/// A value beside a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// A number.
    Number(f64),
    /// A number of things, or an index.
    Count(usize),
    /// One number a factor or a code.
    Numbers(Vec<f64>),
    /// One index a factor or a code.
    Counts(Vec<usize>),
    /// A name, such as that of a probe.
    Text(String),
    /// It has no value for this table, and a warning says why: `null`.
    Undefined,
}

impl Scores {
    /// Returns the text of `metrics.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("keys are strings");
        text.push('\n');
        text
    }

    /// Reads what [`Scores::to_json`] wrote, but for one thing: all warnings are the table's.
    ///
    /// # Errors
    /// If the text is of another layout.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        crate::import::scores(text).map_err(Error::Unreadable)
    }

    /// Takes over the scores that an older result has of metrics that are not here, with their parameters,
    /// chances and warnings; returns how many.
    ///
    /// # Errors
    /// If they are of other codes or factors, or by another protocol: nothing is taken over then.
    pub fn keep(&mut self, older: Self) -> Result<usize, Error> {
        crate::merge::keep(self, older).map_err(Error::Apart)
    }

    /// Returns a table to read on a terminal.
    pub fn to_text(&self) -> String {
        crate::text::table(self)
    }

    /// Returns a row a value, as CSV with the columns `metric,key,row,column,value`.
    pub fn to_csv(&self) -> String {
        crate::export::csv(self)
    }

    /// Returns the keys of disentanglement_lib, as a flat JSON object: `evaluation_results.discrete_mig` and
    /// so on; a key that two metrics share carries the metric's name in front.
    pub fn to_dlib_json(&self) -> String {
        crate::export::dlib_json(self)
    }

    /// Tells whether no metric could be computed.
    pub fn all_failed(&self) -> bool {
        let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
        self.metrics.values().all(failed)
    }
}

impl Score {
    /// Makes a score without parts.
    pub fn new(score: f64) -> Self {
        Self {
            score,
            details: BTreeMap::new(),
            matrices: BTreeMap::new(),
            interval: None,
            warnings: Vec::new(),
        }
    }

    /// Adds a sub-score or list.
    #[must_use]
    pub fn with(mut self, name: &str, detail: impl Into<Detail>) -> Self {
        self.details.insert(name.to_owned(), detail.into());
        self
    }

    /// Adds a matrix `[D, K]`.
    #[must_use]
    pub fn with_matrix(mut self, name: &str, matrix: Array2<f64>) -> Self {
        self.matrices.insert(name.to_owned(), matrix);
        self
    }
}

macro_rules! details {
    ($($type:ty => $variant:ident),+) => {$(
        impl From<$type> for Detail {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )+};
}
details! { f64 => Number, usize => Count, Vec<f64> => Numbers, Vec<usize> => Counts, String => Text }

impl From<Option<f64>> for Detail {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::Undefined, Self::Number)
    }
}

impl From<&str> for Detail {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(value) => value.serialize(serializer),
            Self::Count(value) => value.serialize(serializer),
            Self::Numbers(values) => values.serialize(serializer),
            Self::Counts(values) => values.serialize(serializer),
            Self::Text(value) => value.serialize(serializer),
            Self::Undefined => serializer.serialize_none(),
        }
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Failed(why) => {
                map.serialize_entry("score", &None::<f64>)?;
                map.serialize_entry("error", why)?;
            }
            Self::Score(score) => {
                map.serialize_entry("score", &score.score)?;
                for (name, detail) in &score.details {
                    map.serialize_entry(name, detail)?;
                }
                if !score.matrices.is_empty() {
                    let rows = |matrix: &Array2<f64>| -> Vec<Vec<f64>> {
                        matrix.rows().into_iter().map(|row| row.to_vec()).collect()
                    };
                    let matrices: BTreeMap<_, _> = score
                        .matrices
                        .iter()
                        .map(|(name, matrix)| (name, rows(matrix)))
                        .collect();
                    map.serialize_entry("matrices", &matrices)?;
                }
                if let Some(interval) = &score.interval {
                    map.serialize_entry("interval", interval)?;
                }
            }
        }
        map.end()
    }
}

impl Serialize for ProtocolReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.protocol.name)?;
        map.serialize_entry("version", &self.protocol.version)?;
        map.serialize_entry("seed", &self.seed)?;
        for (key, value) in fields(&self.protocol) {
            if !matches!(key.as_str(), "name" | "version") {
                map.serialize_entry(&key, &Sorted(&value))?;
            }
        }
        for metric in &self.metrics {
            let mut parameters = fields(metric);
            parameters.remove("kind");
            let parameters: BTreeMap<_, _> = parameters
                .iter()
                .map(|(key, value)| (key, Sorted(value)))
                .collect();
            map.serialize_entry(metric.kind(), &parameters)?;
        }
        map.end()
    }
}

/// Returns the fields of a configuration, sorted by name.
fn fields(config: &impl Serialize) -> BTreeMap<String, Value> {
    match serde_json::to_value(config) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// Writes objects with sorted keys: `serde_json` keeps the order or not, as a feature of it says that any
/// crate in a build may switch on.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(fields) => {
                let sorted: BTreeMap<_, _> = fields
                    .iter()
                    .map(|(key, value)| (key, Sorted(value)))
                    .collect();
                sorted.serialize(serializer)
            }
            Value::Array(items) => {
                let mut sequence = serializer.serialize_seq(Some(items.len()))?;
                items
                    .iter()
                    .try_for_each(|item| sequence.serialize_element(&Sorted(item)))?;
                sequence.end()
            }
            other => other.serialize(serializer),
        }
    }
}
