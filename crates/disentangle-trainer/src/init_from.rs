//! A model that begins with the weights of another run.

use std::path::PathBuf;

use candle_core::Device;
use disentangle_nn::{ParamStore, StateDict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, RunFolder, checkpoint};

/// Where the first weights come from; the optimizer, the schedules and the step begin anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitFrom {
    /// Folder of a run, or a safetensors file with the model's parameter names.
    pub path: PathBuf,
    /// Which checkpoint of a run: `last`, `best` or a step.
    #[serde(default = "last")]
    pub checkpoint: String,
    /// Prefixes of the parameters to take, such as `encoder`; all if empty.
    #[serde(default)]
    pub only: Vec<String>,
}

fn last() -> String {
    "last".into()
}

impl InitFrom {
    /// Puts the weights into the store.
    ///
    /// # Errors
    /// If they cannot be read, one is missing or has another shape, or a prefix matches none.
    pub(crate) fn load(&self, store: &ParamStore, device: &Device) -> Result<(), Error> {
        let saved = self.read(device)?;
        if self.only.is_empty() {
            return Ok(store.load(&saved)?);
        }
        let own = store.state();
        for prefix in &self.only {
            if !own.iter().any(|(name, _)| is_under(name, prefix)) {
                return Err(Error::Broken {
                    path: self.path.clone(),
                    problem: format!(
                        "no parameter of the model is under `{prefix}` (`train.init_from.only`)"
                    ),
                });
            }
        }
        let chosen = self.chosen(&saved);
        chosen.require_like(&self.chosen(&own))?;
        for (name, var) in store.vars() {
            if let Some(tensor) = chosen.get(&name) {
                var.set(&tensor.to_dtype(var.dtype())?)?;
            }
        }
        Ok(())
    }

    fn chosen(&self, weights: &StateDict) -> StateDict {
        let wanted = |name: &str| self.only.iter().any(|prefix| is_under(name, prefix));
        weights
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, tensor)| (name.to_owned(), tensor.clone()))
            .collect()
    }

    fn read(&self, device: &Device) -> Result<StateDict, Error> {
        if self.path.is_dir() {
            let checkpoints = RunFolder::open(&self.path)?.checkpoints();
            let folder = checkpoint::choose(&checkpoints, &self.checkpoint)?;
            return checkpoint::model(&folder, device);
        }
        Ok(StateDict::open(&self.path, device)?)
    }
}

/// `encoder.fc1` is under `encoder`; `encoder_of_labels.fc1` is not.
fn is_under(name: &str, prefix: &str) -> bool {
    let rest = name.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
