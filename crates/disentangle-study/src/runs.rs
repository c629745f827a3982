//! What became of the runs of a study, told by their folders.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use disentangle_trainer::{ExperimentConfig, RunFolder};
use serde_json::Value;

use crate::Error;

/// How many bytes of a log's end are read: more than its last lines take.
const TAIL: u64 = 1 << 16;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It has no folder.
    Missing,
    /// It has begun.
    Begun {
        /// The last step that its log tells of.
        step: u64,
    },
    /// It is complete.
    Done,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.pad("missing"),
            Self::Begun { step } => f.pad(&format!("at step {step}")),
            Self::Done => f.pad("done"),
        }
    }
}

/// Finds out how far a run is that should have this configuration.
///
/// # Errors
/// If the folder's run has another configuration, or a file cannot be read.
pub fn status(folder: &Path, config: &ExperimentConfig) -> Result<Status, Error> {
    let Ok(run) = RunFolder::open(folder) else {
        return Ok(Status::Missing);
    };
    let file = |problem: String| Error::File {
        path: folder.to_owned(),
        problem,
    };
    let saved = run.config().map_err(|why| file(why.to_string()))?;
    run.require_same(&saved, config)
        .map_err(|why| file(why.to_string()))?;
    let (mut step, mut finished) = (0, None);
    for event in last_events(&run.events())? {
        step = event["step"].as_u64().unwrap_or(step);
        if event["event"] == "finished" {
            finished = Some(step);
        }
    }
    let measured = !config.eval.at_end || run.metrics().is_file();
    if finished >= Some(config.train.steps) && measured {
        return Ok(Status::Done);
    }
    Ok(Status::Begun { step })
}

/// Reads the last lines of a log; a torn one is left out, and a missing log is an empty one.
fn last_events(path: &Path) -> Result<Vec<Value>, Error> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = read().map_err(|why| Error::File {
        path: path.to_owned(),
        problem: format!("cannot be read: {why}"),
    })?;
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use disentangle_trainer::Document;

    fn config(steps: u64) -> ExperimentConfig {
        let text = format!(
            "model: {{encoder: {{kind: mlp}}, decoder: {{kind: mlp}}, latents: 2}}\n\
             objective: {{terms: {{recon: {{term: {{kind: bernoulli}}}}}}}}\n\
             train: {{steps: {steps}}}\n"
        );
        Document::parse(&text, "test").unwrap().read().unwrap()
    }

    #[test]
    fn a_run_is_done_when_its_log_and_scores_say_so() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("0000");
        assert_eq!(status(&folder, &config(9)).unwrap(), Status::Missing);
        let run = RunFolder::create(&folder, &config(9)).unwrap();
        assert_eq!(
            status(&folder, &config(9)).unwrap(),
            Status::Begun { step: 0 }
        );
        let log = |text: &str| std::fs::write(run.events(), text).unwrap();
        log("{\"event\":\"scalars\",\"step\":5}\n{\"event\":\"sca");
        assert_eq!(
            status(&folder, &config(9)).unwrap(),
            Status::Begun { step: 5 }
        );
        log("{\"event\":\"finished\",\"step\":9}\n");
        assert_eq!(
            status(&folder, &config(9)).unwrap(),
            Status::Begun { step: 9 }
        );
        std::fs::write(run.metrics(), "{}").unwrap();
        assert_eq!(status(&folder, &config(9)).unwrap(), Status::Done);
        // Asked to be longer, it is no longer done.
        assert_eq!(
            status(&folder, &config(10)).unwrap(),
            Status::Begun { step: 9 }
        );
        let mut other = config(9);
        other.seed = 1;
        let error = status(&folder, &other).unwrap_err().to_string();
        assert!(
            error.contains("seed (0 in the run, 1 asked for)"),
            "{error}"
        );
    }
}
