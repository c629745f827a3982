//! Configuration errors and whole small runs.

mod config;
mod runs;
