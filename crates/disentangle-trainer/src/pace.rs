//! How fast a run is, and how long it waits for data.

use std::time::{Duration, Instant};

use disentangle_data::Batches;

/// Throughput since the last look.
pub(crate) struct Pace {
    since: Instant,
    waited: Duration,
    step: u64,
}

impl Pace {
    pub(crate) fn new(batches: &Batches) -> Self {
        Self {
            since: Instant::now(),
            waited: batches.waited(),
            step: batches.next_step(),
        }
    }

    /// Returns images a second and the share of the time spent waiting for data.
    pub(crate) fn since_last(
        &mut self,
        step: u64,
        batch_size: usize,
        batches: &Batches,
    ) -> (f64, f64) {
        let seconds = self.since.elapsed().as_secs_f64().max(1e-9);
        let waited = batches.waited().saturating_sub(self.waited).as_secs_f64();
        let images = (step - self.step) as f64 * batch_size as f64;
        *self = Self {
            since: Instant::now(),
            waited: batches.waited(),
            step,
        };
        (images / seconds, (waited / seconds).min(1.0))
    }
}
