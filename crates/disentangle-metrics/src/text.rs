//! Scores as a table of plain text.

use crate::scores::{Detail, Outcome, Scores};

/// Returns one line a metric: its score, and its sub-scores or the reason why there is none.
pub(crate) fn table(scores: &Scores) -> String {
    let input = &scores.input;
    let mut text = format!(
        "protocol {} v{}, seed {}: {} rows, {} codes ({} active), {} factors ({})\n",
        scores.protocol.protocol.name,
        scores.protocol.protocol.version,
        scores.protocol.seed,
        input.rows,
        input.codes,
        input.active_codes,
        input.factors,
        input.factor_names.join(", "),
    );
    let width = scores
        .metrics
        .keys()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max(6);
    text += &format!("{:<width$}   score\n", "metric");
    for (name, outcome) in &scores.metrics {
        let line = match outcome {
            Outcome::Score(score) => {
                let details = score
                    .details
                    .iter()
                    .filter_map(|(name, detail)| show(name, detail));
                let chance = input
                    .chance
                    .get(name)
                    .map(|chance| format!("chance {chance:.4}"));
                let interval = score
                    .interval
                    .map(|[low, high]| format!("interval {low:.4} to {high:.4}"));
                let details: Vec<_> = interval.into_iter().chain(details).chain(chance).collect();
                format!(
                    "{name:<width$}  {:>6.4}  {}",
                    score.score,
                    details.join(", ")
                )
            }
            Outcome::Failed(why) => format!("{name:<width$}       -  {why}"),
        };
        text += line.trim_end();
        text.push('\n');
    }
    for warning in &scores.warnings {
        text += &format!("warning: {warning}\n");
    }
    text
}

fn show(name: &str, detail: &Detail) -> Option<String> {
    match detail {
        Detail::Number(value) => Some(format!("{name} {value:.4}")),
        Detail::Count(value) => Some(format!("{name} {value}")),
        Detail::Text(value) => Some(format!("{name} {value}")),
        // A list has its place in the JSON; a line is for the eye.
        Detail::Numbers(_) | Detail::Counts(_) | Detail::Undefined => None,
    }
}
