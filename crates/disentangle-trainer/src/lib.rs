#![doc = include_str!("../README.md")]

mod best;
mod checkpoint;
pub mod config;
mod derived;
mod device;
mod encode;
mod error;
mod evaluate;
mod event;
mod experiment;
mod export;
mod init_from;
mod labels;
mod logs;
mod pace;
mod parts;
mod pictures;
mod report;
mod resident;
mod run_folder;
mod run_lock;
mod show;
mod trainer;
mod upload;

pub use config::{ConfigError, Document, ExperimentConfig};
pub use device::DeviceChoice;
pub use encode::Encoding;
pub use error::Error;
pub use evaluate::evaluate;
pub use event::{Event, Observer};
pub use experiment::Experiment;
pub use export::Export;
pub use logs::Logs;
pub use parts::{kinds, schema};
pub use pictures::{conditions, reconstructions};
pub use report::portrait::WalkRange;
pub use report::run_report;
pub use run_folder::RunFolder;
pub use show::{TraversalChoice, TraversalPictures, show, traversal_pictures};
pub use trainer::Trainer;

pub use candle_core::Device;
pub use disentangle_architectures::Error as ArchitectureError;
pub use disentangle_metrics::Scores;
pub use disentangle_objectives::Error as ObjectiveError;
pub use disentangle_registry::hint;
