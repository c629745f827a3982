//! Several runs side by side: what differs in their configurations, their scores, their curves in one
//! diagram, and their pictures in columns.

use std::collections::BTreeMap;

use super::html::{Page, Section, escaped, scrollable, warnings};
use super::{RunReport, ScoreRow, ScoreScale, figures, sections, walks};
use crate::{Curve, Curves, Error, Walk};

/// The most latents of a run that are shown beside those of others.
const LATENTS: usize = 6;
/// The most images of a run that are shown beside those of others.
const PAIRS: usize = 8;

/// Makes the page that compares runs.
pub(super) fn of(runs: &[RunReport]) -> Result<Page, Error> {
    let columns = |body: &dyn Fn(&RunReport) -> Result<String, Error>| columns(runs, body);
    let parts = [
        ("scores", "Scores", scores(runs)),
        ("settings", "What differs", settings(runs)),
        (
            "warnings",
            "Warnings",
            columns(&|run| Ok(warnings(&run.warnings)))?,
        ),
        ("curves", "Curves", figures::curves(&curves(runs))?),
        (
            "latents",
            "Latents",
            columns(&|run| walks::latents(&first(&run.walks), &[]))?,
        ),
        (
            "reconstructions",
            "Reconstructions",
            columns(&|run| {
                figures::pairs(&run.reconstructions[..run.reconstructions.len().min(PAIRS)])
            })?,
        ),
        ("facts", "Facts", facts(runs)),
        (
            "reproduce",
            "Reproduce",
            columns(&|run| Ok(sections::reproduce(&run.reproduce)))?,
        ),
        (
            "config",
            "Configurations",
            columns(&|run| Ok(sections::config(&run.config)))?,
        ),
    ];
    let sections = parts
        .into_iter()
        .filter(|(_, _, body)| !body.is_empty())
        .map(|(id, title, body)| Section::new(id, title, body));
    Ok(Page {
        head: format!("<p class=\"note\">{} runs side by side.</p>", runs.len()),
        sections: sections.collect(),
    })
}

fn first(walks: &[Walk]) -> Vec<Walk> {
    walks
        .iter()
        .filter(|walk| walk.active)
        .take(LATENTS)
        .cloned()
        .collect()
}

/// Puts what the runs have beside each other, or nothing if none has anything.
fn columns(
    runs: &[RunReport],
    body: &dyn Fn(&RunReport) -> Result<String, Error>,
) -> Result<String, Error> {
    let bodies: Vec<_> = runs.iter().map(body).collect::<Result<_, _>>()?;
    if bodies.iter().all(String::is_empty) {
        return Ok(String::new());
    }
    let columns = runs.iter().zip(bodies).map(|(run, body)| {
        let body = match body.as_str() {
            "" => "<p class=\"note\">none</p>",
            body => body,
        };
        format!("<div><h3>{}</h3>{body}</div>", escaped(&run.name))
    });
    Ok(format!(
        "<div class=\"columns\">{}</div>",
        columns.collect::<String>()
    ))
}

/// A table with a column for each run.
fn table(runs: &[RunReport], label: &str, rows: &str) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let names = runs
        .iter()
        .map(|run| format!("<th scope=\"col\">{}</th>", escaped(&run.name)));
    let names: String = names.collect();
    let table = format!(
        "<table class=\"compare\"><thead><tr><td></td>{names}</tr></thead><tbody>{rows}</tbody></table>"
    );
    scrollable(label, &table)
}

fn scores(runs: &[RunReport]) -> String {
    let names = in_order(
        runs.iter()
            .map(|run| run.scores.iter().map(|score| &score.name)),
    );
    let rows = names.iter().map(|name| {
        let scores: Vec<_> = runs.iter().map(|run| find(run, name)).collect();
        let best = best(&scores);
        let cells = scores.iter().map(|score| cell(*score, best));
        let (name, cells) = (escaped(name), cells.collect::<String>());
        format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>")
    });
    table(runs, "Scores", &rows.collect::<String>())
}

fn find<'a>(run: &'a RunReport, name: &str) -> Option<&'a ScoreRow> {
    run.scores.iter().find(|score| score.name == name)
}

/// The best of some scores of one metric, if there are any.
fn best(scores: &[Option<&ScoreRow>]) -> Option<f64> {
    let found = || scores.iter().flatten();
    let values = found().filter_map(|score| score.value);
    if found().any(|score| score.scale == ScoreScale::Distance) {
        return values.reduce(f64::min);
    }
    values.reduce(f64::max)
}

fn cell(score: Option<&ScoreRow>, best: Option<f64>) -> String {
    let Some(score) = score else {
        return "<td>–</td>".into();
    };
    let interval = score.interval.map_or(String::new(), |[low, high]| {
        format!(" <small>{low:.3} – {high:.3}</small>")
    });
    match score.value {
        Some(value) if Some(value) == best => {
            format!("<td><strong>{value:.3}</strong>{interval}</td>")
        }
        Some(value) => format!("<td>{value:.3}{interval}</td>"),
        None => {
            let why = escaped(score.error.as_deref().unwrap_or("not computed"));
            format!("<td><small>{why}</small></td>")
        }
    }
}

/// The keys whose values are not the same in all runs.
fn settings(runs: &[RunReport]) -> String {
    let keys = in_order(
        runs.iter()
            .map(|run| run.settings.iter().map(|(key, _)| key)),
    );
    let maps: Vec<BTreeMap<_, _>> = runs
        .iter()
        .map(|run| {
            run.settings
                .iter()
                .map(|(key, value)| (key, value))
                .collect()
        })
        .collect();
    let rows = keys.iter().filter_map(|key| {
        let values: Vec<_> = maps.iter().map(|map| map.get(key).copied()).collect();
        values
            .iter()
            .any(|value| *value != values[0])
            .then(|| row(key, &values))
    });
    table(runs, "What differs", &rows.collect::<String>())
}

fn facts(runs: &[RunReport]) -> String {
    let names = in_order(
        runs.iter()
            .map(|run| run.facts.iter().map(|(name, _)| name)),
    );
    let rows = names.iter().map(|name| {
        let find = |run: &'_ RunReport| run.facts.iter().position(|(found, _)| &found == name);
        let values: Vec<_> = runs
            .iter()
            .map(|run| find(run).map(|place| &run.facts[place].1))
            .collect();
        row(name, &values)
    });
    table(runs, "Facts", &rows.collect::<String>())
}

fn row(name: &str, values: &[Option<&String>]) -> String {
    let cells = values.iter().map(|value| {
        let text = value.map_or("–".into(), |value| escaped(value));
        format!("<td>{text}</td>")
    });
    let (name, cells) = (escaped(name), cells.collect::<String>());
    format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>")
}

/// Returns all names, each once, in the order in which they come first.
fn in_order<'a, I: Iterator<Item = &'a String>>(lists: impl Iterator<Item = I>) -> Vec<&'a String> {
    let mut names: Vec<&String> = Vec::new();
    for name in lists.flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Makes a diagram of each curve of the runs' first diagrams, with a line for each run that has it.
fn curves(runs: &[RunReport]) -> Vec<Curves> {
    let first = || {
        runs.iter()
            .filter_map(|run| Some((run, run.curves.first()?)))
    };
    let names = in_order(first().map(|(_, curves)| curves.curves.iter().map(|curve| &curve.name)));
    let of = |name: &str| {
        let lines = first().filter_map(|(run, curves)| {
            let curve = curves.curves.iter().find(|curve| curve.name == name)?;
            Some(Curve {
                name: run.name.clone(),
                points: curve.points.clone(),
            })
        });
        Curves::new(name, lines.collect())
    };
    names.iter().map(|name| of(name)).collect()
}
