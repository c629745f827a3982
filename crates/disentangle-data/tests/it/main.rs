//! Tests of the public interface.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod dsprites_file;
mod loader;
mod subset;
mod support;
