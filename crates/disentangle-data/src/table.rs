//! Small tables of text: a file's name and its values a row.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::labels::Labels;

/// The most bytes of a table; CelebA's has 27 million.
const MAX_BYTES: u64 = 1 << 30;

/// Rows of values under names, each for a file.
///
/// A value is kept once, however often it occurs: CelebA has eight million of two kinds.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    pub(crate) names: Vec<String>,
    /// The file of each row.
    pub(crate) files: Vec<String>,
    /// The distinct values.
    texts: Vec<String>,
    /// Positions in `texts` `[N, K]`.
    cells: Vec<u32>,
}

impl Table {
    /// Reads comma-separated values with a header; the first column names files.
    pub(crate) fn of_csv(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let problem = |problem: String| Error::content(path, "", problem);
        // Quotes come in pairs; a reader would take the rest of the file for one field.
        if !text.matches('"').count().is_multiple_of(2) {
            return Err(problem("has a quote that never closes".to_owned()));
        }
        let mut records = csv::ReaderBuilder::new();
        let records = records
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All);
        let mut reading = Reading::new(path);
        for record in records.from_reader(text.as_bytes()).into_records() {
            let record = record.map_err(|error| problem(error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let fields: Vec<_> = record.iter().map(str::to_owned).collect();
            let mut fields = fields.into_iter();
            if reading.table.names.is_empty() {
                reading.table.names = fields.skip(1).collect();
                if reading.table.names.is_empty() {
                    break;
                }
            } else {
                reading.add(line, &mut fields).map_err(problem)?;
            }
        }
        match reading.table.names.is_empty() {
            false => Ok(reading.table),
            true => Err(problem(
                "has no header with a file column and at least one factor".to_owned(),
            )),
        }
    }

    /// Reads CelebA's attributes: the number of rows, the names, and the rows, separated by spaces.
    pub(crate) fn of_celeba(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let mut lines = (1..).zip(text.lines());
        let count = lines
            .next()
            .and_then(|(_, line)| line.trim().parse::<usize>().ok());
        let mut reading = Reading::new(path);
        reading.table.names = lines
            .next()
            .map(|(_, line)| words(line))
            .unwrap_or_default();
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let added = reading.add(number, &mut words(line).into_iter());
            added.map_err(|problem| Error::content(path, "", problem))?;
        }
        let table = reading.table;
        match count == Some(table.files.len()) {
            true => Ok(table),
            false => {
                let n_rows = table.files.len();
                let problem = format!(
                    "has {n_rows} rows, but its first line is not that number: is it cut off?"
                );
                Err(Error::content(path, "", problem))
            }
        }
    }

    /// Returns the values of a row `[K]`.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = &str> {
        let n_factors = self.names.len();
        let cells = self.cells[row * n_factors..][..n_factors].iter();
        cells.map(|&cell| self.texts[cell as usize].as_str())
    }

    /// Makes classes of the values: the rank of each among those of its column.
    pub(crate) fn labels(&self) -> Result<Labels, Error> {
        let n_factors = self.names.len();
        let mut classes = vec![0; self.cells.len()];
        for column in 0..n_factors {
            let cells = || self.cells.iter().skip(column).step_by(n_factors);
            let distinct: BTreeSet<u32> = cells().copied().collect();
            let mut distinct: Vec<(&str, u32)> = distinct
                .into_iter()
                .map(|cell| (self.texts[cell as usize].as_str(), cell))
                .collect();
            let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
            if distinct.iter().all(|(text, _)| number(text).is_some()) {
                let key = |text: &str| number(text).unwrap_or_default();
                distinct.sort_by(|a, b| key(a.0).total_cmp(&key(b.0)));
            } else {
                distinct.sort_unstable();
            }
            let ranks: BTreeMap<u32, u32> = distinct
                .into_iter()
                .map(|(_, cell)| cell)
                .zip(0..)
                .collect();
            for (class, cell) in classes
                .iter_mut()
                .skip(column)
                .step_by(n_factors)
                .zip(cells())
            {
                *class = ranks[cell];
            }
        }
        Labels::from_rows(self.names.clone(), classes)
    }
}

/// A table that is being read.
struct Reading {
    table: Table,
    known: BTreeMap<String, u32>,
}

impl Reading {
    fn new(path: &Path) -> Self {
        Self {
            table: Table {
                path: path.to_owned(),
                names: Vec::new(),
                files: Vec::new(),
                texts: Vec::new(),
                cells: Vec::new(),
            },
            known: BTreeMap::new(),
        }
    }

    /// Adds a row, or says what is wrong with it.
    fn add(
        &mut self,
        line: u64,
        fields: &mut dyn ExactSizeIterator<Item = String>,
    ) -> Result<(), String> {
        let (found, expected) = (fields.len(), self.table.names.len() + 1);
        if found != expected {
            return Err(format!(
                "line {line} has {found} fields, expected {expected}"
            ));
        }
        self.table.files.extend(fields.next());
        for value in fields {
            let cell = match self.known.get(&value) {
                Some(&cell) => cell,
                None => {
                    let cell = self.table.texts.len() as u32;
                    self.table.texts.push(value.clone());
                    self.known.insert(value, cell);
                    cell
                }
            };
            self.table.cells.push(cell);
        }
        Ok(())
    }
}

/// Reads a file of text, UTF-8 with or without a byte order mark.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let problem = |text: String| Error::content(path, "", text);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| problem(error.to_string()))?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| problem(error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(problem(format!("has more than {MAX_BYTES} bytes")));
    }
    let text =
        String::from_utf8(bytes).map_err(|error| problem(format!("is no UTF-8 text: {error}")))?;
    Ok(text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text))
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        Table::of_csv(&path)
    }

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        let table =
            table("\u{feff}file,a\r\n\"x,1.png\",\"say \"\"hi\"\"\"\n\n\"two\nlines\",3").unwrap();
        assert_eq!(table.names, ["a"]);
        assert_eq!(table.files, ["x,1.png", "two\nlines"]);
        assert_eq!(table.row(0).collect::<Vec<_>>(), ["say \"hi\""]);
        assert_eq!(table.row(1).collect::<Vec<_>>(), ["3"]);
    }

    #[test]
    fn broken_tables_are_named_with_their_line() {
        let problem = |text: &str| table(text).unwrap_err().to_string();
        assert!(problem("file,a\nx,\"b").contains("never closes"));
        assert!(problem("file,a\n\"y\nz\",1\nx").contains("line 4 has 1 fields, expected 2"));
        for text in ["", "file", "\n\n"] {
            assert!(problem(text).contains("no header"), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_ordered_as_numbers_and_text_as_text() {
        let labels = table("file,n,t\n0,10,b\n1,9,a\n2,10,b\n")
            .unwrap()
            .labels()
            .unwrap();
        let mut factors = [7; 2];
        labels.factors(0, &mut factors).unwrap();
        assert_eq!(factors, [1, 1]);
        labels.factors(1, &mut factors).unwrap();
        assert_eq!(factors, [0, 0]);
    }
}
