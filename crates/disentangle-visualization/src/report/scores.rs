//! The table of scores: each beside its interval, what guessing gives, and the untrained encoder.

use super::html::{escaped, scrollable};
use super::{ScoreRow, ScoreScale};

/// What the marks of the bars mean.
const LEGEND: &str = "On the bars, a solid line marks chance and a dotted one the encoder before its \
                      first step.";

/// Makes the table, or nothing if there are no scores.
pub(super) fn table(scores: &[ScoreRow], note: &str) -> String {
    if scores.is_empty() {
        return String::new();
    }
    let rows: String = scores.iter().map(row).collect();
    let table = format!(
        "<table class=\"scores\"><thead><tr><th scope=\"col\">Metric</th><th scope=\"col\">Score</th>\
         <th scope=\"col\" class=\"wide\"><span class=\"unseen\">Score as a bar</span></th>\
         <th scope=\"col\">Chance</th>\
         <th scope=\"col\">Untrained</th></tr></thead><tbody>{rows}</tbody></table>"
    );
    let note = escaped(note);
    scrollable("Scores", &table)
        + &format!("<p class=\"note\">{note} <span class=\"legend\">{LEGEND}</span></p>")
}

fn row(score: &ScoreRow) -> String {
    let name = escaped(&score.name);
    let details = match score.details.as_slice() {
        [] => String::new(),
        details => {
            let parts = details
                .iter()
                .map(|(name, value)| format!("{} {}", escaped(name), escaped(value)));
            let parts: Vec<_> = parts.collect();
            format!("<small>{}</small>", parts.join(" · "))
        }
    };
    let Some(value) = score.value else {
        let why = score.error.as_deref().unwrap_or("not computed");
        let why = escaped(why);
        return format!(
            "<tr><th scope=\"row\">{name}</th><td colspan=\"4\" class=\"failed\">{why}</td></tr>"
        );
    };
    let interval = score.interval.map_or(String::new(), |[low, high]| {
        format!("<small>{low:.3} – {high:.3}</small>")
    });

    let number = |value: Option<f64>| value.map_or("–".into(), |value| format!("{value:.3}"));
    format!(
        "<tr><th scope=\"row\">{name}{details}</th><td class=\"main\">{value:.3}{interval}</td><td class=\"wide\">{}</td>\
         <td>{}</td><td>{}</td></tr>",
        bar(score, value),
        number(score.chance),
        number(score.untrained),
    )
}

/// Shows the score from 0 to 1, with marks for chance and the untrained encoder; a score without an upper
/// end is no share of a bar.
fn bar(score: &ScoreRow, value: f64) -> String {
    match score.scale {
        ScoreScale::Share => {}
        ScoreScale::Sum => return "<small>no upper end</small>".into(),
        ScoreScale::Distance => return "<small>0 is best, no upper end</small>".into(),
    }
    let percent = |value: f64| format!("{:.1}%", 100.0 * value.clamp(0.0, 1.0));
    let mark = |value: Option<f64>, kind: &str| {
        value.map_or(String::new(), |value| {
            format!("<i class=\"{kind}\" style=\"left:{}\"></i>", percent(value))
        })
    };
    let interval = score.interval.map_or(String::new(), |[low, high]| {
        let (left, width) = (percent(low), percent(high - low));
        format!("<i class=\"interval\" style=\"left:{left};width:{width}\"></i>")
    });
    format!(
        "<span class=\"track\" aria-hidden=\"true\"><b style=\"width:{}\"></b>{interval}{}{}</span>",
        percent(value),
        mark(score.chance, "chance"),
        mark(score.untrained, "untrained"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_shares_are_drawn_as_bars() {
        let draw = |scale| {
            let score = ScoreRow {
                value: Some(0.5),
                scale,
                ..ScoreRow::default()
            };
            table(&[score], "")
        };
        assert!(draw(ScoreScale::Share).contains("<b style=\"width:50.0%\">"));
        for (scale, words) in [
            (ScoreScale::Sum, "no upper end"),
            (ScoreScale::Distance, "0 is best"),
        ] {
            let drawn = draw(scale);
            assert!(drawn.contains(words) && !drawn.contains("class=\"track\""));
        }
    }
}
