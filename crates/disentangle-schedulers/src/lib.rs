#![doc = include_str!("../README.md")]

mod curves;
mod learning_rates;
mod shorthand;

pub use curves::constant::Constant;
pub use curves::cosine::Cosine;
pub use curves::cyclic::Cyclic;
pub use curves::exponential::Exponential;
pub use curves::linear::Linear;
pub use curves::piecewise::Piecewise;
pub use curves::{Curve, CurveConfig};
pub use learning_rates::cyclic::CyclicLr;
pub use learning_rates::multi_step::MultiStep;
pub use learning_rates::one_cycle::OneCycle;
pub use learning_rates::plateau::{Plateau, PlateauState};
pub use learning_rates::step::Step;
pub use learning_rates::warmup_cosine::WarmupCosine;
pub use learning_rates::{LearningRateConfig, LrScheduler, LrState};
pub use shorthand::{FromNumber, NumberOr};

use disentangle_registry::{Config, Problems};

/// A coefficient of the step: a number, or a curve by `kind`.
pub type Schedule = NumberOr<CurveConfig>;

/// A learning rate: a number, a curve, or a rule that watches the objective.
pub type LearningRate = NumberOr<LearningRateConfig>;

impl Schedule {
    /// Returns the value at a step.
    pub fn at(&self, step: u64) -> f64 {
        self.0.as_part().at(step)
    }

    /// Checks the schedule, and reports a value below zero at any step.
    pub fn check_not_negative(&self, problems: &mut Problems) {
        self.check(problems);
        let negative = self.0.least() < 0.0;
        problems.require(!negative, "", "must not be negative at any step");
    }
}

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The saved state belongs to another kind of learning rate.
    #[error("saved learning-rate state is of kind `{found}`, the config asks for `{expected}`")]
    StateKind {
        /// What the config builds.
        expected: &'static str,
        /// What was saved.
        found: &'static str,
    },
    /// The saved numbers are not those of this kind of learning rate.
    #[error("{found} saved numbers are not the state of a learning rate of kind `{kind}`")]
    StateNumbers {
        /// What the config builds.
        kind: &'static str,
        /// How many numbers were saved.
        found: usize,
    },
}
