//! The kernels against candle's own operations in double precision.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adam;
mod bernoulli;
mod case;
mod convolution;
mod convolution_rules;
mod mixture;
mod stack;
mod support;
