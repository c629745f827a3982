//! Pictures in reading order: samples of the prior, samples of a data set.

use crate::sheet::Sheet;
use crate::{Error, Picture, Style};

/// How pictures are arranged that have no rows or columns of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gallery {
    /// Pictures beside each other, at least 1.
    pub columns: usize,
    /// A line above everything.
    pub title: Option<String>,
    /// Enlargement, gaps and colors.
    pub style: Style,
}

impl Default for Gallery {
    fn default() -> Self {
        Self {
            columns: 8,
            title: None,
            style: Style::default(),
        }
    }
}

impl Gallery {
    /// Draws pictures of one size from left to right, in as many rows as are needed.
    ///
    /// # Errors
    /// If there are no pictures, if they differ in size, or if an option makes no sense.
    pub fn draw(&self, pictures: &[Picture]) -> Result<Picture, Error> {
        if self.columns == 0 {
            return Err(Error::Option {
                name: "columns",
                value: "0".into(),
                allowed: "at least 1",
            });
        }
        let columns = self.columns.min(pictures.len()).max(1);
        let padded = |row: &[_]| (0..columns).map(|i| row.get(i).copied()).collect();
        let all: Vec<_> = pictures.iter().collect();
        let sheet = Sheet {
            cells: all.chunks(columns).map(padded).collect(),
            title: self.title.as_deref(),
            row_labels: &[],
            column_labels: &[],
            breaks: &[],
            style: &self.style,
        };
        sheet.draw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(value: u8) -> Picture {
        Picture::filled(1, 1, [value; 3]).unwrap()
    }

    fn gallery(columns: usize) -> Gallery {
        let style = Style {
            scale: Some(1),
            gap: 0,
            ..Style::default()
        };
        Gallery {
            columns,
            style,
            ..Gallery::default()
        }
    }

    #[test]
    fn pictures_are_in_reading_order_and_the_end_is_empty() {
        let pictures: Vec<_> = (1..6).map(gray).collect();
        let sheet = gallery(3).draw(&pictures).unwrap();
        let at = |row: usize, column: usize| sheet.pixel(12 + row, 12 + column).unwrap()[0];
        assert_eq!([at(0, 0), at(0, 2), at(1, 0), at(1, 1)], [1, 3, 4, 5]);
        assert_eq!((at(1, 2), sheet.width()), (255, 12 + 3 + 12));
    }

    #[test]
    fn few_pictures_make_a_narrow_sheet() {
        assert_eq!(gallery(8).draw(&[gray(1)]).unwrap().width(), 25);
    }

    #[test]
    fn senseless_galleries_are_errors() {
        let message = |columns, pictures: &[Picture]| {
            let error = gallery(columns).draw(pictures).unwrap_err();
            error.to_string()
        };
        assert!(message(0, &[gray(1)]).contains("`columns` is 0"));
        assert!(message(2, &[]).contains("no pictures"));
        let large = Picture::filled(2, 1, [0; 3]).unwrap();
        assert!(message(2, &[gray(1), large]).contains("column 1"));
    }
}
