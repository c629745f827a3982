//! Loss terms. Sums over pixels or latents, means over the batch; values in nats.

pub(crate) mod bernoulli;
pub(crate) mod capacity;
pub(crate) mod density_ratio_tc;
pub(crate) mod dimension_kl;
pub(crate) mod dip;
pub(crate) mod gaussian;
pub(crate) mod kl;
pub(crate) mod label_adversary;
pub(crate) mod label_classification;
pub(crate) mod laplace;
pub(crate) mod mmd;
pub(crate) mod mutual_information;
mod output;
pub(crate) mod total_correlation;

pub use output::Output;

use candle_core::{DType, Device, Tensor};
use disentangle_architectures::LabelSpace;
use disentangle_nn::StateDict;
use disentangle_registry::{Part, registry};
use disentangle_seeds::Seeds;

use crate::{Error, Needs, Scalars, StepCx};

/// One summand of the objective; its weight belongs to the objective's entry.
pub trait Term: Send {
    /// Says what must be there, checked before the first step.
    fn needs(&self) -> Needs;

    /// Returns the unweighted loss `[]`, differentiable, without side effects.
    ///
    /// # Errors
    /// If a need is not met, or candle refuses an operation.
    fn loss(&self, cx: &StepCx<'_>) -> Result<Tensor, Error>;

    /// Returns what to log besides the loss.
    ///
    /// # Errors
    /// As [`loss`](Self::loss).
    fn scalars(&self, _cx: &StepCx<'_>) -> Result<Scalars, Error> {
        Ok(Scalars::default())
    }

    /// Learns what the term owns, on detached latents, after the model's own step.
    ///
    /// # Errors
    /// As [`loss`](Self::loss).
    fn update(&mut self, _cx: &StepCx<'_>) -> Result<Scalars, Error> {
        Ok(Scalars::default())
    }

    /// Takes in the mean objective of an epoch that has just ended, for learning rates of the term's own.
    fn end_of_epoch(&mut self, _mean_objective: f64) {}

    /// Returns what a checkpoint must hold; empty for a term that owns nothing.
    ///
    /// # Errors
    /// If candle refuses an operation.
    fn state(&self) -> Result<StateDict, Error> {
        Ok(StateDict::default())
    }

    /// Goes on from a saved state, strictly.
    ///
    /// # Errors
    /// If a tensor is missing, extra or of another shape.
    fn load(&mut self, state: &StateDict) -> Result<(), Error> {
        Ok(state.require_like(&StateDict::default())?)
    }
}

/// What a term is built from besides its configuration.
#[derive(Debug, Clone)]
pub struct TermCx {
    /// Name of its entry in the objective; its random streams and parameters carry it.
    pub name: String,
    /// Number of latents D.
    pub latents: usize,
    /// The labels' numbers of classes; none for unlabeled data.
    pub labels: LabelSpace,
    /// All randomness.
    pub seeds: Seeds,
    /// Where its parameters live.
    pub device: Device,
    /// Type of its parameters.
    pub dtype: DType,
}

impl Part for dyn Term {
    type Cx<'a> = TermCx;
    type Error = Error;
}

registry! {
    /// The loss terms that a config can name.
    pub enum TermConfig builds dyn Term {
        "bernoulli" => Bernoulli(bernoulli::Bernoulli),
        "gaussian" => Gaussian(gaussian::Gaussian),
        "laplace" => Laplace(laplace::Laplace),
        "kl" => Kl(kl::Kl),
        "capacity" => Capacity(capacity::Capacity),
        "mutual_information" => MutualInformation(mutual_information::MutualInformation),
        "total_correlation" => TotalCorrelation(total_correlation::TotalCorrelation),
        "dimension_kl" => DimensionKl(dimension_kl::DimensionKl),
        "density_ratio_tc" => DensityRatioTc(density_ratio_tc::DensityRatioTc),
        "dip" => Dip(dip::Dip),
        "mmd" => Mmd(mmd::Mmd),
        "label_classification" => LabelClassification(label_classification::LabelClassification),
        "label_adversary" => LabelAdversary(label_adversary::LabelAdversary),
    }
}
