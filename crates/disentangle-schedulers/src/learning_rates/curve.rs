//! Every curve is a learning rate without memory.

use disentangle_registry::Build;

use super::{LrScheduler, LrState};
use crate::{
    Constant, Cosine, Curve, CyclicLr, Error, Exponential, Linear, MultiStep, OneCycle, Piecewise,
    Step, WarmupCosine,
};

// The orphan rule forbids one blanket implementation over all curves.
macro_rules! memoryless {
    ($($curve:ty),+) => {
        $(impl Build<dyn LrScheduler> for $curve {
            fn build(&self, _cx: &()) -> Result<Box<dyn LrScheduler>, Error> {
                Ok(Box::new(Memoryless(self.clone())))
            }
        })+
    };
}

memoryless!(Constant, Linear, Exponential, Cosine, Piecewise);
memoryless!(Step, MultiStep, WarmupCosine, CyclicLr, OneCycle);

struct Memoryless<C>(C);

impl<C: Curve + Send> LrScheduler for Memoryless<C> {
    fn at(&self, step: u64) -> f64 {
        self.0.at(step)
    }

    fn end_of_epoch(&mut self, _mean_objective: f64) {}

    fn state(&self) -> LrState {
        LrState::Stateless
    }

    fn load(&mut self, state: LrState) -> Result<(), Error> {
        match state {
            LrState::Stateless => Ok(()),
            other => Err(Error::StateKind {
                expected: LrState::Stateless.kind(),
                found: other.kind(),
            }),
        }
    }
}
