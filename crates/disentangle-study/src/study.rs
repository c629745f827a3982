//! The file of a study, and the runs that it stands for.
//!
//! A run's number is `setting · seeds + seed`; settings are numbered in the order in which the file
//! names the methods and each method its values, as in disentanglement_lib's `unsupervised_study_v1`
//! (Locatello et al. 2019, arXiv:1811.12359).

use std::collections::BTreeMap;
use std::path::Path;

use disentangle_registry::{Config, Problems};
use disentangle_trainer::{ConfigError, Document, ExperimentConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::Error;

/// Many runs, numbered from 0.
#[derive(Debug, Clone)]
pub struct Study {
    settings: Vec<Setting>,
    seeds: u64,
}

/// A configuration without its seed.
#[derive(Debug, Clone)]
struct Setting {
    method: String,
    values: Vec<(String, String)>,
    document: Document,
}

/// A run of a study.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Its number.
    pub index: usize,
    /// The name of its method.
    pub method: String,
    /// The keys of the configuration in which the method's runs differ, and their values here.
    pub values: Vec<(String, String)>,
    /// Its seed.
    pub seed: u64,
    document: Document,
}

/// What the file of a study holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// What all runs have in common.
    #[serde(default)]
    #[expect(dead_code, reason = "read as a document, which remembers its places")]
    config: Option<IgnoredAny>,
    methods: Vec<WrittenMethod>,
    /// Runs of each setting, with seeds from 0.
    seeds: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMethod {
    name: String,
    /// What its runs have in common.
    #[serde(default)]
    #[expect(dead_code, reason = "read as a document, which remembers its places")]
    config: Option<IgnoredAny>,
    /// Values of keys, one run each; several keys walk together.
    #[serde(default)]
    over: BTreeMap<String, Vec<Value>>,
}

impl Config for Written {
    fn examples() -> Vec<Self> {
        vec![Self {
            config: None,
            methods: vec![WrittenMethod {
                name: "vae".into(),
                config: None,
                over: BTreeMap::new(),
            }],
            seeds: 1,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        problems.require(self.seeds > 0, "seeds", "must be at least 1");
        problems.require(!self.methods.is_empty(), "methods", "must not be empty");
        for (place, method) in self.methods.iter().enumerate() {
            let known = &self.methods[..place];
            if known.iter().any(|other| other.name == method.name) {
                problems.add("methods", format!("`{}` is there twice", method.name));
            }
            let mut lengths = method.over.values().map(Vec::len);
            let first = lengths.next();
            if first == Some(0) || lengths.any(|length| Some(length) != first) {
                problems.add(
                    "methods",
                    format!(
                        "`{}`: the lists of `over` walk together, so they need equally many values, \
                         at least one",
                        method.name
                    ),
                );
            }
        }
    }
}

impl Study {
    /// Reads a study from files, merged left to right, with overrides `key=value`.
    ///
    /// # Errors
    /// If the study, or the configuration of any of its runs, cannot be used.
    pub fn load(files: &[impl AsRef<Path>], overrides: &[String]) -> Result<Self, Error> {
        Self::of(&Document::load(files, overrides)?)
    }

    /// Reads a study from a document.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of(document: &Document) -> Result<Self, Error> {
        let written: Written = document.read()?;
        let common = document.under("config");
        let methods = document.under("methods").map(|list| list.items());
        let mut settings = Vec::new();
        for (method, raw) in written.methods.iter().zip(methods.unwrap_or_default()) {
            let layers = [common.clone(), raw.under("config")];
            let mut base = Document::load(&[] as &[&Path], &[])?;
            layers
                .into_iter()
                .flatten()
                .for_each(|over| base.merge(over));
            settings.extend(of_method(method, &base)?);
        }
        let study = Self {
            settings,
            seeds: written.seeds,
        };
        // A wrong value is better found before the first run than after a week.
        for index in (0..study.len()).step_by(written.seeds as usize) {
            study.run(index)?.config()?;
        }
        Ok(study)
    }

    /// Returns the number of runs.
    pub fn len(&self) -> usize {
        self.settings.len() * self.seeds as usize
    }

    /// Tells whether there is no run; there always is one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the run of a number.
    ///
    /// # Errors
    /// If there is none.
    pub fn run(&self, index: usize) -> Result<PlannedRun, Error> {
        let (count, seeds) = (self.len(), self.seeds as usize);
        let setting = self.settings.get(index / seeds);
        let setting = setting.ok_or(Error::NoRun { index, count })?;
        Ok(PlannedRun {
            index,
            method: setting.method.clone(),
            values: setting.values.clone(),
            seed: (index % seeds) as u64,
            document: setting.document.clone(),
        })
    }

    /// Returns all runs in the order of their numbers.
    pub fn runs(&self) -> impl Iterator<Item = PlannedRun> {
        (0..self.len()).filter_map(|index| self.run(index).ok())
    }
}

/// Returns a setting for each of the method's values.
fn of_method(method: &WrittenMethod, base: &Document) -> Result<Vec<Setting>, ConfigError> {
    let count = method.over.values().map(Vec::len).next().unwrap_or(1);
    let setting = |place: usize| {
        let mut document = base.clone();
        let mut values = Vec::new();
        for (key, list) in &method.over {
            // JSON is YAML.
            let value = list[place].to_string();
            document.set(&format!("{key}={value}"))?;
            values.push((key.clone(), value));
        }
        Ok(Setting {
            method: method.name.clone(),
            values,
            document,
        })
    };
    (0..count).map(setting).collect()
}

impl PlannedRun {
    /// Returns the complete configuration.
    ///
    /// # Errors
    /// If the study makes one that cannot be used.
    pub fn config(&self) -> Result<ExperimentConfig, Error> {
        let read = || {
            let mut document = self.document.clone();
            document.set(&format!("seed={}", self.seed))?;
            document.read()
        };
        read().map_err(|source| Error::Run {
            index: self.index,
            setting: self.setting(),
            source,
        })
    }

    /// Returns the name of the run's folder.
    pub fn folder(&self) -> String {
        format!("{:04}", self.index)
    }

    /// Returns method and values in a few words: `beta_vae kl.weight=4`.
    pub fn setting(&self) -> String {
        let mut text = self.method.clone();
        for (key, value) in &self.values {
            let short = key.strip_prefix("objective.terms.").unwrap_or(key);
            text += &format!(" {short}={value}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
config:
  model: {encoder: {kind: mlp}, decoder: {kind: mlp}, latents: 2}
  objective: {terms: {recon: {term: {kind: bernoulli}}}}
  train: {steps: 10}
methods:
  - name: vae
    config: {objective: {terms: {kl: {term: {kind: kl}}}}}
    over: {objective.terms.kl.weight: [1, 4.5]}
  - name: capacity
    config: {objective: {terms: {c: {weight: 100, term: {kind: capacity, capacity: {kind: linear, from: 0, to: 5, steps: 9}}}}}}
    over:
      objective.terms.c.term.capacity.to: [5, 10]
      objective.terms.c.weight: [1, 2]
seeds: 3
";

    fn study(text: &str) -> Result<Study, Error> {
        Study::of(&Document::parse(text, "study.yaml").unwrap())
    }

    #[test]
    fn seeds_turn_fastest_and_lists_walk_together() {
        let study = study(FILE).unwrap();
        assert_eq!(study.len(), 12);
        let run = study.run(4).unwrap();
        assert_eq!((run.seed, run.setting().as_str()), (1, "vae kl.weight=4.5"));
        let config = run.config().unwrap();
        assert_eq!(config.seed, 1);
        let weight = config.objective.terms["kl"].weight.clone();
        assert_eq!(weight, 4.5.into());
        let last = study.run(11).unwrap();
        assert_eq!(last.setting(), "capacity c.term.capacity.to=10 c.weight=2");
        assert!(!last.config().unwrap().objective.terms.contains_key("kl"));
        assert!(study.run(12).unwrap_err().to_string().contains("has 12"));
    }

    #[test]
    fn mistakes_are_found_before_a_run_begins_and_say_where() {
        let message =
            |from: &str, to: &str| study(&FILE.replace(from, to)).unwrap_err().to_string();
        let wrong = message("[1, 4.5]", "[1, many]");
        assert!(
            wrong.starts_with("run 3 (vae kl.weight=\"many\"): "),
            "{wrong}"
        );
        let wrong = message("kind: kl}", "kind: lk}");
        assert!(wrong.contains("study.yaml:8"), "{wrong}");
        assert!(message("c.weight: [1, 2]", "c.weight: [1]").contains("walk together"));
        assert!(message("name: capacity", "name: vae").contains("twice"));
        assert!(message("seeds: 3", "seeds: 0").contains("at least 1"));
        assert!(message("seeds: 3", "seeds: 3\nseed: 1").contains("`seed`"));
    }
}
