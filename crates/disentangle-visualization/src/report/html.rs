//! The frame of the page, and pieces that its sections share.

use super::base64;
use crate::{Error, Picture};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A part of a page with a heading.
pub(super) struct Section {
    /// What a link leads to.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) body: String,
}

impl Section {
    pub(super) fn new(id: &str, title: &str, body: String) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            body,
        }
    }
}

/// What stands above the sections, and the sections.
pub(super) struct Page {
    pub(super) head: String,
    pub(super) sections: Vec<Section>,
}

/// Makes a whole document.
pub(super) fn page(title: &str, page: &Page) -> String {
    let title = escaped(title);
    let links = page.sections.iter().map(|section| {
        let (id, title) = (&section.id, escaped(&section.title));
        format!("<li><a href=\"#{id}\">{title}</a></li>")
    });
    let sections = page.sections.iter().map(|section| {
        let (id, title, body) = (&section.id, escaped(&section.title), &section.body);
        format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n\
             <h2 id=\"{id}-title\">{title}</h2>\n{body}\n</section>\n"
        )
    });
    let (links, sections): (String, String) = (links.collect(), sections.collect());
    let head = &page.head;
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n\
         <noscript><style>.sprite{{display:block}}.stage,.walk input,.tools{{display:none}}</style></noscript>\n\
         </head>\n<body>\n<header>\n<div class=\"bar\"><p class=\"brand\">disentangle</p>\n\
         <button type=\"button\" id=\"theme\">Theme: auto</button></div>\n\
         <h1>{title}</h1>\n{head}\n</header>\n\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n\
         <main>\n{sections}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// Makes text harmless inside an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Makes text harmless and what stands between backticks code; a backtick without another stays.
fn with_code(text: &str) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let mut html = String::new();
    for (place, part) in parts.iter().enumerate() {
        let part = escaped(part);
        html += &match (place % 2 == 1, place + 1 == parts.len()) {
            (false, _) => part,
            (true, false) => format!("<code>{part}</code>"),
            (true, true) => format!("`{part}"),
        };
    }
    html
}

/// Returns a picture as the address of an image.
pub(super) fn address(picture: &Picture) -> Result<String, Error> {
    let text = base64::encode(&picture.encode_png()?);
    Ok(format!("data:image/png;base64,{text}"))
}

/// Makes an image of a picture; `what` tells those who do not see it.
pub(super) fn image(picture: &Picture, what: &str) -> Result<String, Error> {
    let (source, what) = (address(picture)?, escaped(what));
    let (width, height) = (picture.width(), picture.height());
    Ok(format!(
        "<img class=\"cell\" src=\"{source}\" width=\"{width}\" height=\"{height}\" alt=\"{what}\">"
    ))
}

/// Makes a list of names and values.
pub(super) fn facts(facts: &[(String, String)]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let items = facts.iter().map(|(name, value)| {
        let (name, value) = (escaped(name), escaped(value));
        format!("<div><dt>{name}</dt><dd>{value}</dd></div>")
    });
    format!("<dl class=\"facts\">{}</dl>", items.collect::<String>())
}

/// Makes a list of warnings.
pub(super) fn warnings(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let items = warnings
        .iter()
        .map(|text| format!("<li>{}</li>", with_code(text)));
    let items: String = items.collect();
    format!(
        "<div class=\"warnings\" role=\"note\"><p>Before you trust the numbers</p><ul>{items}</ul></div>"
    )
}

/// Wraps what may be wider than a phone; it then scrolls by itself, also by keyboard.
pub(super) fn scrollable(label: &str, body: &str) -> String {
    let label = escaped(label);
    format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">{body}</div>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(with_code("read `a<b`: 0"), "read <code>a&lt;b</code>: 0");
        assert_eq!(with_code("one ` alone"), "one ` alone");
    }
}
