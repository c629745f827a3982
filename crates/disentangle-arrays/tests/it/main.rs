//! Array files as strangers make them: genuine layouts, broken ones, hostile ones.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allocation;
mod fixtures;
mod h5;
mod h5_features;
mod hostile;
mod hostile_mat;
mod mat;
mod mutations;
mod names;
mod round_trip;
mod safetensors;
mod text;
mod writing;
