//! Which checkpoint is the best, by the mean of a logged value since the checkpoint before.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

/// By what the best checkpoint is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BestConfig {
    /// Name of a logged value, such as `objective` or `loss/recon`.
    pub value: String,
    /// Which end of it is good.
    #[serde(default)]
    pub goal: Goal,
}

/// Which end of a value is good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Low values.
    #[default]
    Lowest,
    /// High values.
    Highest,
}

/// The best checkpoint so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Best {
    pub(crate) step: u64,
    pub(crate) value: f64,
}

/// The best checkpoint so far, and what has gathered since the one before. A checkpoint out of turn, of a
/// run that was asked to stop, holds what has gathered, so that the windows stay the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contest {
    pub(crate) best: Option<Best>,
    sum: f64,
    count: u64,
}

impl Contest {
    /// Takes in the values of one step.
    pub(crate) fn add(
        &mut self,
        config: &BestConfig,
        values: &BTreeMap<String, f64>,
    ) -> Result<(), Error> {
        let name = &config.value;
        let value = values.get(name).ok_or_else(|| Error::NotLogged {
            name: name.clone(),
            logged: values.keys().cloned().collect::<Vec<_>>().join(", "),
        })?;
        self.sum += value;
        self.count += 1;
        Ok(())
    }

    /// Compares what has gathered up to the checkpoint of this step with the best one.
    pub(crate) fn judge(&mut self, goal: Goal, step: u64) {
        if self.count == 0 {
            return;
        }
        let value = self.sum / self.count as f64;
        (self.sum, self.count) = (0.0, 0);
        let wins = |before: Best| match goal {
            Goal::Lowest => value < before.value,
            Goal::Highest => value > before.value,
        };
        if self.best.is_none_or(wins) {
            self.best = Some(Best { step, value });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(contest: &mut Contest, value: f64) {
        let values = BTreeMap::from([("objective".to_owned(), value)]);
        contest.add(&config(), &values).unwrap();
    }

    fn config() -> BestConfig {
        BestConfig {
            value: "objective".into(),
            goal: Goal::Lowest,
        }
    }

    #[test]
    fn the_mean_since_the_last_checkpoint_counts_and_the_earlier_of_equals_stays() {
        let mut contest = Contest::default();
        for (step, values) in [(2, [4.0, 2.0]), (4, [3.0, 3.0]), (6, [1.0, 2.0])] {
            values.iter().for_each(|value| add(&mut contest, *value));
            contest.judge(Goal::Lowest, step);
            let expected = if step < 6 { (2, 3.0) } else { (6, 1.5) };
            assert_eq!(contest.best.map(|b| (b.step, b.value)), Some(expected));
        }
    }

    #[test]
    fn high_can_be_good() {
        let mut contest = Contest::default();
        add(&mut contest, 1.0);
        contest.judge(Goal::Highest, 1);
        add(&mut contest, 0.0);
        contest.judge(Goal::Highest, 2);
        assert_eq!(contest.best.map(|best| best.step), Some(1));
    }

    #[test]
    fn a_value_that_is_not_logged_is_named_with_those_that_are() {
        let values = BTreeMap::from([("kl/total".to_owned(), 0.0)]);
        let error = Contest::default().add(&config(), &values).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("objective") && error.contains("kl/total"));
    }
}
