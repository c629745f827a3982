#![doc = include_str!("../README.md")]

mod activation;
mod adam;
mod bernoulli;
mod conv2d;
mod conv_transpose2d;
mod convolution;
mod elementary;
mod mixture;
mod simd;
mod stack;
mod storage;
mod workspace;

pub use activation::Activation;
pub use adam::{AdamHyper, AdamState, adam_step};
pub use bernoulli::bernoulli_nll;
pub use conv_transpose2d::{ConvTranspose2d, conv_transpose2d};
pub use conv2d::{Conv2d, conv2d};
pub use mixture::{PairLogWeights, mixture_log_densities};
pub use stack::{ConvKind, ConvLayer, conv_stack};
