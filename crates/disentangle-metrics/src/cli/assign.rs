//! `--set KEY=VALUE`: parameters of the protocol and of metrics.

use serde_json::{Map, Value};

use super::Error;
use crate::metrics::MetricConfig;
use crate::protocol::Protocol;

/// Changes a parameter: `KEY` of the protocol, or `METRIC.KEY` of a metric that is computed.
pub(super) fn apply(
    assignment: &str,
    protocol: &mut Protocol,
    metrics: &mut [MetricConfig],
) -> Result<(), Error> {
    let usage = |why: String| Error::Usage(format!("--set {assignment}: {why}"));
    let Some((key, value)) = assignment.split_once('=') else {
        return Err(usage("expected KEY=VALUE".to_owned()));
    };
    let (key, value) = (key.trim(), parse(value.trim()));
    let path: Vec<_> = key.split('.').collect();
    match path.as_slice() {
        ["name" | "version", ..] => Err(usage(format!(
            "`{key}` names the preset, it is no parameter"
        ))),
        [kind, path @ ..] if !path.is_empty() && MetricConfig::KINDS.contains(kind) => {
            let Some(metric) = metrics.iter_mut().find(|metric| metric.kind() == *kind) else {
                return Err(usage(format!("the metric `{kind}` is not computed")));
            };
            let shared = match (path, serde_json::to_value(&*protocol)) {
                ([key], Ok(Value::Object(fields))) if fields.contains_key(*key) => {
                    format!("; the protocol has it: --set {key}={value}")
                }
                _ => String::new(),
            };
            *metric =
                changed(metric, path, value).map_err(|why| usage(format!("{why}{shared}")))?;
            Ok(())
        }
        path => {
            *protocol = changed(protocol, path, value).map_err(usage)?;
            Ok(())
        }
    }
}

/// Returns the value as JSON spells it, or else as text.
fn parse(value: &str) -> Value {
    serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()))
}

fn changed<T>(config: &T, path: &[&str], value: Value) -> Result<T, String>
where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let mut document = serde_json::to_value(config).map_err(|error| error.to_string())?;
    let mut place = &mut document;
    for key in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[*key];
    }
    *place = value;
    serde_json::from_str(&kind_first(&document)).map_err(|error| error.to_string())
}

/// Spells a document with the tag `kind` before the fields that it decides about.
fn kind_first(document: &Value) -> String {
    match document {
        Value::Object(fields) => {
            let (kind, others): (Vec<_>, Vec<_>) =
                fields.iter().partition(|(key, _)| *key == "kind");
            let field = |(key, value): (&String, &Value)| {
                format!("{}:{}", Value::from(key.as_str()), kind_first(value))
            };
            let fields: Vec<_> = kind.into_iter().chain(others).map(field).collect();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(assignment: &str) -> Result<(Protocol, Vec<MetricConfig>), Error> {
        let (mut protocol, mut metrics) = (Protocol::dlib(), MetricConfig::all());
        apply(assignment, &mut protocol, &mut metrics)?;
        Ok((protocol, metrics))
    }

    #[test]
    fn a_key_of_the_protocol_is_changed() {
        assert_eq!(set("bins=10").unwrap().0.bins, 10);
        assert_eq!(set("edges=f64").unwrap().0.edges, crate::EdgeMode::F64);
        assert_eq!(set("active_threshold = 0").unwrap().0.active_threshold, 0.0);
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        for (assignment, expected) in [
            ("bin=10", "unknown field `bin`"),
            ("bins=ten", "invalid type"),
            ("bins", "expected KEY=VALUE"),
            ("name=mine", "names the preset"),
            ("mig.bins=3", "the protocol has it: --set bins=3"),
            ("migg.bins=3", "unknown field `migg`"),
        ] {
            let error = set(assignment).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let message = error.to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
