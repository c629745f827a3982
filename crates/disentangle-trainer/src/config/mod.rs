//! Configuration: YAML files, merged left to right, overridden by `key=value`, read into types.
//!
//! Files are first read into a tree of nodes that remember their file, line and column, so that an
//! error in a merged configuration still points at the place where the value was written.

mod deserialize;
mod experiment;
mod merge;
mod node;
mod parse;

use std::path::Path;

use disentangle_registry::{Config, Problems};

pub use experiment::{
    CheckpointConfig, EvalConfig, ExperimentConfig, ImagesConfig, LogConfig, Representation,
    TrainConfig,
};
use node::{Node, Value};

/// Why a configuration cannot be used. Every variant is the user's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not YAML.
    #[error("{file}: not valid YAML: {message}")]
    Syntax {
        /// The file, or the override.
        file: String,
        /// The parser's message, with its place.
        message: String,
    },
    /// A value cannot be read as what it should be.
    #[error("{0}")]
    Value(deserialize::ValueError),
    /// An override is not `key=value`, or goes through something that is no map.
    #[error("--set {text}: {problem}")]
    Override {
        /// The override.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Values are readable but make no sense; all of them at once.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
}

/// A configuration before it is read into types.
#[derive(Debug, Clone)]
pub struct Document {
    root: Node,
}

impl Document {
    /// Reads files and merges them left to right, then applies overrides `key.sub=value`.
    ///
    /// Maps merge by key; a map with another `kind` replaces the whole part; everything else replaces.
    ///
    /// # Errors
    /// If a file cannot be read or is not YAML, or an override is malformed.
    pub fn load(files: &[impl AsRef<Path>], overrides: &[String]) -> Result<Self, ConfigError> {
        let mut root = Node::empty_map();
        for file in files {
            let path = file.as_ref().display().to_string();
            let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Read {
                path: path.clone(),
                source,
            })?;
            root.merge(parse::parse(&text, &path)?);
        }
        for text in overrides {
            merge::apply_override(&mut root, text)?;
        }
        Ok(Self { root })
    }

    /// Reads a single text; `name` stands for the file in messages.
    ///
    /// # Errors
    /// If the text is not YAML.
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            root: parse::parse(text, name)?,
        })
    }

    /// Returns what is under a key of the document's topmost map.
    pub fn under(&self, key: &str) -> Option<Self> {
        let root = self.root.get(key)?.clone();
        Some(Self { root })
    }

    /// Returns the items of a list; none of anything else.
    pub fn items(&self) -> Vec<Self> {
        let Value::List(items) = &self.root.value else {
            return Vec::new();
        };
        let items = items.iter().cloned();
        items.map(|root| Self { root }).collect()
    }

    /// Lays another document over this one, as a later file is laid over an earlier one.
    pub fn merge(&mut self, over: Self) {
        self.root.merge(over.root);
    }

    /// Applies an override `key.sub=value`.
    ///
    /// # Errors
    /// If it is malformed, or goes through something that is no map.
    pub fn set(&mut self, text: &str) -> Result<(), ConfigError> {
        merge::apply_override(&mut self.root, text)
    }

    /// Reads one top-level part; the rest of the document may be anything.
    ///
    /// # Errors
    /// If the part is missing or cannot be read, or its values make no sense.
    pub fn part<T: serde::de::DeserializeOwned + Config>(
        &self,
        key: &str,
    ) -> Result<T, ConfigError> {
        match self.root.get(key) {
            Some(node) => Self { root: node.clone() }.read(),
            None => Err(ConfigError::Invalid(vec![format!("there is no `{key}`")])),
        }
    }

    /// Reads the types and checks the values.
    ///
    /// # Errors
    /// If a key is unknown or missing, a type is wrong, or values make no sense.
    pub fn read<T: serde::de::DeserializeOwned + Config>(&self) -> Result<T, ConfigError> {
        let config: T = deserialize::from_node(&self.root).map_err(ConfigError::Value)?;
        let mut problems = Problems::default();
        config.check(&mut problems);
        if problems.is_empty() {
            return Ok(config);
        }
        let located = problems.into_vec().into_iter().map(|problem| {
            match self.root.place_of(&problem.path) {
                Some(place) => format!("{place}: {problem}"),
                None => problem.to_string(),
            }
        });
        Err(ConfigError::Invalid(located.collect()))
    }
}
