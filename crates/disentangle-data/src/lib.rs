#![doc = include_str!("../README.md")]

mod bits;
mod dataset;
mod datasets;
mod description;
mod error;
mod factor_space;
mod labels;
mod loader;
mod places;

pub use dataset::{Dataset, ImageShape, check_request};
pub use datasets::DatasetConfig;
pub use datasets::dsprites::Dsprites;
pub use datasets::dsprites_file::DspritesFile;
pub use datasets::subset::Subset;
pub use description::{Description, PublishedFactor, PublishedFile, PublishedShape};
pub use error::Error;
pub use factor_space::{ConstantFactors, FactorSpace};
pub use loader::{Batches, HostBatch, Loader, LoaderConfig, Sampling};
pub use places::Places;
