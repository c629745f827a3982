//! Checkpoints: a folder that is complete or not there.
//!
//! `checkpoints/step-000001000/{model,optimizer,terms}.safetensors` and `state.json`, written to a
//! hidden folder, synced, then renamed.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use disentangle_nn::StateDict;
use disentangle_schedulers::LrState;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Everything that is needed to go on exactly.
pub(crate) struct Checkpoint {
    pub(crate) model: StateDict,
    pub(crate) optimizer: StateDict,
    pub(crate) terms: StateDict,
    pub(crate) state: State,
}

/// The state of the loop besides its tensors; random numbers need none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Version of this layout.
    pub(crate) format: u32,
    /// Updates done.
    pub(crate) step: u64,
    /// The learning rate's memory.
    pub(crate) lr: LrState,
    /// Sum of the objective over the steps of the epoch that is under way.
    pub(crate) epoch_sum: f64,
    /// Number of those steps.
    pub(crate) epoch_count: u64,
}

pub(crate) const FORMAT: u32 = 1;
const PREFIX: &str = "step-";

impl Checkpoint {
    /// Writes a checkpoint into the folder of checkpoints and returns its own folder.
    pub(crate) fn save(&self, checkpoints: &Path) -> Result<PathBuf, Error> {
        let name = format!("{PREFIX}{:09}", self.state.step);
        let (target, partial) = (
            checkpoints.join(&name),
            checkpoints.join(format!(".{name}")),
        );
        remove_folder(&partial)?;
        fs::create_dir_all(&partial).map_err(Error::file("cannot make the folder", &partial))?;
        for (name, tensors) in self.tensors() {
            tensors.save(&partial.join(name))?;
            sync(&partial.join(name))?;
        }
        let text = serde_json::to_string_pretty(&self.state).expect("keys are strings");
        let state = partial.join("state.json");
        fs::write(&state, text).map_err(Error::file("cannot write", &state))?;
        sync(&state)?;
        sync(&partial)?;
        remove_folder(&target)?;
        fs::rename(&partial, &target).map_err(Error::file("cannot rename to", &target))?;
        sync(checkpoints)?;
        Ok(target)
    }

    /// Reads a checkpoint's folder.
    pub(crate) fn open(folder: &Path, device: &Device) -> Result<Self, Error> {
        let path = folder.join("state.json");
        let broken = |problem: String| Error::Broken {
            path: path.clone(),
            problem,
        };
        let text = fs::read_to_string(&path).map_err(Error::file("cannot read", &path))?;
        let state: State = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
        if state.format != FORMAT {
            return Err(broken(format!(
                "format {} is not the format {FORMAT} of this version",
                state.format
            )));
        }
        let tensors = |name: &str| StateDict::open(&folder.join(name), device);
        Ok(Self {
            model: tensors(MODEL)?,
            optimizer: tensors(OPTIMIZER)?,
            terms: tensors(TERMS)?,
            state,
        })
    }

    fn tensors(&self) -> [(&'static str, &StateDict); 3] {
        [
            (MODEL, &self.model),
            (OPTIMIZER, &self.optimizer),
            (TERMS, &self.terms),
        ]
    }
}

pub(crate) const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const TERMS: &str = "terms.safetensors";

/// Lists the complete checkpoints, oldest first; half-written ones are hidden and ignored.
pub(crate) fn list(checkpoints: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let entries = match fs::read_dir(checkpoints) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::file("cannot read", checkpoints))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(Error::file("cannot read", checkpoints))?
            .path();
        let name = path.file_name().and_then(|name| name.to_str());
        let step = name.and_then(|name| name.strip_prefix(PREFIX)?.parse().ok());
        found.extend(step.map(|step| (step, path.clone())));
    }
    found.sort();
    Ok(found)
}

/// Removes all but the newest `keep`.
pub(crate) fn prune(checkpoints: &Path, keep: usize) -> Result<(), Error> {
    let found = list(checkpoints)?;
    for (_, path) in &found[..found.len().saturating_sub(keep)] {
        remove_folder(path)?;
    }
    Ok(())
}

fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(Error::file("cannot remove", path)),
    }
}

fn sync(path: &Path) -> Result<(), Error> {
    let synced = fs::File::open(path).and_then(|file| file.sync_all());
    // Folders cannot be synced everywhere; a file must be.
    match synced {
        Err(_) if path.is_dir() => Ok(()),
        result => result.map_err(Error::file("cannot sync", path)),
    }
}
