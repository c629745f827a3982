//! What, when, with which seed and version; the configuration; and how to make the run again.

use std::path::Path;

use serde_json::Value;

use super::history::History;
use super::measured::{Measured, read_json};
use crate::{Error, ExperimentConfig, RunFolder};

/// What a run's configuration and notes tell.
pub(super) struct Facts {
    /// The text of `config.yaml`.
    pub(super) config: String,
    pub(super) experiment: ExperimentConfig,
    meta: Value,
}

impl Facts {
    pub(super) fn read(run: &RunFolder) -> Result<Self, Error> {
        let path = run.config_path();
        let config = std::fs::read_to_string(&path).map_err(Error::file("cannot read", &path))?;
        Ok(Self {
            config,
            experiment: run.config()?,
            meta: read_json(&run.meta())?,
        })
    }

    pub(super) fn list(&self, history: &History, measured: &Measured) -> Vec<(String, String)> {
        let value = serde_json::to_value(&self.experiment).unwrap_or_default();
        let kind = |value: &Value| value["kind"].as_str().map(str::to_owned);
        let terms = value["objective"]["terms"].as_object();
        let terms: Vec<_> = terms
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let (seen, asked) = (history.step, self.experiment.train.steps);
        let active = measured.input("active_codes").zip(measured.input("codes"));
        let facts = [
            ("data", Some(data(&value["data"]))),
            ("images", history.images.map(|images| images.to_string())),
            ("encoder", kind(&value["model"]["encoder"])),
            ("decoder", kind(&value["model"]["decoder"])),
            ("terms", Some(terms.join(", "))),
            (
                "parameters",
                history.parameters.map(|count| count.to_string()),
            ),
            ("steps", Some(format!("{seen} of {asked}"))),
            ("seed", Some(self.experiment.seed.to_string())),
            (
                "active codes",
                active.map(|(active, codes)| format!("{active} of {codes}")),
            ),
            (
                "started",
                self.meta["started_unix_seconds"].as_u64().map(date),
            ),
            (
                "time",
                (history.seconds > 0.0).then(|| duration(history.seconds)),
            ),
            ("device", self.device()),
            ("version", self.meta["version"].as_str().map(str::to_owned)),
        ];
        let known = facts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        known.collect()
    }

    fn device(&self) -> Option<String> {
        let device = self.meta["device"].as_str()?;
        match self.meta["threads"].as_u64() {
            Some(threads) => Some(format!("{device}, {threads} threads")),
            None => Some(device.to_owned()),
        }
    }

    /// Returns every key of the configuration with its value.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let value = serde_json::to_value(&self.experiment).unwrap_or_default();
        let mut settings = Vec::new();
        flatten("", &value, &mut settings);
        settings
    }
}

/// Names a data set, from what is wrapped outside to what is wrapped: `subset of dsprites`.
fn data(value: &Value) -> String {
    let mut names = Vec::new();
    let mut inner = value;
    while let Some(kind) = inner["kind"].as_str() {
        names.push(kind);
        inner = &inner["of"];
    }
    names.join(" of ")
}

fn flatten(path: &str, value: &Value, settings: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let separator = if path.is_empty() { "" } else { "." };
                flatten(&format!("{path}{separator}{key}"), value, settings);
            }
        }
        Value::String(text) => settings.push((path.to_owned(), text.clone())),
        value => settings.push((path.to_owned(), value.to_string())),
    }
}

/// Returns the commands that make a run again, from its own folder's configuration.
pub(super) fn reproduce(root: &Path) -> Vec<String> {
    let root = root.display();
    vec![
        format!("disentangle train {root}/config.yaml --run {root}-again"),
        format!("disentangle eval {root}"),
        format!("disentangle report {root}"),
    ]
}

/// Writes seconds since 1970 as a date and time in UTC.
///
/// The civil calendar from days: years begin in March, so that leap days are their last.
fn date(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year + 400 * era + later;
    let (hour, minute) = (rest / 3_600, rest / 60 % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// GNU date: `date -u -d @SECONDS`.
    #[test]
    fn dates_are_civil() {
        assert_eq!(date(0), "1970-01-01 00:00 UTC");
        assert_eq!(date(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(date(1_735_689_599), "2024-12-31 23:59 UTC");
    }

    #[test]
    fn wrapped_data_are_named() {
        let wrapped = json!({"kind": "split", "of": {"kind": "subset", "of": {"kind": "arm"}}});
        assert_eq!(data(&wrapped), "split of subset of arm");
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(
            [59.4, 60.0, 3_661.0].map(duration),
            ["59 s", "1 min 0 s", "1 h 1 min"]
        );
    }

    #[test]
    fn settings_have_their_paths() {
        let mut settings = Vec::new();
        flatten(
            "",
            &json!({"a": {"b": 1, "kind": "x"}, "c": [1, 2]}),
            &mut settings,
        );
        let expected = [("a.b", "1"), ("a.kind", "x"), ("c", "[1,2]")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        settings.sort();
        assert_eq!(settings, expected);
    }
}
