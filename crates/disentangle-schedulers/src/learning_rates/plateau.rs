//! Reduces the learning rate when the epoch's mean objective stops improving.
//!
//! The rule of PyTorch's `ReduceLROnPlateau` (mode `min`, relative threshold): an epoch is better if
//! `objective < best·(1 − threshold)`; after more than `patience` epochs without a better one the
//! rate is multiplied by `factor`, and `cooldown` epochs pass before counting begins again.

use disentangle_registry::{Build, Config, Problems};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LrScheduler, LrState};
use crate::Error;

/// A learning rate that falls when the objective stalls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
    /// Learning rate at the start.
    pub initial: f64,
    /// Factor of each reduction, in `(0, 1)`.
    #[serde(default = "default_factor")]
    pub factor: f64,
    /// Epochs without improvement that are forgiven.
    #[serde(default = "default_patience")]
    pub patience: u64,
    /// Relative improvement that counts.
    #[serde(default = "default_threshold")]
    pub threshold: f64,
    /// Epochs after a reduction during which nothing is counted.
    #[serde(default)]
    pub cooldown: u64,
    /// The rate never falls below this.
    #[serde(default)]
    pub min_lr: f64,
}

fn default_factor() -> f64 {
    0.1
}
fn default_patience() -> u64 {
    10
}
fn default_threshold() -> f64 {
    1e-4
}

impl Config for Plateau {
    fn examples() -> Vec<Self> {
        vec![Self {
            initial: 1e-3,
            factor: 0.95,
            patience: 1,
            threshold: 1e-4,
            cooldown: 0,
            min_lr: 5e-5,
        }]
    }

    fn check(&self, problems: &mut Problems) {
        let positive = |x: f64| x.is_finite() && x >= 0.0;
        problems.require(positive(self.initial), "initial", "must not be negative");
        problems.require(positive(self.min_lr), "min_lr", "must not be negative");
        problems.require(
            positive(self.threshold),
            "threshold",
            "must not be negative",
        );
        problems.require(
            self.factor > 0.0 && self.factor < 1.0,
            "factor",
            "must lie between 0 and 1",
        );
    }
}

/// What [`Plateau`] remembers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateauState {
    lr: f64,
    best: Option<f64>,
    bad_epochs: u64,
    cooldown_left: u64,
}

impl PlateauState {
    /// `[lr, best, bad epochs, cooldown left]`; a best of +∞ is none, as any objective betters it.
    pub(super) fn to_numbers(&self) -> [f64; 4] {
        let best = self.best.unwrap_or(f64::INFINITY);
        [
            self.lr,
            best,
            self.bad_epochs as f64,
            self.cooldown_left as f64,
        ]
    }

    pub(super) fn of_numbers([lr, best, bad_epochs, cooldown_left]: [f64; 4]) -> Self {
        Self {
            lr,
            best: Some(best).filter(|best| *best != f64::INFINITY),
            bad_epochs: bad_epochs as u64,
            cooldown_left: cooldown_left as u64,
        }
    }
}

impl Build<dyn LrScheduler> for Plateau {
    fn build(&self, _cx: &()) -> Result<Box<dyn LrScheduler>, Error> {
        let state = PlateauState {
            lr: self.initial,
            best: None,
            bad_epochs: 0,
            cooldown_left: 0,
        };
        Ok(Box::new(Watching {
            config: self.clone(),
            state,
        }))
    }
}

struct Watching {
    config: Plateau,
    state: PlateauState,
}

impl LrScheduler for Watching {
    fn at(&self, _step: u64) -> f64 {
        self.state.lr
    }

    fn end_of_epoch(&mut self, mean_objective: f64) {
        let (config, state) = (&self.config, &mut self.state);
        let better = state
            .best
            .is_none_or(|best| mean_objective < best * (1.0 - config.threshold));
        if better {
            state.best = Some(mean_objective);
            state.bad_epochs = 0;
        } else {
            state.bad_epochs += 1;
        }
        if state.cooldown_left > 0 {
            state.cooldown_left -= 1;
            state.bad_epochs = 0;
        }
        if state.bad_epochs > config.patience {
            state.lr = (state.lr * config.factor).max(config.min_lr);
            state.cooldown_left = config.cooldown;
            state.bad_epochs = 0;
        }
    }

    fn state(&self) -> LrState {
        LrState::Plateau(self.state.clone())
    }

    fn load(&mut self, state: LrState) -> Result<(), Error> {
        match state {
            LrState::Plateau(state) => {
                self.state = state;
                Ok(())
            }
            other => Err(Error::StateKind {
                expected: "plateau",
                found: other.kind(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(config: &Plateau, objectives: &[f64]) -> Vec<f64> {
        let mut scheduler = config.build(&()).unwrap();
        objectives
            .iter()
            .map(|&objective| {
                scheduler.end_of_epoch(objective);
                scheduler.at(0)
            })
            .collect()
    }

    /// By hand from PyTorch's documented rule: patience 1 forgives one bad epoch.
    #[test]
    fn falls_after_more_than_patience_bad_epochs() {
        let config = Plateau {
            factor: 0.5,
            initial: 1.0,
            min_lr: 0.2,
            ..Plateau::examples()[0].clone()
        };
        let rates = rates(&config, &[9.0, 9.0, 9.0, 8.0, 8.0, 8.0, 8.0, 8.0]);
        assert_eq!(rates, [1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2]);
    }

    #[test]
    fn cooldown_pauses_the_count() {
        let config = Plateau {
            factor: 0.5,
            initial: 1.0,
            patience: 0,
            cooldown: 2,
            ..Plateau::examples()[0].clone()
        };
        let rates = rates(&config, &[1.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!(rates, [1.0, 0.5, 0.5, 0.5, 0.25]);
    }

    #[test]
    fn goes_on_from_a_saved_state() {
        let config = &Plateau::examples()[0];
        let (mut whole, mut first) = (config.build(&()).unwrap(), config.build(&()).unwrap());
        for objective in [3.0, 3.0] {
            whole.end_of_epoch(objective);
            first.end_of_epoch(objective);
        }
        let mut second = config.build(&()).unwrap();
        second.load(first.state()).unwrap();
        whole.end_of_epoch(3.0);
        second.end_of_epoch(3.0);
        assert_eq!(whole.state(), second.state());
        assert!(second.at(0) < config.initial);
    }
}
