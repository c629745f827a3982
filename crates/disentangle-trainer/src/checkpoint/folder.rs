//! The folder of a run's checkpoints: what is in it, which one is meant, and which may go.

use std::fs;
use std::path::{Path, PathBuf};

use super::State;
use crate::Error;

pub(super) const PREFIX: &str = "step-";

/// Lists the complete checkpoints, oldest first; half-written ones are hidden and ignored.
fn list(checkpoints: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
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

/// Finds the newest checkpoint to go on from, and clears away what a killed run left half-written.
pub(crate) fn newest(checkpoints: &Path) -> Result<Option<PathBuf>, Error> {
    if let Ok(entries) = fs::read_dir(checkpoints) {
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(&format!(".{PREFIX}")) {
                tracing::warn!("{} was left half-written; it is removed", path.display());
                remove_folder(&path)?;
            }
        }
    }
    Ok(list(checkpoints)?.pop().map(|(_, path)| path))
}

/// Finds a checkpoint by its name: `last`, `best`, or a step.
pub(crate) fn choose(checkpoints: &Path, which: &str) -> Result<PathBuf, Error> {
    let found = list(checkpoints)?;
    let at = |step: u64| found.iter().find(|(found, _)| *found == step);
    let best = || -> Result<Option<u64>, Error> {
        let Some((_, last)) = found.last() else {
            return Ok(None);
        };
        Ok(State::open(last)?.contest.best.map(|best| best.step))
    };
    let chosen = match which {
        "last" => found.last(),
        "best" => best()?.and_then(at),
        step => step.parse().ok().and_then(at),
    };
    if let Some((_, folder)) = chosen {
        return Ok(folder.clone());
    }
    let steps: Vec<_> = found.iter().map(|(step, _)| step.to_string()).collect();
    let hint = match which {
        "best" => "; a run keeps its best one if `checkpoint.best` says by which value",
        _ => "",
    };
    Err(Error::Broken {
        path: checkpoints.to_owned(),
        problem: format!(
            "there is no checkpoint `{which}`; there are: {}{hint}",
            steps.join(", ")
        ),
    })
}

/// Removes all but the newest `keep` and the best.
pub(crate) fn prune(checkpoints: &Path, keep: usize, best: Option<u64>) -> Result<(), Error> {
    let found = list(checkpoints)?;
    for (step, path) in &found[..found.len().saturating_sub(keep)] {
        if Some(*step) != best {
            remove_folder(path)?;
        }
    }
    Ok(())
}

pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(Error::file("cannot remove", path)),
    }
}

pub(crate) fn sync(path: &Path) -> Result<(), Error> {
    let folder = path.is_dir();
    // Windows syncs only what is open for writing.
    let opened = fs::OpenOptions::new().read(true).write(!folder).open(path);
    // Folders cannot be synced everywhere; a file must be.
    match opened.and_then(|file| file.sync_all()) {
        Err(_) if folder => Ok(()),
        result => result.map_err(Error::file("cannot sync", path)),
    }
}
