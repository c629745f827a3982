//! Pictures, curves and matrices, as they stand in a page.

use super::html::{escaped, image, scrollable};
use crate::{Curves, Distributions, Error, HeatMap, Picture, Relations, Theme};

/// Width and height of a diagram, so that its text stays readable on a phone.
const DIAGRAM: (usize, usize) = (440, 290);
/// The strength of a cell from which on its text is light.
const STRONG: f64 = 0.65;

/// Shows each image above its reconstruction.
pub(super) fn pairs(pairs: &[(Picture, Picture)]) -> Result<String, Error> {
    if pairs.is_empty() {
        return Ok(String::new());
    }
    let mut body = String::new();
    for (place, (original, answer)) in pairs.iter().enumerate() {
        body += &format!(
            "<div class=\"pair\">{}{}</div>",
            image(original, &format!("image {}", place + 1))?,
            image(answer, &format!("its reconstruction {}", place + 1))?
        );
    }
    Ok(format!(
        "<p class=\"note\">Above the image, below its reconstruction from the mean of the posterior.</p>\
         <div class=\"pairs\">{body}</div>"
    ))
}

/// Shows decoded samples.
pub(super) fn samples(pictures: &[Picture]) -> Result<String, Error> {
    if pictures.is_empty() {
        return Ok(String::new());
    }
    let mut body = String::new();
    for (place, picture) in pictures.iter().enumerate() {
        body += &image(picture, &format!("sample {}", place + 1))?;
    }
    Ok(format!(
        "<p class=\"note\">Decoded from latents drawn from the prior.</p>\
         <div class=\"pairs\">{body}</div>"
    ))
}

/// Shows curves beside each other, as many as fit.
pub(super) fn curves(curves: &[Curves]) -> Result<String, Error> {
    let mut body = String::new();
    for curves in curves {
        let size = DIAGRAM;
        let svg = Curves {
            size,
            ..curves.clone()
        };
        body += &diagram(&svg.svg(Theme::Light)?, &curves.title);
    }
    Ok(match body.as_str() {
        "" => body,
        body => format!("<div class=\"diagrams\">{body}</div>"),
    })
}

/// Shows the latents against the factors.
pub(super) fn relations(relations: Option<&Relations>) -> Result<String, Error> {
    let Some(relations) = relations else {
        return Ok(String::new());
    };
    let svg = diagram(&relations.svg(Theme::Light)?, &relations.title);
    let note = "<p class=\"note\">Each panel shows the mean of a code for every value of a factor, and one \
                standard deviation on both sides. A latent that encodes one factor alone is flat in all \
                panels but one.</p>";
    Ok(note.to_owned() + &scrollable("Codes by factor", &svg))
}

/// Shows how numbers spread, each diagram below the other.
pub(super) fn distributions(diagrams: &[Distributions]) -> Result<String, Error> {
    let mut body = String::new();
    for distributions in diagrams {
        let svg = diagram(&distributions.svg(Theme::Light)?, &distributions.title);
        body += &scrollable(&distributions.title, &svg);
    }
    Ok(match body.as_str() {
        "" => body,
        body => format!(
            "<p class=\"note\">A dot a run; the bar holds the middle half of them, the line is the median.</p>{body}"
        ),
    })
}

/// Makes an SVG document part of the page: in the page's colors, on its background.
fn diagram(svg: &str, title: &str) -> String {
    let hex = |[r, g, b]: [u8; 3]| format!("#{r:02X}{g:02X}{b:02X}");
    let (background, text) = (Theme::Light.background(), Theme::Light.text());
    let svg = svg
        .replace(&hex(background), "none")
        .replace(&hex(text), "currentColor")
        .replace(&hex(Theme::Light.frame()), "var(--line)")
        .replacen(
            "<svg ",
            &format!("<svg role=\"img\" aria-label=\"{}\" ", escaped(title)),
            1,
        );
    format!("<div class=\"diagram\">{svg}</div>")
}

/// Shows matrices as tables.
pub(super) fn matrices(matrices: &[HeatMap]) -> Result<String, Error> {
    let mut body = String::new();
    for matrix in matrices {
        matrix.check()?;
        body += &format!(
            "<figure>{}</figure>",
            scrollable(&matrix.title, &table(matrix))
        );
    }
    Ok(match body.as_str() {
        "" => body,
        body => format!("<div class=\"matrices\">{body}</div>"),
    })
}

fn table(matrix: &HeatMap) -> String {
    let head = matrix.columns.iter();
    let head = head.map(|name| format!("<th scope=\"col\">{}</th>", escaped(name)));
    let rows = matrix.rows.iter().enumerate().map(|(row, name)| {
        let cells = (0..matrix.columns.len()).map(|column| {
            let strength = matrix.strength(row, column);
            let class = match strength > STRONG {
                true => " class=\"strong\"",
                false => "",
            };
            let number = matrix.number(row, column);
            format!("<td{class} style=\"--s:{strength:.2}\">{number}</td>")
        });
        let (name, cells) = (escaped(name), cells.collect::<String>());
        format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>")
    });
    let title = escaped(&matrix.title);
    let (head, rows): (String, String) = (head.collect(), rows.collect());
    format!(
        "<table class=\"matrix\"><caption>{title}</caption><thead><tr><td></td>{head}</tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}
