//! Scores from the text of `metrics.json`, to add to them.

use std::collections::BTreeMap;

use ndarray::Array2;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::metrics::MetricConfig;
use crate::protocol::Protocol;
use crate::scores::{Detail, Input, Outcome, ProtocolReport, Score, Scores};

/// The text of `metrics.json` as it stands there.
#[derive(Deserialize)]
struct Written {
    protocol: Map<String, Value>,
    input: Input,
    metrics: BTreeMap<String, Map<String, Value>>,
    warnings: Vec<String>,
}

/// Reads what [`Scores::to_json`] wrote. Warnings stay those of all scores: none is a score's own.
pub(crate) fn scores(text: &str) -> Result<Scores, String> {
    let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let metrics = written.metrics.into_iter();
    Ok(Scores {
        protocol: protocol(written.protocol)?,
        input: written.input,
        metrics: metrics
            .map(|(kind, outcome)| {
                let read = outcome_of(outcome).ok_or(format!("broken result of `{kind}`"))?;
                Ok((kind, read))
            })
            .collect::<Result<_, String>>()?,
        warnings: written.warnings,
    })
}

fn protocol(mut fields: Map<String, Value>) -> Result<ProtocolReport, String> {
    let seed = fields.remove("seed").and_then(|seed| seed.as_u64());
    let mut metrics = Vec::new();
    for kind in MetricConfig::KINDS {
        let Some(Value::Object(parameters)) = fields.remove(*kind) else {
            continue;
        };
        // The tag stands before the fields that it decides about.
        let parameters = parameters.iter();
        let parameters =
            parameters.map(|(key, value)| format!(",{}:{value}", Value::from(key.as_str())));
        let text = format!("{{\"kind\":\"{kind}\"{}}}", parameters.collect::<String>());
        metrics.push(serde_json::from_str(&text).map_err(|error| error.to_string())?);
    }
    let protocol: Protocol =
        serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
    Ok(ProtocolReport {
        protocol,
        seed: seed.ok_or("the protocol has no seed")?,
        metrics,
    })
}

fn outcome_of(mut fields: Map<String, Value>) -> Option<Outcome> {
    if let Some(error) = fields.remove("error") {
        return Some(Outcome::Failed(error.as_str()?.to_owned()));
    }
    let mut score = Score::new(fields.remove("score")?.as_f64()?);
    if let Some(Value::Object(matrices)) = fields.remove("matrices") {
        let read = |(name, rows): (String, Value)| Some((name, matrix(rows)?));
        score.matrices = matrices.into_iter().map(read).collect::<Option<_>>()?;
    }
    if let Some(interval) = fields.remove("interval") {
        score.interval = Some(serde_json::from_value(interval).ok()?);
    }
    let read = |(name, value): (String, Value)| Some((name, detail(value)?));
    score.details = fields.into_iter().map(read).collect::<Option<_>>()?;
    Some(Outcome::Score(score))
}

fn matrix(rows: Value) -> Option<Array2<f64>> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(rows).ok()?;
    let shape = (rows.len(), rows.first().map_or(0, Vec::len));
    Array2::from_shape_vec(shape, rows.concat()).ok()
}

fn detail(value: Value) -> Option<Detail> {
    Some(match value {
        Value::Null => Detail::Undefined,
        Value::String(text) => Detail::Text(text),
        Value::Number(number) => match number.as_u64() {
            Some(count) => Detail::Count(count as usize),
            None => Detail::Number(number.as_f64()?),
        },
        Value::Array(items) if items.iter().all(Value::is_u64) => {
            let counts = items.iter().filter_map(Value::as_u64);
            Detail::Counts(counts.map(|count| count as usize).collect())
        }
        Value::Array(items) => {
            Detail::Numbers(items.iter().map(Value::as_f64).collect::<Option<_>>()?)
        }
        Value::Bool(_) | Value::Object(_) => return None,
    })
}
