//! The folder of a run and what lies where in it.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use disentangle_metrics::Scores;
use serde_json::Value;

use crate::run_lock::RunLock;
use crate::{Document, Error, ExperimentConfig};

/// `runs/<name>/`: configuration, log, checkpoints, pictures, encodings and scores.
#[derive(Debug, Clone)]
pub struct RunFolder {
    root: PathBuf,
    /// Held by whoever writes the run.
    lock: Option<Arc<RunLock>>,
}

impl RunFolder {
    /// Makes the folder of a new run and saves its complete configuration there.
    ///
    /// # Errors
    /// If the folder exists and is not empty, or cannot be written.
    pub fn create(root: &Path, config: &ExperimentConfig) -> Result<Self, Error> {
        Self::require_free(root)?;
        fs::create_dir_all(root).map_err(Error::file("cannot make the folder", root))?;
        let run = Self {
            root: root.to_owned(),
            lock: Some(Arc::new(RunLock::of(root)?)),
        };
        for folder in [run.checkpoints(), run.images(), run.encodings()] {
            fs::create_dir_all(&folder).map_err(Error::file("cannot make the folder", &folder))?;
        }
        run.save_config(config)?;
        Ok(run)
    }

    /// Requires that a new run can have this folder.
    ///
    /// # Errors
    /// If it exists and is not empty.
    pub fn require_free(root: &Path) -> Result<(), Error> {
        if fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::Exists(root.to_owned()));
        }
        Ok(())
    }

    /// Requires that a resumed run differs in nothing but its length.
    ///
    /// # Errors
    /// [`Error::Changed`] with every key that differs.
    pub fn require_same(
        &self,
        saved: &ExperimentConfig,
        asked: &ExperimentConfig,
    ) -> Result<(), Error> {
        let value = |config| serde_json::to_value(config).expect("keys are strings");
        let mut differences = Vec::new();
        compare("", &value(saved), &value(asked), &mut differences);
        differences.retain(|difference| !difference.starts_with("train.steps "));
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::Changed {
            path: self.root.clone(),
            difference: differences.join(", "),
        })
    }

    /// Opens the folder of a run.
    ///
    /// # Errors
    /// If there is no run.
    pub fn open(root: &Path) -> Result<Self, Error> {
        let run = Self {
            root: root.to_owned(),
            lock: None,
        };
        if run.config_path().is_file() {
            return Ok(run);
        }
        Err(Error::Broken {
            path: root.to_owned(),
            problem: "there is no run here (no config.yaml)".into(),
        })
    }

    /// Opens the folder of a run to go on with it, which no other process may do meanwhile.
    ///
    /// # Errors
    /// If there is no run, or it is in use ([`Error::Locked`]).
    pub fn reopen(root: &Path) -> Result<Self, Error> {
        let mut run = Self::open(root)?;
        run.lock = Some(Arc::new(RunLock::of(root)?));
        Ok(run)
    }

    /// Reads the configuration that the run was started with.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn config(&self) -> Result<ExperimentConfig, Error> {
        Ok(Document::load(&[self.config_path()], &[])?.read()?)
    }

    /// Saves a complete configuration, itself a valid input.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save_config(&self, config: &ExperimentConfig) -> Result<(), Error> {
        write_whole(&self.config_path(), config.to_yaml()?.as_bytes())
    }

    /// Writes `metrics.json`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_metrics(&self, scores: &Scores) -> Result<(), Error> {
        write_whole(&self.metrics(), scores.to_json().as_bytes())
    }

    /// Writes `metrics.json` with what is there of other metrics, if that is of the same codes and by the same
    /// protocol; tells what became of it, if there was something.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn add_metrics(&self, mut scores: Scores) -> Result<Option<String>, Error> {
        let path = self.metrics();
        let told = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Error::file("cannot read", &path)(error)),
            Ok(text) => match Scores::from_json(&text).and_then(|older| scores.keep(older)) {
                Ok(0) => None,
                Ok(kept) => Some(format!(
                    "metrics.json keeps its scores of {kept} other metrics"
                )),
                Err(error) => Some(format!("metrics.json is replaced: {error}")),
            },
        };
        self.write_metrics(&scores)?;
        Ok(told)
    }

    /// Writes `metrics-untrained.json`: the scores of the encoder before its first step.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write_untrained_metrics(&self, scores: &Scores) -> Result<(), Error> {
        write_whole(&self.untrained_metrics(), scores.to_json().as_bytes())
    }

    /// Notes in `meta.json` what ran this and where; a resumed run notes it anew.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_meta(&self, device: &str, threads: usize) -> Result<(), Error> {
        let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let meta = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "device": device,
            "threads": threads,
            "started_unix_seconds": since_1970.map_or(0, |time| time.as_secs()),
        });
        let text = format!("{meta:#}\n");
        write_whole(&self.meta(), text.as_bytes())
    }

    /// Returns the folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the name of the folder, also where it was opened as `.`.
    pub(crate) fn name(&self) -> String {
        let full = self.root.canonicalize();
        let full = full.unwrap_or_else(|_| self.root.clone());
        let name = full.file_name().unwrap_or(full.as_os_str());
        name.to_string_lossy().into_owned()
    }

    /// Returns `config.yaml`.
    pub fn config_path(&self) -> PathBuf {
        self.root.join("config.yaml")
    }

    /// Returns `events.jsonl`.
    pub fn events(&self) -> PathBuf {
        self.root.join("events.jsonl")
    }

    /// Returns `meta.json`.
    pub fn meta(&self) -> PathBuf {
        self.root.join("meta.json")
    }

    /// Returns `split.npz`: the indices `train` and `test` of a run on a part of a split.
    pub fn split(&self) -> PathBuf {
        self.root.join("split.npz")
    }

    /// Returns `metrics-untrained.json`.
    pub fn untrained_metrics(&self) -> PathBuf {
        self.root.join("metrics-untrained.json")
    }

    /// Returns `report.html`.
    pub fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// Returns `scalars.csv`.
    pub fn scalars(&self) -> PathBuf {
        self.root.join("scalars.csv")
    }

    /// Returns the folder of TensorBoard's event files.
    pub fn tensorboard(&self) -> PathBuf {
        self.root.join("tensorboard")
    }

    /// Returns the folder of checkpoints.
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// Returns the folder of pictures.
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// Returns the folder of encodings.
    pub fn encodings(&self) -> PathBuf {
        self.root.join("encodings")
    }

    /// Returns `metrics.json`.
    pub fn metrics(&self) -> PathBuf {
        self.root.join("metrics.json")
    }
}

fn compare(path: &str, saved: &Value, asked: &Value, differences: &mut Vec<String>) {
    match (saved, asked) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                let at = |map: &serde_json::Map<_, _>| map.get(key).cloned().unwrap_or_default();
                compare(&path, &at(a), &at(b), differences);
            }
        }
        (a, b) if a == b => {}
        (a, b) => differences.push(format!("{path} ({a} in the run, {b} asked for)")),
    }
}

/// Writes a file completely or not at all.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let partial = path.with_extension("partial");
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().map_err(|source| {
        // What is left of a failed attempt is of no use; the first error is the one to report.
        let _ = fs::remove_file(&partial);
        Error::file("cannot write", path)(source)
    })
}
