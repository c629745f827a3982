//! Learning rates: the curves, and rules that listen to the objective.

mod curve;
pub(crate) mod cyclic;
pub(crate) mod multi_step;
pub(crate) mod one_cycle;
pub(crate) mod plateau;
pub(crate) mod step;
pub(crate) mod warmup_cosine;

use disentangle_registry::{Build, Part, Problems, registry};
use serde::{Deserialize, Serialize};

use crate::curves::{constant, cosine, exponential, linear, piecewise};
use crate::{Error, FromNumber, LearningRate, PlateauState};

/// A learning rate over a run.
pub trait LrScheduler: Send {
    /// Returns the learning rate at a step.
    fn at(&self, step: u64) -> f64;

    /// Takes in the mean objective of an epoch that has just ended.
    fn end_of_epoch(&mut self, mean_objective: f64);

    /// Returns what a checkpoint must hold to go on exactly.
    fn state(&self) -> LrState;

    /// Goes on from a saved state.
    ///
    /// # Errors
    /// If the state was saved by another kind of learning rate.
    fn load(&mut self, state: LrState) -> Result<(), Error>;
}

/// The state of a learning rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LrState {
    /// A function of the step alone.
    Stateless,
    /// The memory of [`Plateau`](crate::Plateau).
    Plateau(PlateauState),
}

impl LrState {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Stateless => "stateless",
            Self::Plateau(_) => "plateau",
        }
    }

    /// Returns the memory as numbers, for states that hold tensors alone; none if there is no memory.
    pub fn to_numbers(&self) -> Vec<f64> {
        match self {
            Self::Stateless => Vec::new(),
            Self::Plateau(state) => state.to_numbers().to_vec(),
        }
    }

    /// Returns a state of the same kind that holds these numbers.
    ///
    /// # Errors
    /// If this kind has another count of numbers.
    pub fn with_numbers(&self, numbers: &[f64]) -> Result<Self, Error> {
        match (self, numbers) {
            (Self::Stateless, []) => Ok(Self::Stateless),
            (Self::Plateau(_), &[a, b, c, d]) => {
                Ok(Self::Plateau(PlateauState::of_numbers([a, b, c, d])))
            }
            _ => Err(Error::StateNumbers {
                kind: self.kind(),
                found: numbers.len(),
            }),
        }
    }
}

impl Part for dyn LrScheduler {
    type Cx<'a> = ();
    type Error = Error;
}

registry! {
    /// The learning rates that a config can name.
    pub enum LearningRateConfig builds dyn LrScheduler {
        "constant" => Constant(constant::Constant),
        "linear" => Linear(linear::Linear),
        "exponential" => Exponential(exponential::Exponential),
        "cosine" => Cosine(cosine::Cosine),
        "piecewise" => Piecewise(piecewise::Piecewise),
        "step" => Step(step::Step),
        "multi_step" => MultiStep(multi_step::MultiStep),
        "warmup_cosine" => WarmupCosine(warmup_cosine::WarmupCosine),
        "cyclic" => Cyclic(cyclic::CyclicLr),
        "one_cycle" => OneCycle(one_cycle::OneCycle),
        "plateau" => Plateau(plateau::Plateau),
    }
}

impl FromNumber for LearningRateConfig {
    fn from_number(value: f64) -> Self {
        Self::Constant(constant::Constant { value })
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Self::Constant(constant) => Some(constant.value),
            _ => None,
        }
    }

    /// Curves of coefficients may be negative; a learning rate would climb. The other kinds check themselves.
    fn check_place(&self, problems: &mut Problems) {
        let ends = |from, to| vec![("from", from), ("to", to)];
        let rates = match self {
            Self::Constant(curve) => vec![("", curve.value)],
            Self::Linear(curve) => ends(curve.from, curve.to),
            Self::Exponential(curve) => ends(curve.from, curve.to),
            Self::Cosine(curve) => ends(curve.from, curve.to),
            Self::Piecewise(curve) => {
                let rates = curve.points.iter().map(|(_, rate)| *rate);
                vec![("points", rates.fold(f64::INFINITY, f64::min))]
            }
            _ => Vec::new(),
        };
        for (field, rate) in rates {
            let climbs = rate < 0.0;
            problems.require(!climbs, field, "a learning rate must not be negative");
        }
    }
}

impl LearningRate {
    /// Builds the scheduler.
    ///
    /// # Errors
    /// None of today's kinds can fail.
    pub fn build(&self) -> Result<Box<dyn LrScheduler>, Error> {
        Build::<dyn LrScheduler>::build(&self.0, &())
    }
}

fn check_rates(problems: &mut Problems, rates: &[(&str, f64)]) {
    for (field, rate) in rates {
        let usable = rate.is_finite() && *rate >= 0.0;
        problems.require(usable, field, "must be a finite number, not negative");
    }
}

fn check_factor(problems: &mut Problems, factor: f64) {
    let share = factor > 0.0 && factor <= 1.0;
    problems.require(share, "factor", "must be more than 0 and at most 1");
}
