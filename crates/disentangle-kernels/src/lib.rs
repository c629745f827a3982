#![doc = include_str!("../README.md")]

mod activation;
mod adam;
mod bernoulli;
mod conv2d;
mod conv_transpose2d;
mod convolution;
#[cfg(any(feature = "cuda", test))]
mod cuda;
mod elementary;
mod gather;
mod mixture;
mod simd;
mod stack;
mod storage;
mod workspace;

pub use activation::Activation;
pub use adam::{AdamHyper, AdamMoments, AdamParam, AdamState, adam_step, adam_step_all};
pub use bernoulli::bernoulli_nll;
pub use conv_transpose2d::{ConvTranspose2d, conv_transpose2d};
pub use conv2d::{Conv2d, conv2d};
pub use gather::{StoredImages, gather_images};
pub use mixture::{PairLogWeights, mixture_log_densities};
pub use stack::{ConvKind, ConvLayer, conv_stack};
