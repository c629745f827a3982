//! The objective: a weighted sum of named terms.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use disentangle_nn::StateDict;
use disentangle_registry::{Build, Config, Problems};
use disentangle_schedulers::Schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Error, Needs, Provides, Scalars, StepCx, Term, TermConfig, TermCx};

/// What is minimized: a map, so that files merge by name and any term can be overridden.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// The terms by name; `null` takes away a term that an earlier file named.
    #[serde(deserialize_with = "without_removed")]
    #[schemars(with = "BTreeMap<String, Option<EntryConfig>>")]
    pub terms: BTreeMap<String, EntryConfig>,
}

/// A term and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryConfig {
    /// Factor of the term, a number or a schedule.
    #[serde(default = "one")]
    pub weight: Schedule,
    /// The term.
    pub term: TermConfig,
}

fn without_removed<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, EntryConfig>, D::Error> {
    let terms = BTreeMap::<String, Option<EntryConfig>>::deserialize(deserializer)?;
    let named = terms.into_iter();
    Ok(named
        .filter_map(|(name, entry)| Some((name, entry?)))
        .collect())
}

fn one() -> Schedule {
    1.0.into()
}

impl EntryConfig {
    /// Names a weight, a number or a schedule, and a term.
    pub fn new(weight: impl Into<Schedule>, term: impl Into<TermConfig>) -> Self {
        Self {
            weight: weight.into(),
            term: term.into(),
        }
    }
}

impl<const N: usize> From<[(&str, EntryConfig); N]> for ObjectiveConfig {
    /// Takes terms under their names.
    fn from(terms: [(&str, EntryConfig); N]) -> Self {
        let named = terms.map(|(name, entry)| (name.to_owned(), entry));
        Self {
            terms: named.into(),
        }
    }
}

impl Config for ObjectiveConfig {
    fn examples() -> Vec<Self> {
        let entry = |term: TermConfig| (term.kind().to_owned(), EntryConfig::new(1.0, term));
        let terms = TermConfig::examples().into_iter().map(entry).collect();
        vec![Self { terms }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.within("terms", |problems| {
            problems.require(!self.terms.is_empty(), "", "needs at least one term");
            for (name, entry) in &self.terms {
                let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                problems.require(
                    !name.is_empty() && name.chars().all(fits),
                    name,
                    "a term's name may hold a-z, 0-9 and _: it prefixes logs and checkpoints",
                );
                problems.within(name, |p| {
                    p.within("weight", |p| entry.weight.check(p));
                    p.within("term", |p| entry.term.check(p));
                });
            }
        });
    }
}

impl ObjectiveConfig {
    /// Builds the terms, each under its name in `cx`.
    ///
    /// # Errors
    /// If a term cannot be built, or needs what is not provided; all unmet needs are named at once.
    pub fn build(&self, cx: &TermCx, provides: Provides) -> Result<Objective, Error> {
        let entries = self.terms.iter().map(|(name, config)| {
            let term = config.term.build(&TermCx {
                name: name.clone(),
                ..cx.clone()
            })?;
            let weight = config.weight.clone();
            Ok((name.clone(), Entry { weight, term }))
        });
        let entries: BTreeMap<_, _> = entries.collect::<Result<_, Error>>()?;
        let unmet: Vec<_> = entries
            .iter()
            .flat_map(|(name, entry)| entry.term.needs().unmet(name, provides))
            .collect();
        if unmet.is_empty() {
            Ok(Objective { entries })
        } else {
            Err(Error::Unmet(unmet))
        }
    }
}

struct Entry {
    weight: Schedule,
    term: Box<dyn Term>,
}

/// The built terms.
pub struct Objective {
    entries: BTreeMap<String, Entry>,
}

impl Objective {
    /// Returns what the terms need together.
    pub fn needs(&self) -> Needs {
        let needs = self.entries.values().map(|entry| entry.term.needs());
        needs.fold(Needs::default(), |a, b| Needs {
            gaussian_posterior: a.gaussian_posterior || b.gaussian_posterior,
            second_batch: a.second_batch || b.second_batch,
            labels: a.labels || b.labels,
            label_encoder: a.label_encoder || b.label_encoder,
            several_images: a.several_images || b.several_images,
            batch_within_set: a.batch_within_set || b.batch_within_set,
        })
    }

    /// Returns the weighted sum `[]` and what to log: `loss/<name>` (unweighted), `weight/<name>`,
    /// `objective`, and the step's shared scalars.
    ///
    /// # Errors
    /// If a term fails.
    pub fn loss(&self, cx: &StepCx<'_>) -> Result<(Tensor, Scalars), Error> {
        let mut scalars = cx.scalars()?;
        let device = cx.forward.logits.tensor().device();
        let mut total = Tensor::zeros((), cx.forward.logits.tensor().dtype(), device)?;
        for (name, entry) in &self.entries {
            let (loss, weight) = (entry.term.loss(cx)?, entry.weight.at(cx.step));
            scalars.insert(format!("loss/{name}"), &loss);
            scalars.insert(
                format!("weight/{name}"),
                &Tensor::new(weight, &Device::Cpu)?,
            );
            scalars.extend_under(name, entry.term.scalars(cx)?);
            // A term of weight 0 takes no part: 0·∞ would poison the sum.
            if weight != 0.0 {
                total = (total + (loss * weight)?)?;
            }
        }
        scalars.insert("objective", &total);
        Ok((total, scalars))
    }

    /// Lets every term learn what it owns; call it after the model's own step.
    ///
    /// # Errors
    /// If a term fails.
    pub fn update(&mut self, cx: &StepCx<'_>) -> Result<Scalars, Error> {
        let mut scalars = Scalars::default();
        for (name, entry) in &mut self.entries {
            scalars.extend_under(name, entry.term.update(cx)?);
        }
        Ok(scalars)
    }

    /// Tells every term the mean objective of an epoch that has just ended.
    pub fn end_of_epoch(&mut self, mean_objective: f64) {
        for entry in self.entries.values_mut() {
            entry.term.end_of_epoch(mean_objective);
        }
    }

    /// Returns the states of all terms, each under its name.
    ///
    /// # Errors
    /// If candle refuses an operation.
    pub fn state(&self) -> Result<StateDict, Error> {
        let mut state = StateDict::default();
        for (name, entry) in &self.entries {
            state.extend_under(name, entry.term.state()?);
        }
        Ok(state)
    }

    /// Goes on from a saved state, strictly.
    ///
    /// # Errors
    /// If a tensor is missing, extra or of another shape.
    pub fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        state.require_like(&self.state()?)?;
        let mut rest = state.clone();
        for (name, entry) in &mut self.entries {
            entry.term.load(&rest.split_off(name))?;
        }
        Ok(())
    }
}
