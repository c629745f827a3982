//! The first pass over a table: is there a header, how many rows are there, which columns hold words.

use std::collections::BTreeSet;
use std::fs::File;

use csv::StringRecord;

use crate::column::Column;
use crate::error::Error;

/// What a table holds, without its values.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Whether the first row names the columns.
    pub(super) header: bool,
    /// Rows of values.
    pub(super) rows: usize,
    /// The columns.
    pub(super) columns: Vec<Cells>,
}

/// What the cells of a column are.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// The name in the header.
    pub(super) name: Option<String>,
    /// Whether some cell is no number.
    text: bool,
    /// The distinct words, if some cell is no number.
    words: BTreeSet<String>,
}

impl Layout {
    /// Reads a table to its end. A column's words are collected in a pass of their own: numbers need none.
    pub(super) fn scan(file: File, separator: u8) -> Result<Self, Error> {
        let again = file.try_clone()?;
        let mut layout = Self::default();
        let mut table = super::rows(file, separator);
        let mut record = StringRecord::new();
        while table.read_record(&mut record)? {
            if layout.columns.is_empty() {
                layout.begin(&record)?;
                if layout.header {
                    continue;
                }
            }
            layout.rows += 1;
            for (column, cell) in layout.columns.iter_mut().zip(&record) {
                if cell.is_empty() {
                    return Err(missing(&record, column));
                }
                column.text |= number(cell).is_none();
            }
        }
        if layout.columns.iter().any(|column| column.text) {
            layout.collect_words(again, separator)?;
        }
        Ok(layout)
    }

    /// Takes the first row as header or as values.
    fn begin(&mut self, first: &StringRecord) -> Result<(), Error> {
        self.header = first.iter().all(|cell| number(cell).is_none());
        for (position, cell) in first.iter().enumerate() {
            let mut column = Cells::default();
            if self.header {
                let name = match position {
                    0 => cell.trim_start_matches('#').trim_start(),
                    _ => cell,
                };
                if name.is_empty() {
                    return Err(Error::Text {
                        line: 1,
                        problem: format!(
                            "column {} has no name; name it, or write the table without its index",
                            position + 1
                        ),
                    });
                }
                if self
                    .columns
                    .iter()
                    .any(|other| other.name.as_deref() == Some(name))
                {
                    return Err(Error::Text {
                        line: 1,
                        problem: format!("two columns are called `{name}`"),
                    });
                }
                column.name = Some(name.to_owned());
            }
            self.columns.push(column);
        }
        Ok(())
    }

    fn collect_words(&mut self, mut file: File, separator: u8) -> Result<(), Error> {
        std::io::Seek::rewind(&mut file)?;
        let mut table = super::rows(file, separator);
        let mut record = StringRecord::new();
        let mut skip = self.header;
        while table.read_record(&mut record)? {
            if std::mem::take(&mut skip) {
                continue;
            }
            for (column, cell) in self.columns.iter_mut().zip(&record) {
                if column.text && !column.words.contains(cell) {
                    column.words.insert(cell.to_owned());
                }
            }
        }
        Ok(())
    }
}

impl Cells {
    /// Returns what a caller may know of the column.
    pub(super) fn describe(&self) -> Column {
        Column {
            name: self.name.clone(),
            classes: self.words.iter().cloned().collect(),
        }
    }

    /// The name, or the position counted from 1, for an error.
    pub(super) fn title(&self, position: usize) -> String {
        match &self.name {
            Some(name) => format!("column `{name}`"),
            None => format!("column {}", position + 1),
        }
    }
}

/// Returns the number that a cell spells.
pub(super) fn number(cell: &str) -> Option<f64> {
    cell.parse().ok()
}

fn missing(record: &StringRecord, column: &Cells) -> Error {
    let position = record.iter().position(str::is_empty).unwrap_or(0);
    Error::Text {
        line: record.position().map_or(0, csv::Position::line),
        problem: format!(
            "{} is empty: fill it in or remove the row",
            column.title(position)
        ),
    }
}
