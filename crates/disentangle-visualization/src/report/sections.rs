//! The page of one run, section by section; a section without content is left out.

use super::html::{Page, Section, escaped, facts, warnings};
use super::{RunReport, figures, scores, walks};
use crate::Error;

/// Makes the page of a run.
pub(super) fn of(run: &RunReport) -> Result<Page, Error> {
    let head = facts(&run.facts) + &warnings(&run.warnings);
    let parts = [
        (
            "scores",
            "Scores",
            scores::table(&run.scores, &run.scores_note),
        ),
        (
            "latents",
            "Latents",
            walks::latents(&run.walks, &run.conditions)?,
        ),
        (
            "factors",
            "Factors",
            walks::factors(&run.factor_walks, &run.walks)?,
        ),
        (
            "reconstructions",
            "Reconstructions",
            figures::pairs(&run.reconstructions)?,
        ),
        ("samples", "Prior samples", figures::samples(&run.samples)?),
        ("curves", "Curves", figures::curves(&run.curves)?),
        ("matrices", "Matrices", figures::matrices(&run.matrices)?),
        (
            "relations",
            "Codes by factor",
            figures::relations(run.relations.as_ref())?,
        ),
        ("reproduce", "Reproduce", reproduce(&run.reproduce)),
        ("config", "Configuration", config(&run.config)),
    ];
    let sections = parts
        .into_iter()
        .filter(|(_, _, body)| !body.is_empty())
        .map(|(id, title, body)| Section::new(id, title, body));
    Ok(Page {
        head,
        sections: sections.collect(),
    })
}

pub(super) fn reproduce(commands: &[String]) -> String {
    match commands {
        [] => String::new(),
        commands => code(&commands.join("\n"), "Commands"),
    }
}

pub(super) fn config(text: &str) -> String {
    match text.trim() {
        "" => String::new(),
        text => format!(
            "<details><summary>All values, defaults written out</summary>{}</details>",
            code(text, "Configuration")
        ),
    }
}

fn code(text: &str, label: &str) -> String {
    let text = escaped(text);
    format!("<pre tabindex=\"0\" role=\"region\" aria-label=\"{label}\"><code>{text}</code></pre>")
}
