//! Tests of the public interface.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod choices;
mod conformance;
mod dsprites_file;
mod export;
mod hostile;
mod loader;
mod prepare;
mod published;
mod subset;
mod support;
mod yours;
