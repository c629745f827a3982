//! The kernels against candle's own operations in double precision.

mod adam;
mod bernoulli;
mod case;
mod convolution;
mod convolution_rules;
mod support;
