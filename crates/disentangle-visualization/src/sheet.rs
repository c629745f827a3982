//! The layout that all sheets share: a title, labels, and pictures in rows and columns.
//!
//! From the top: margin, title, column labels, rows. From the left: margin, row labels, columns. A
//! row or column is as large as the larger of its picture and its label, so that no text can touch a
//! picture, and all rows and all columns are alike.

use crate::label::{LABEL, TITLE};
use crate::{Error, Label, Picture, Style};

/// Pixels around everything.
const MARGIN: usize = 12;
/// Pixels between a title and what is below it.
const BELOW_TITLE: usize = 10;
/// Pixels between labels and pictures.
const BESIDE_LABEL: usize = 8;
/// Further pixels between two groups of rows.
const GROUP: usize = 10;

/// What is on a sheet; a cell may be empty.
pub(crate) struct Sheet<'a> {
    /// Rows from the top, columns from the left.
    pub(crate) cells: Vec<Vec<Option<&'a Picture>>>,
    pub(crate) title: Option<&'a str>,
    /// One a row, or none.
    pub(crate) row_labels: &'a [Label],
    /// One a column, or none.
    pub(crate) column_labels: &'a [Label],
    /// The rows that begin a group.
    pub(crate) breaks: &'a [usize],
    pub(crate) style: &'a Style,
}

impl Sheet<'_> {
    /// Checks the sheet and draws it.
    pub(crate) fn draw(&self) -> Result<Picture, Error> {
        let layout = self.layout()?;
        let theme = self.style.theme;
        let mut sheet = Picture::filled(layout.height, layout.width, theme.background())?;
        if let Some(title) = self.title {
            TITLE.draw(title, theme.text(), (MARGIN, MARGIN), &mut sheet);
        }
        self.draw_labels(&layout, &mut sheet);
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                if let Some(picture) = cell {
                    let corner = layout.corner(row, column);
                    if self.style.gap > 0 {
                        frame(theme.frame(), corner, layout.cell, &mut sheet);
                    }
                    sheet.paste(picture, layout.scale, corner.0, corner.1);
                }
            }
        }
        Ok(sheet)
    }

    fn draw_labels(&self, layout: &Layout, sheet: &mut Picture) {
        let theme = self.style.theme;
        let color = |label: &Label| match label.dimmed {
            true => theme.dimmed(),
            false => theme.text(),
        };
        for (row, label) in self.row_labels.iter().enumerate() {
            let (top, left) = layout.corner(row, 0);
            let top = (top + layout.cell.0 / 2).saturating_sub(LABEL.height() / 2);
            let left = layout.labels_end.min(left) - LABEL.width(&label.text);
            LABEL.draw(&label.text, color(label), (top, left), sheet);
        }
        for (column, label) in self.column_labels.iter().enumerate() {
            let (_, left) = layout.corner(0, column);
            // Twice the middle, since the label may be wider than the picture.
            let left = (2 * left + layout.cell.1 - LABEL.width(&label.text)) / 2;
            let top = layout.rows_start - BESIDE_LABEL - LABEL.height();
            LABEL.draw(&label.text, color(label), (top, left), sheet);
        }
    }
}

/// Where things are, in pixels of the sheet.
struct Layout {
    scale: usize,
    /// Height and width of an enlarged picture.
    cell: (usize, usize),
    /// Right end of the row labels.
    labels_end: usize,
    /// Top of the first row.
    rows_start: usize,
    /// Top of the picture, for each row.
    tops: Vec<usize>,
    /// Left of the picture, for each column.
    lefts: Vec<usize>,
    height: usize,
    width: usize,
}

impl Layout {
    /// Returns top and left of a picture.
    fn corner(&self, row: usize, column: usize) -> (usize, usize) {
        (self.tops[row], self.lefts[column])
    }
}

impl Sheet<'_> {
    fn layout(&self) -> Result<Layout, Error> {
        self.style.check()?;
        let (height, width) = self.picture_size()?;
        let (rows, columns) = (self.cells.len(), self.cells[0].len());
        check_labels("row labels", self.row_labels, "rows", rows)?;
        check_labels("column labels", self.column_labels, "columns", columns)?;
        self.check_breaks(rows)?;

        let (gap, scale) = (self.style.gap, self.style.scale_of(height, width));
        let cell = (height * scale, width * scale);
        let labels_end = MARGIN + widest(self.row_labels);
        let columns_start = labels_end + beside(self.row_labels);
        // A character of space keeps neighboring labels apart.
        let column_width = match widest(self.column_labels) {
            0 => cell.1,
            label => cell.1.max((label + LABEL.advance()).saturating_sub(gap)),
        };
        let title = self.title.map_or(0, |title| TITLE.width(title));
        let below_title = MARGIN + self.title.map_or(0, |_| TITLE.height() + BELOW_TITLE);
        let rows_start = below_title
            + beside(self.column_labels)
            + self.column_labels.first().map_or(0, |_| LABEL.height());
        let row_height = match self.row_labels {
            [] => cell.0,
            _ => cell.0.max(LABEL.height()),
        };
        let breaks_until = |row| self.breaks.iter().filter(|&&start| start <= row).count();
        let row_start = |row| rows_start + row * (row_height + gap) + GROUP * breaks_until(row);
        let column_start = |column| columns_start + column * (column_width + gap);
        Ok(Layout {
            scale,
            cell,
            labels_end,
            rows_start,
            tops: (0..rows)
                .map(|row| row_start(row) + (row_height - cell.0) / 2)
                .collect(),
            lefts: (0..columns)
                .map(|column| column_start(column) + (column_width - cell.1) / 2)
                .collect(),
            height: row_start(rows - 1) + row_height + MARGIN,
            width: MARGIN + (column_start(columns - 1) + column_width).max(MARGIN + title),
        })
    }

    /// Returns height and width of the pictures, which must be the same everywhere.
    fn picture_size(&self) -> Result<(usize, usize), Error> {
        let expected = self.cells.first().map_or(0, Vec::len);
        let ragged = self.cells.iter().position(|row| row.len() != expected);
        if let Some(row) = ragged {
            let found = self.cells[row].len();
            return Err(Error::Ragged {
                row,
                expected,
                found,
            });
        }
        let nothing = Error::Nothing { what: "pictures" };
        let mut pictures = self.cells.iter().flatten().flatten();
        let first = pictures
            .next()
            .map(|picture| size(picture))
            .ok_or(nothing)?;
        for (row, cells) in self.cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let found = cell.map_or(first, size);
                if found != first {
                    return Err(Error::Size {
                        row,
                        column,
                        expected: first,
                        found,
                    });
                }
            }
        }
        Ok(first)
    }

    fn check_breaks(&self, rows: usize) -> Result<(), Error> {
        match self.breaks.iter().find(|start| !(1..rows).contains(*start)) {
            Some(start) => Err(Error::Option {
                name: "row_breaks",
                value: start.to_string(),
                allowed: "a row after the first",
            }),
            None => Ok(()),
        }
    }
}

fn size(picture: &Picture) -> (usize, usize) {
    (picture.height(), picture.width())
}

fn check_labels(
    what: &'static str,
    labels: &[Label],
    to: &'static str,
    expected: usize,
) -> Result<(), Error> {
    match labels.len() {
        0 => Ok(()),
        found if found == expected => Ok(()),
        found => Err(Error::Mismatch {
            what,
            found,
            to,
            expected,
        }),
    }
}

fn widest(labels: &[Label]) -> usize {
    let widths = labels.iter().map(|label| LABEL.width(&label.text));
    widths.max().unwrap_or(0)
}

fn beside(labels: &[Label]) -> usize {
    labels.first().map_or(0, |_| BESIDE_LABEL)
}

/// Draws a line of one pixel around a picture, outside of it.
fn frame(color: [u8; 3], corner: (usize, usize), cell: (usize, usize), sheet: &mut Picture) {
    let (top, left) = (corner.0 - 1, corner.1 - 1);
    let (bottom, right) = (corner.0 + cell.0, corner.1 + cell.1);
    for column in left..=right {
        sheet.set(top, column, color);
        sheet.set(bottom, column, color);
    }
    for row in top..=bottom {
        sheet.set(row, left, color);
        sheet.set(row, right, color);
    }
}
