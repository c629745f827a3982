//! Latents and factors to walk along with a slider; all pictures are decoded beforehand.
//!
//! The pictures of a walk are one image, a column a value, from which the script copies the column that
//! the slider stands at.

use super::html::{address, escaped};
use super::{ConditionWalks, FactorWalk};
use crate::range::decimals;
use crate::{Error, Picture, Walk};

/// The most latents whose codes are shown beside a factor.
const BARS: usize = 12;

/// Shows latents, those that carry nothing folded away; if there are conditions, the reader chooses one.
pub(super) fn latents(walks: &[Walk], conditions: &[ConditionWalks]) -> Result<String, Error> {
    if walks.is_empty() {
        return Ok(String::new());
    }
    let (active, inactive): (Vec<_>, Vec<_>) = walks.iter().partition(|walk| walk.active);
    let cards = |walks: &[&Walk]| -> Result<String, Error> {
        let cards = walks.iter().map(|walk| latent(walk, conditions));
        let cards: String = cards.collect::<Result<_, _>>()?;
        Ok(format!("<div class=\"walks\">{cards}</div>"))
    };
    let mut body = tools(
        &format!(
            "One latent moves, the others stay at the code of one image. Sorted by {}.",
            escaped(&walks[0].measure)
        ),
        &choice(conditions),
    );
    if !active.is_empty() {
        body += &cards(&active)?;
    }
    if !inactive.is_empty() {
        let count = inactive.len();
        let what = if count == 1 { "latent" } else { "latents" };
        let open = if active.is_empty() { " open" } else { "" };
        body += &format!(
            "<details{open}><summary>{count} inactive {what}</summary>{}</details>",
            cards(&inactive)?
        );
    }
    Ok(body)
}

fn tools(note: &str, more: &str) -> String {
    format!(
        "<p class=\"note\">{note}</p>\
         <p class=\"tools\"><button type=\"button\" class=\"play\" aria-pressed=\"false\">Play all</button>{more}</p>"
    )
}

/// A list of the labels that the decoder can be given, nothing if there are none.
fn choice(conditions: &[ConditionWalks]) -> String {
    if conditions.is_empty() {
        return String::new();
    }
    let options = conditions.iter().enumerate().map(|(place, condition)| {
        let name = escaped(&condition.name);
        format!("<option value=\"{}\">{name}</option>", place + 1)
    });
    format!(
        "<label class=\"given\">Labels <select class=\"condition\" autocomplete=\"off\">\
         <option value=\"0\">those of the image</option>{}</select></label>",
        options.collect::<String>()
    )
}

fn latent(walk: &Walk, conditions: &[ConditionWalks]) -> Result<String, Error> {
    let labels: Vec<_> = walk
        .values
        .iter()
        .map(|value| decimals(*value, 2))
        .collect();
    let name = format!("z{}", walk.latent);
    let given = conditions.iter().map(|condition| {
        let mut found = condition.walks.iter();
        found.find(|other| other.latent == walk.latent)
    });
    // A latent that does not walk under every condition walks under none.
    let given = given.collect::<Option<Vec<_>>>().unwrap_or_default();
    let mut rows = vec![walk.pictures.as_slice()];
    rows.extend(given.iter().map(|other| other.pictures.as_slice()));
    let card = Card {
        heading: format!(
            "{name} <small>{} {}</small>",
            escaped(&walk.measure),
            decimals(walk.kl, 2)
        ),
        rows: &rows,
        stages: 1,
        labels: &labels,
        name: &name,
        // The middle of the range is the first thing to see.
        start: walk.pictures.len() / 2,
        codes: None,
    };
    card.draw()
}

/// Shows factors: the image, its reconstruction, and the codes of the latents that are shown.
pub(super) fn factors(factors: &[FactorWalk], walks: &[Walk]) -> Result<String, Error> {
    if factors.is_empty() {
        return Ok(String::new());
    }
    let shown = walks.iter().filter(|walk| walk.active).take(BARS);
    let shown: Vec<usize> = shown.map(|walk| walk.latent).collect();
    let cards = factors.iter().map(|factor| card(factor, &shown));
    let cards: String = cards.collect::<Result<_, _>>()?;
    let note = "One factor of an image changes: left the image, right its reconstruction, below the codes \
                of the active latents, from −3 to 3.";
    Ok(format!(
        "{}<div class=\"walks two\">{cards}</div>",
        tools(note, "")
    ))
}

fn card(factor: &FactorWalk, shown: &[usize]) -> Result<String, Error> {
    let card = Card {
        heading: escaped(&factor.name),
        rows: &[&factor.originals, &factor.reconstructions],
        stages: 2,
        labels: &factor.labels,
        name: &factor.name,
        start: 0,
        codes: Some((&factor.codes, shown)),
    };
    card.draw()
}

/// Pictures with a slider.
struct Card<'a> {
    /// Markup.
    heading: String,
    /// Rows of the sprite: each a picture on the card, then those that the reader can have instead.
    rows: &'a [&'a [Picture]],
    /// Pictures on the card.
    stages: usize,
    labels: &'a [String],
    /// What the slider is called.
    name: &'a str,
    start: usize,
    /// The code of each value, and the latents to show of it.
    codes: Option<(&'a [Vec<f32>], &'a [usize])>,
}

impl Card<'_> {
    fn draw(&self) -> Result<String, Error> {
        let rows: Vec<_> = self.rows.iter().filter(|row| !row.is_empty()).collect();
        let first = rows.first().and_then(|row| row.first());
        let first = first.ok_or(Error::Nothing { what: "pictures" })?;
        let columns = self.labels.len();
        let sprite = sprite(&rows, columns)?;
        let (width, height) = (first.width(), first.height());
        let name = escaped(self.name);
        let stages = (0..rows.len().min(self.stages)).map(|_| {
            format!("<canvas class=\"stage\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{name}\"></canvas>")
        });
        let labels: Vec<_> = self.labels.iter().map(|label| escaped(label)).collect();
        Ok(format!(
            "<div class=\"walk\" data-labels=\"{}\" data-rows=\"{}\"{}><div class=\"top\"><h3>{}</h3><output>{}</output></div>\
             <div class=\"stages\">{}</div>\
             <img class=\"sprite\" src=\"{}\" alt=\"{name}, all values\">\
             <div class=\"slide\"><input type=\"range\" min=\"0\" max=\"{}\" value=\"{}\" aria-label=\"{name}\">\
             </div>{}</div>",
            labels.join("|"),
            rows.len(),
            self.code_data(),
            self.heading,
            labels.get(self.start).map_or("", String::as_str),
            stages.collect::<String>(),
            address(&sprite)?,
            columns.saturating_sub(1),
            self.start,
            self.bars(),
        ))
    }

    fn code_data(&self) -> String {
        let Some((codes, shown)) = self.codes.filter(|(_, shown)| !shown.is_empty()) else {
            return String::new();
        };
        let row = |code: &Vec<f32>| {
            let values = shown.iter().map(|&latent| code.get(latent).copied());
            let values = values.map(|value| decimals(value.unwrap_or(0.0), 3));
            values.collect::<Vec<_>>().join(",")
        };
        let rows: Vec<_> = codes.iter().map(row).collect();
        format!(" data-codes=\"{}\"", rows.join("|"))
    }

    fn bars(&self) -> String {
        let shown = self.codes.map_or(&[][..], |(_, shown)| shown);
        if shown.is_empty() {
            return String::new();
        }
        let bars = shown.iter().map(|latent| {
            format!("<li><span>z{latent}</span><span class=\"code\"><b></b></span></li>")
        });
        format!("<ul class=\"codes\">{}</ul>", bars.collect::<String>())
    }
}

/// Puts pictures of one size together without gaps.
fn sprite(rows: &[&&[Picture]], columns: usize) -> Result<Picture, Error> {
    let first = &rows[0][0];
    let (height, width) = (first.height(), first.width());
    let mut sprite = Picture::filled(
        height.saturating_mul(rows.len()),
        width.saturating_mul(columns),
        [0; 3],
    )?;
    for (row, pictures) in rows.iter().enumerate() {
        if pictures.len() != columns {
            return Err(Error::Ragged {
                row,
                expected: columns,
                found: pictures.len(),
            });
        }
        for (column, picture) in pictures.iter().enumerate() {
            let found = (picture.height(), picture.width());
            if found != (height, width) {
                return Err(Error::Size {
                    row,
                    column,
                    expected: (height, width),
                    found,
                });
            }
            sprite.paste(picture, 1, row * height, column * width);
        }
    }
    Ok(sprite)
}
