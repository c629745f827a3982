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

/// Gathers the value between two checkpoints. It is empty after each, so a checkpoint need not hold it.
#[derive(Debug)]
pub(crate) struct Contest {
    config: BestConfig,
    sum: f64,
    count: u64,
}

impl Contest {
    pub(crate) fn new(config: BestConfig) -> Self {
        Self {
            config,
            sum: 0.0,
            count: 0,
        }
    }

    /// Takes in the values of one step.
    pub(crate) fn add(&mut self, values: &BTreeMap<String, f64>) -> Result<(), Error> {
        let name = &self.config.value;
        let value = values.get(name).ok_or_else(|| Error::NotLogged {
            name: name.clone(),
            logged: values.keys().cloned().collect::<Vec<_>>().join(", "),
        })?;
        self.sum += value;
        self.count += 1;
        Ok(())
    }

    /// Returns the best of what was best before and what was gathered up to this step.
    pub(crate) fn judge(&mut self, before: Option<Best>, step: u64) -> Option<Best> {
        if self.count == 0 {
            return before;
        }
        let value = self.sum / self.count as f64;
        (self.sum, self.count) = (0.0, 0);
        let wins = |before: Best| match self.config.goal {
            Goal::Lowest => value < before.value,
            Goal::Highest => value > before.value,
        };
        match before {
            Some(before) if !wins(before) => Some(before),
            _ => Some(Best { step, value }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contest(goal: Goal) -> Contest {
        let value = "objective".into();
        Contest::new(BestConfig { value, goal })
    }

    fn add(contest: &mut Contest, value: f64) {
        let values = BTreeMap::from([("objective".to_owned(), value)]);
        contest.add(&values).unwrap();
    }

    #[test]
    fn the_mean_since_the_last_checkpoint_counts_and_the_earlier_of_equals_stays() {
        let mut contest = contest(Goal::Lowest);
        let mut best = None;
        for (step, values) in [(2, [4.0, 2.0]), (4, [3.0, 3.0]), (6, [1.0, 2.0])] {
            values.iter().for_each(|value| add(&mut contest, *value));
            best = contest.judge(best, step);
            let expected = if step < 6 { (2, 3.0) } else { (6, 1.5) };
            assert_eq!(best.map(|b| (b.step, b.value)), Some(expected));
        }
    }

    #[test]
    fn high_can_be_good() {
        let mut contest = contest(Goal::Highest);
        add(&mut contest, 1.0);
        let best = contest.judge(None, 1);
        add(&mut contest, 0.0);
        assert_eq!(contest.judge(best, 2), best);
    }

    #[test]
    fn a_value_that_is_not_logged_is_named_with_those_that_are() {
        let values = BTreeMap::from([("kl/total".to_owned(), 0.0)]);
        let error = contest(Goal::Lowest).add(&values).unwrap_err().to_string();
        assert!(error.contains("objective") && error.contains("kl/total"));
    }
}
