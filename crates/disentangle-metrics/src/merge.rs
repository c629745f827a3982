//! Scores that were computed one after another, as one result.

use serde_json::Value;

use crate::metrics::MetricConfig;
use crate::scores::{ProtocolReport, Scores};

/// Takes over what `older` has of other metrics; returns how many.
pub(crate) fn keep(scores: &mut Scores, older: Scores) -> Result<usize, String> {
    same_protocol(&older.protocol, &scores.protocol)?;
    let (mut there, here) = (older.input.clone(), &scores.input);
    there.chance.clone_from(&here.chance);
    if there != *here {
        return Err("of other codes or factors".to_owned());
    }
    let stale = |warning: &String| {
        let of = warning.split_once(": ").map_or("", |(kind, _)| kind);
        scores.metrics.contains_key(of) && !scores.warnings.contains(warning)
    };
    let mut warnings: Vec<String> = older.warnings.into_iter().filter(|it| !stale(it)).collect();
    let added = scores.warnings.iter().filter(|it| !warnings.contains(it));
    let added: Vec<String> = added.cloned().collect();
    warnings.extend(added);
    scores.warnings = warnings;

    let mut kept = 0;
    for (kind, outcome) in older.metrics {
        scores.metrics.entry(kind).or_insert_with(|| {
            kept += 1;
            outcome
        });
    }
    let metrics = &mut scores.protocol.metrics;
    for metric in older.protocol.metrics {
        if metrics.iter().all(|other| other.kind() != metric.kind()) {
            metrics.push(metric);
        }
    }
    in_order(metrics);
    for (kind, chance) in older.input.chance {
        scores.input.chance.entry(kind).or_insert(chance);
    }
    Ok(kept)
}

/// Sorts metrics as the registry has them, so that results do not depend on the order asked for.
pub(crate) fn in_order(metrics: &mut [MetricConfig]) {
    let place = |kind: &str| MetricConfig::KINDS.iter().position(|other| *other == kind);
    metrics.sort_by_key(|metric| place(metric.kind()));
}

/// Says which shared parameters differ.
fn same_protocol(older: &ProtocolReport, newer: &ProtocolReport) -> Result<(), String> {
    let fields = |report: &ProtocolReport| match serde_json::to_value(&report.protocol) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("seed".to_owned(), report.seed.into());
            fields
        }
        _ => serde_json::Map::new(),
    };
    let (older, newer) = (fields(older), fields(newer));
    let differing = newer
        .iter()
        .filter(|(key, value)| older.get(*key) != Some(value));
    let differing = differing.map(|(key, value)| {
        let before = older.get(key).unwrap_or(&Value::Null);
        format!("{key} {before}, not {value}")
    });
    let differing: Vec<String> = differing.collect();
    match differing.is_empty() {
        true => Ok(()),
        false => Err(format!("by another protocol ({})", differing.join("; "))),
    }
}
