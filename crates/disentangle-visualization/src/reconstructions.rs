//! Originals above their reconstructions.

use crate::sheet::Sheet;
use crate::{Error, Label, Picture, Style};

/// How originals and reconstructions are arranged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconstructions {
    /// Pairs beside each other, at least 1.
    pub columns: usize,
    /// A line above everything.
    pub title: Option<String>,
    /// Enlargement, gaps and colors.
    pub style: Style,
}

impl Default for Reconstructions {
    fn default() -> Self {
        Self {
            columns: 8,
            title: None,
            style: Style::default(),
        }
    }
}

/// Draws each original above its reconstruction, eight pairs beside each other.
///
/// # Errors
/// If the two lists are empty or differ in length, or if the pictures differ in size.
pub fn reconstructions(
    originals: &[Picture],
    reconstructions: &[Picture],
) -> Result<Picture, Error> {
    Reconstructions::default().draw(originals, reconstructions)
}

impl Reconstructions {
    /// Draws each original above its reconstruction, in as many double rows as are needed.
    ///
    /// # Errors
    /// As [`reconstructions()`], and if an option makes no sense.
    pub fn draw(
        &self,
        originals: &[Picture],
        reconstructions: &[Picture],
    ) -> Result<Picture, Error> {
        if originals.len() != reconstructions.len() {
            return Err(Error::Mismatch {
                what: "reconstructions",
                found: reconstructions.len(),
                to: "originals",
                expected: originals.len(),
            });
        }
        if self.columns == 0 {
            return Err(Error::Option {
                name: "columns",
                value: "0".into(),
                allowed: "at least 1",
            });
        }
        let columns = self.columns.min(originals.len()).max(1);
        let blocks = originals
            .chunks(columns)
            .zip(reconstructions.chunks(columns));
        let cells: Vec<_> = blocks
            .flat_map(|(above, below)| [padded(above, columns), padded(below, columns)])
            .collect();
        let names = ["original", "reconstruction"].into_iter().cycle();
        let labels: Vec<_> = names.take(cells.len()).map(Label::from).collect();
        let breaks: Vec<usize> = (2..cells.len()).step_by(2).collect();
        let sheet = Sheet {
            row_labels: &labels,
            cells,
            title: self.title.as_deref(),
            column_labels: &[],
            breaks: &breaks,
            style: &self.style,
        };
        sheet.draw()
    }
}

/// The last row may be short: its end stays empty.
fn padded(row: &[Picture], columns: usize) -> Vec<Option<&Picture>> {
    let pictures = row.iter().map(Some);
    pictures
        .chain(std::iter::repeat(None))
        .take(columns)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Theme;

    /// Pictures of one pixel whose gray counts from `from`.
    fn grays(from: u8, count: u8) -> Vec<Picture> {
        let values = from..from + count;
        values
            .map(|value| Picture::filled(1, 1, [value; 3]).unwrap())
            .collect()
    }

    fn options(columns: usize) -> Reconstructions {
        let style = Style {
            scale: Some(15),
            gap: 0,
            theme: Theme::Light,
        };
        Reconstructions {
            columns,
            title: None,
            style,
        }
    }

    #[test]
    fn pairs_are_above_each_other_and_the_end_is_empty() {
        let sheet = options(2).draw(&grays(100, 3), &grays(200, 3)).unwrap();
        // 14 characters of label and 8 pixels of space; pictures of 15, groups 10 apart.
        let left = 12 + 14 * 9 + 8;
        let value = |row: usize, column: usize| {
            let top = 12 + 15 * row + 10 * (row / 2);
            sheet.pixel(top, left + 15 * column).unwrap()[0]
        };
        let row = |row| [value(row, 0), value(row, 1)];
        assert_eq!([row(0), row(1)], [[100, 101], [200, 201]]);
        assert_eq!([row(2), row(3)], [[102, 255], [202, 255]]);
        assert_eq!(sheet.height(), 12 + 4 * 15 + 10 + 12);
    }

    #[test]
    fn few_pictures_make_a_narrow_sheet() {
        let narrow = options(10).draw(&grays(0, 2), &grays(0, 2)).unwrap();
        assert_eq!(narrow.width(), 12 + 14 * 9 + 8 + 2 * 15 + 12);
    }

    #[test]
    fn wrong_lists_are_errors() {
        let message = |originals, decoded, columns| {
            let error = options(columns).draw(&grays(0, originals), &grays(0, decoded));
            error.unwrap_err().to_string()
        };
        assert_eq!(message(2, 3, 4), "3 reconstructions do not fit 2 originals");
        assert_eq!(message(0, 0, 4), "there are no pictures to draw");
        assert_eq!(message(2, 2, 0), "`columns` is 0, it must be at least 1");
    }
}
