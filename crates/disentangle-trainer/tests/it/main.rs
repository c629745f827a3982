//! Configuration errors and whole small runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod conditional;
mod config;
mod exchange;
mod known_bugs;
mod looks;
mod methods;
mod mutations;
mod runs;
mod small;
mod weights;
