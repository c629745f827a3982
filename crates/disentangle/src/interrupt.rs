//! Ctrl-C and termination: the first asks the run to stop well, the second ends it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use crate::failure::INTERRUPTED;

/// Whether somebody wants the run to stop.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to catch the signals.
    #[expect(clippy::print_stderr, reason = "it answers a key press")]
    pub(crate) fn catch() -> anyhow::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let seen = asked.clone();
        ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::Relaxed) {
                // Whoever asks twice does not want to wait for the step.
                std::process::exit(i32::from(INTERRUPTED));
            }
            eprintln!("stopping as soon as this step or metric is done; once more stops at once");
        })
        .context("cannot catch Ctrl-C")?;
        Ok(Self(asked))
    }

    pub(crate) fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
