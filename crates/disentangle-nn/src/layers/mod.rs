//! Layers: candle `Module`s that take seeded parameters and the fast kernels.

pub(crate) mod activation;
pub(crate) mod conv;
pub(crate) mod linear;
