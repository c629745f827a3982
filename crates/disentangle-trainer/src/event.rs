//! What a run tells those who watch it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use disentangle_metrics::Scores;
use serde::Serialize;

use crate::Error;

/// Something that happened in a run.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The loop begins, or goes on.
    Started {
        /// Steps done already.
        step: u64,
        /// Steps to be done in all.
        steps: u64,
        /// Numbers in the model's parameters.
        parameters: usize,
        /// Images of the training set.
        images: usize,
    },
    /// One update is done; sent for every step, and too often to be logged.
    Tick {
        /// Updates done.
        step: u64,
    },
    /// Numbers to log.
    Scalars {
        /// Updates done.
        step: u64,
        /// The learning rate of the last update.
        lr: f64,
        /// Images a second since the last such event.
        images_per_second: f64,
        /// Share of that time spent waiting for the loader.
        wait_share: f64,
        /// Values of the last step: `loss/…` (unweighted), `weight/…`, `weighted/…`, `objective`,
        /// `kl/…`, `gradient/norm`.
        values: BTreeMap<String, f64>,
    },
    /// An epoch has ended.
    Epoch {
        /// Updates done.
        step: u64,
        /// Epochs done.
        epoch: u64,
        /// Mean objective over all its steps.
        mean_objective: f64,
    },
    /// A checkpoint is on the disk.
    Saved {
        /// Updates done.
        step: u64,
        /// Its folder.
        path: PathBuf,
    },
    /// A picture or a page is on the disk.
    Drawn {
        /// Updates done.
        step: u64,
        /// Its file.
        path: PathBuf,
    },
    /// Images are being encoded.
    Encoding {
        /// Images done.
        done: usize,
        /// Images in all.
        total: usize,
    },
    /// A representation has been measured.
    Evaluated {
        /// Updates done; 0 is the untrained encoder.
        step: u64,
        /// The scores.
        scores: Box<Scores>,
    },
    /// The run is complete.
    Finished {
        /// Updates done.
        step: u64,
        /// Seconds since the loop began or went on.
        seconds: f64,
    },
}

/// Somebody who watches a run.
pub trait Observer {
    /// Takes in an event.
    ///
    /// # Errors
    /// If it cannot be recorded; the run then stops.
    fn on(&mut self, event: &Event) -> Result<(), Error>;

    /// Tells whether the run should stop at the next good moment: after the step, with a checkpoint.
    fn stop_requested(&self) -> bool {
        false
    }
}
