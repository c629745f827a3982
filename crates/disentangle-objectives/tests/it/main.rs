//! The terms against golden values, central differences and the conformance of every example.

mod conformance;
mod golden;
mod gradients;
mod objective;
mod setting;
