//! Reads the `events.jsonl` of a run.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xshell::Shell;

/// The events of a run, in their order.
pub(crate) struct Log(Vec<Value>);

impl Log {
    pub(crate) fn read(shell: &Shell, path: &Path) -> Result<Self> {
        let text = shell.read_file(path)?;
        Self::parse(&text).with_context(|| format!("reading {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(serde_json::from_str);
        Ok(Self(lines.collect::<Result<_, _>>()?))
    }

    /// The step at which the run was last complete.
    pub(crate) fn finished(&self) -> Option<u64> {
        let finished = self
            .0
            .iter()
            .rev()
            .find(|event| event["event"] == "finished");
        finished.and_then(|event| event["step"].as_u64())
    }

    /// The steps at which a value was logged, and the value.
    pub(crate) fn series(&self, name: &str) -> Result<Vec<(u64, f64)>> {
        let scalars = self.0.iter().filter(|event| event["event"] == "scalars");
        let series: Vec<_> = scalars
            .filter_map(|event| Some((event["step"].as_u64()?, event["values"][name].as_f64()?)))
            .collect();
        ensure!(!series.is_empty(), "the run never logged `{name}`");
        Ok(series)
    }

    /// Images a second and the share of the time that was spent waiting for them, when last logged.
    pub(crate) fn last_pace(&self) -> Option<(f64, f64)> {
        let mut newest_first = self.0.iter().rev();
        let last = newest_first.find(|event| event["event"] == "scalars")?;
        Some((
            last["images_per_second"].as_f64()?,
            last["wait_share"].as_f64()?,
        ))
    }

    /// The mean of a value over the last so many times it was logged.
    pub(crate) fn mean_of_last(&self, name: &str, count: usize) -> Result<f64> {
        let series = self.series(name)?;
        let last = &series[series.len().saturating_sub(count)..];
        Ok(mean(last.iter().map(|(_, value)| *value)))
    }
}

/// The mean of some numbers, of which there is at least one.
pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_order_and_the_newest_end_counts() {
        let log = Log::parse(
            r#"{"event":"scalars","step":1,"values":{"kl/total":2.0}}
               {"event":"finished","step":1}
               {"event":"scalars","step":2,"images_per_second":90,"wait_share":0.5,"values":{"kl/total":4.0}}
               {"event":"finished","step":2}"#,
        )
        .unwrap();
        assert_eq!(log.series("kl/total").unwrap(), [(1, 2.0), (2, 4.0)]);
        assert_eq!(log.mean_of_last("kl/total", 1).unwrap(), 4.0);
        assert_eq!(log.mean_of_last("kl/total", 9).unwrap(), 3.0);
        assert_eq!(log.finished(), Some(2));
        assert_eq!(log.last_pace(), Some((90.0, 0.5)));
        assert!(log.series("loss/kl").is_err());
    }
}
