#![doc = include_str!("../README.md")]

mod adversary;
mod aggregate;
mod labels;
mod needs;
mod objective;
mod prior;
mod scalars;
mod step_cx;
mod terms;

pub use adversary::{Adversary, AdversaryConfig};
pub use aggregate::Estimator;
pub use needs::{Needs, Provides, Unmet};
pub use objective::{EntryConfig, Objective, ObjectiveConfig};
pub use scalars::Scalars;
pub use step_cx::StepCx;
pub use terms::bernoulli::Bernoulli;
pub use terms::capacity::Capacity;
pub use terms::density_ratio_tc::DensityRatioTc;
pub use terms::dimension_kl::DimensionKl;
pub use terms::dip::{Dip, DipForm};
pub use terms::gaussian::Gaussian;
pub use terms::kl::Kl;
pub use terms::label_adversary::LabelAdversary;
pub use terms::label_classification::{Classified, LabelClassification};
pub use terms::laplace::Laplace;
pub use terms::mmd::{Imq, Kernel, KernelConfig, Mmd, MmdEstimator, Rbf};
pub use terms::mutual_information::MutualInformation;
pub use terms::total_correlation::TotalCorrelation;
pub use terms::{Output, Term, TermConfig, TermCx};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// candle refused an operation.
    #[error(transparent)]
    Candle(#[from] candle_core::Error),
    /// A tensor or a state does not fit.
    #[error(transparent)]
    Nn(#[from] disentangle_nn::Error),
    /// A model could not run.
    #[error(transparent)]
    Architecture(#[from] disentangle_architectures::Error),
    /// A term's own optimizer failed.
    #[error(transparent)]
    Optim(#[from] disentangle_optim::Error),
    /// A term's own learning rate cannot go on.
    #[error(transparent)]
    Schedule(#[from] disentangle_schedulers::Error),
    /// Terms need what the data or the model cannot give.
    #[error("{}", needs::list(.0))]
    Unmet(Vec<Unmet>),
    /// A density was asked of a posterior that has none.
    #[error("the bottleneck gives no Gaussian posterior")]
    NoDensity,
    /// Labels were asked of a batch that has none.
    #[error("the batch has no labels")]
    NoLabels,
    /// A second batch was asked for that the loader did not bring.
    #[error("the batch has no second one beside it: a term that takes it says so in its `needs`")]
    NoSecondBatch,
}
