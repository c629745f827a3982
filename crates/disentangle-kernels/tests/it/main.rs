//! The kernels against candle's own operations in double precision.

mod adam;
mod bernoulli;
mod convolution;
mod support;
