//! Checkpoints: a folder that is complete or not there.
//!
//! `checkpoints/step-000001000/{model,optimizer,terms}.safetensors` and `state.json`, written to a
//! hidden folder, synced, then renamed. `state.json` holds the SHA-256 of the other files.

mod folder;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use disentangle_nn::StateDict;
use disentangle_schedulers::LrState;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::best::Contest;
use folder::{PREFIX, remove_folder};
pub(crate) use folder::{choose, newest, prune, sync};

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
    /// The best checkpoint so far and what has gathered since, if the run looks for one.
    pub(crate) contest: Contest,
    /// SHA-256 of the files beside this one, by name.
    pub(crate) files: BTreeMap<String, String>,
}

impl State {
    /// The state before the first step.
    pub(crate) fn new(lr: LrState) -> Self {
        Self {
            format: FORMAT,
            step: 0,
            lr,
            epoch_sum: 0.0,
            epoch_count: 0,
            contest: Contest::default(),
            files: BTreeMap::new(),
        }
    }

    /// Reads the state in a checkpoint's folder.
    fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(STATE);
        let text = fs::read_to_string(&path).map_err(Error::file("cannot read", &path))?;
        let broken = |problem: String| Error::Broken {
            path: path.clone(),
            problem,
        };
        let state: Self = serde_json::from_str(&text).map_err(|e| broken(e.to_string()))?;
        if state.format != FORMAT {
            return Err(broken(format!(
                "format {} is not the format {FORMAT} of this version",
                state.format
            )));
        }
        Ok(state)
    }
}

const FORMAT: u32 = 1;
const STATE: &str = "state.json";
const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const TERMS: &str = "terms.safetensors";

impl Checkpoint {
    /// Writes a checkpoint into the folder of checkpoints and returns its own folder.
    pub(crate) fn save(mut self, checkpoints: &Path) -> Result<PathBuf, Error> {
        let name = format!("{PREFIX}{:09}", self.state.step);
        let (target, partial) = (
            checkpoints.join(&name),
            checkpoints.join(format!(".{name}")),
        );
        remove_folder(&partial)?;
        fs::create_dir_all(&partial).map_err(Error::file("cannot make the folder", &partial))?;
        for (name, tensors) in [
            (MODEL, &self.model),
            (OPTIMIZER, &self.optimizer),
            (TERMS, &self.terms),
        ] {
            let path = partial.join(name);
            tensors.save(&path)?;
            sync(&path)?;
            self.state.files.insert(name.into(), checksum(&path)?);
        }
        let text = serde_json::to_string_pretty(&self.state).expect("keys are strings");
        let state = partial.join(STATE);
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
        let state = State::open(folder)?;
        let tensors = |name| tensors(folder, &state, name, device);
        Ok(Self {
            model: tensors(MODEL)?,
            optimizer: tensors(OPTIMIZER)?,
            terms: tensors(TERMS)?,
            state,
        })
    }
}

/// Reads how many updates a checkpoint's folder holds.
pub(crate) fn step(folder: &Path) -> Result<u64, Error> {
    Ok(State::open(folder)?.step)
}

/// Reads only the model's parameters of a checkpoint's folder.
pub(crate) fn model(folder: &Path, device: &Device) -> Result<StateDict, Error> {
    tensors(folder, &State::open(folder)?, MODEL, device)
}

fn tensors(folder: &Path, state: &State, name: &str, device: &Device) -> Result<StateDict, Error> {
    let path = folder.join(name);
    if state.files.get(name) != Some(&checksum(&path)?) {
        return Err(Error::Broken {
            problem: "its SHA-256 is not the one in state.json: it was changed or damaged. Remove \
                      the checkpoint's folder to go on from the one before"
                .into(),
            path,
        });
    }
    Ok(StateDict::open(&path, device)?)
}

fn checksum(path: &Path) -> Result<String, Error> {
    let bytes = fs::read(path).map_err(Error::file("cannot read", path))?;
    let digest = Sha256::digest(&bytes);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_with_every_bit_of_its_numbers() {
        let mut stream = disentangle_seeds::Seeds::new(0).stream("numbers", 0);
        for _ in 0..1000 {
            let mut state = State::new(LrState::Stateless);
            state.epoch_sum = stream.normal() * 1e4;
            let text = serde_json::to_string(&state).unwrap();
            assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
        }
    }
}
