#![doc = include_str!("../README.md")]

mod classes;
mod error;
mod evaluate;
mod from_arrays;
mod histogram;
mod information;
mod metrics;
pub mod predictors;
mod protocol;
mod sampler;
mod scores;
mod table;
mod text;
mod variance;

pub use error::Error;
pub use evaluate::{MetricCx, Points, evaluate};
pub use histogram::{EdgeMode, Histogram};
pub use information::{entropy, mutual_information, mutual_information_matrix};
pub use metrics::factor_vae::{Accuracies, FactorVae, Votes, Voting, factor_vae, vote};
pub use metrics::mig::{Gaps, Mig, mig};
pub use metrics::{Metric, MetricConfig};
pub use protocol::Protocol;
pub use sampler::{Group, Sampler};
pub use scores::{Detail, Input, Outcome, ProtocolReport, Score, Scores};
pub use table::Table;
