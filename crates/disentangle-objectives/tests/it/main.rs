//! The terms against golden values, central differences and the conformance of every example.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod adversary;
mod conformance;
mod golden;
mod gradients;
mod known_bugs;
mod labels;
mod objective;
mod setting;
