//! A trained model as a folder for the Hugging Face hub.
//!
//! ```text
//! README.md  config.json  model.safetensors  metrics.json  traversals.gif  disentangle_model.py
//! ```
//!
//! The parameters have PyTorch's names and layouts, and the Python file builds the modules that take
//! them. The model card is described in the hub's documentation ("Model cards", "model-index").

mod card;

use std::fs;
use std::path::{Path, PathBuf};

use disentangle_metrics::Scores;
use serde_json::{Value, json};

use crate::checkpoint;
use crate::experiment::volume;
use crate::run_folder::write_whole;
use crate::{Error, Experiment, RunFolder, TraversalChoice, traversal_pictures};
use card::Card;

/// The modules that load the weights into PyTorch.
const PYTHON: &str = include_str!("../../python/disentangle_model.py");

/// What is exported.
pub struct Export<'a> {
    /// The run.
    pub run: &'a RunFolder,
    /// Its model, with the weights of the checkpoint.
    pub experiment: &'a Experiment,
    /// Which checkpoint that is: `last`, `best` or a step.
    pub checkpoint: &'a str,
    /// The scores of these weights, if they have been measured.
    pub scores: Option<&'a Scores>,
}

impl Export<'_> {
    /// Requires that a folder can be written: it is not there, or empty.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] if it holds something.
    pub fn require_free(folder: &Path) -> Result<(), Error> {
        let holds = |mut entries: fs::ReadDir| entries.next().is_some();
        if folder.is_file() || fs::read_dir(folder).is_ok_and(holds) {
            return Err(Error::NotEmpty(folder.to_owned()));
        }
        Ok(())
    }

    /// Writes the folder, completely or not at all; returns its files.
    ///
    /// # Errors
    /// If it holds something already or cannot be written, or if a picture cannot be made.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, Error> {
        Self::require_free(folder)?;
        let partial = beside(folder)?;
        let made = fs::create_dir_all(&partial);
        made.map_err(Error::file("cannot make the folder", &partial))?;
        let written = self.fill(&partial).and_then(|names| {
            // An empty folder may be in the place; it is removed only if it is empty still.
            if folder.is_dir() {
                fs::remove_dir(folder).map_err(Error::file("cannot replace", folder))?;
            }
            fs::rename(&partial, folder).map_err(Error::file("cannot rename to", folder))?;
            Ok(names)
        });
        if written.is_err() {
            // What is left of a failed attempt is of no use; the first error is the one to report.
            let _ = fs::remove_dir_all(&partial);
        }
        Ok(written?.into_iter().map(|name| folder.join(name)).collect())
    }

    fn fill(&self, folder: &Path) -> Result<Vec<&'static str>, Error> {
        let checkpoint = checkpoint::choose(&self.run.checkpoints(), self.checkpoint)?;
        let config = self.config(checkpoint::step(&checkpoint)?);
        let mut names = vec![
            "README.md",
            "config.json",
            "model.safetensors",
            "traversals.gif",
            "disentangle_model.py",
        ];
        let card = Card {
            name: self.run.name().replace(char::is_control, " "),
            config: &config,
            yaml: self.experiment.config.to_yaml()?,
            scores: self.scores,
        };
        write_whole(&folder.join(names[0]), card.text()?.as_bytes())?;
        let text = format!("{config:#}\n");
        write_whole(&folder.join(names[1]), text.as_bytes())?;
        let weights = folder.join(names[2]);
        self.experiment.store.state().save(&weights)?;
        checkpoint::sync(&weights)?;
        let pictures = traversal_pictures(self.experiment, TraversalChoice::default())?;
        pictures.animation.write_gif(&folder.join(names[3]))?;
        write_whole(&folder.join(names[4]), PYTHON.as_bytes())?;
        if let Some(scores) = self.scores {
            names.push("metrics.json");
            write_whole(&folder.join("metrics.json"), scores.to_json().as_bytes())?;
        }
        checkpoint::sync(folder)?;
        Ok(names)
    }

    fn config(&self, step: u64) -> Value {
        let experiment = self.experiment;
        let image = volume(experiment.dataset.as_ref());
        let labels = experiment.labels.as_ref().map(|labels| {
            let pairs = labels.names().iter().zip(labels.sizes());
            let labels = pairs.map(|(name, size)| json!({"name": name, "classes": size}));
            labels.collect::<Vec<_>>()
        });
        json!({
            "model_type": "disentangle",
            "library": {"name": "disentangle", "version": env!("CARGO_PKG_VERSION")},
            "step": step,
            "parameters": experiment.store.count(),
            "image": {
                "channels": image.channels,
                "height": image.height,
                "width": image.width,
                "values": "0 to 1",
            },
            "labels": labels,
            "model": experiment.config.model,
            "experiment": experiment.config,
        })
    }
}

/// A hidden folder in the same place, so that a rename moves it.
fn beside(folder: &Path) -> Result<PathBuf, Error> {
    let Some(name) = folder.file_name() else {
        return Err(Error::NotEmpty(folder.to_owned()));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.partial", std::process::id()));
    Ok(folder.with_file_name(hidden))
}
