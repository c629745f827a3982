//! Small tables of text: a file's name and its values a row.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::labels::Labels;

/// The most bytes of a table; CelebA's has 27 million.
const MAX_BYTES: u64 = 1 << 30;

/// Rows of values under names, each for a file.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    pub(crate) names: Vec<String>,
    /// The file's name, and a value for each name.
    pub(crate) rows: Vec<(String, Vec<String>)>,
}

impl Table {
    /// Reads comma-separated values with a header; the first column names files.
    pub(crate) fn of_csv(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let mut lines = records(&text)
            .map_err(|problem| Error::content(path, "", problem))?
            .into_iter();
        let Some((_, header)) = lines.next().filter(|(_, header)| header.len() > 1) else {
            let problem = "has no header with a file column and at least one factor";
            return Err(Error::content(path, "", problem));
        };
        Self::of(path, header[1..].to_vec(), lines)
    }

    /// Reads CelebA's attributes: the number of rows, the names, and the rows, separated by spaces.
    pub(crate) fn of_celeba(path: &Path) -> Result<Self, Error> {
        let text = read_text(path)?;
        let mut lines = (1..).zip(text.lines());
        let count = lines
            .next()
            .and_then(|(_, line)| line.trim().parse::<usize>().ok());
        let names = lines
            .next()
            .map(|(_, line)| words(line))
            .unwrap_or_default();
        let rows = lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| (number, words(line)));
        let table = Self::of(path, names, rows)?;
        match count == Some(table.rows.len()) {
            true => Ok(table),
            false => Err(Error::content(
                path,
                "",
                format!(
                    "has {} rows, but its first line is not that number: is it cut off?",
                    table.rows.len()
                ),
            )),
        }
    }

    fn of(
        path: &Path,
        names: Vec<String>,
        lines: impl Iterator<Item = (usize, Vec<String>)>,
    ) -> Result<Self, Error> {
        let mut rows = Vec::new();
        for (number, mut fields) in lines {
            if fields.len() != names.len() + 1 {
                let problem = format!(
                    "line {number} has {} fields, expected {}",
                    fields.len(),
                    names.len() + 1
                );
                return Err(Error::content(path, "", problem));
            }
            let values = fields.split_off(1);
            rows.push((fields.remove(0), values));
        }
        Ok(Self {
            path: path.to_owned(),
            names,
            rows,
        })
    }

    /// Makes classes of the values: the rank of each among those of its column.
    pub(crate) fn labels(&self) -> Result<Labels, Error> {
        let n_factors = self.names.len();
        let mut classes = vec![0; self.rows.len() * n_factors];
        for column in 0..n_factors {
            let values = self.rows.iter().map(|(_, values)| values[column].as_str());
            let mut distinct: Vec<&str> = values
                .clone()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            let numbers: Option<Vec<f64>> = distinct.iter().map(|text| text.parse().ok()).collect();
            if numbers.is_some_and(|numbers| numbers.iter().all(|number| number.is_finite())) {
                let number = |text: &&str| text.parse::<f64>().unwrap_or_default();
                distinct.sort_by(|a, b| number(a).total_cmp(&number(b)));
            }
            let ranks: std::collections::BTreeMap<_, _> =
                distinct.into_iter().zip(0_u32..).collect();
            for (row, value) in values.enumerate() {
                classes[row * n_factors + column] = ranks[value];
            }
        }
        Labels::from_rows(self.names.clone(), classes)
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

/// Splits comma-separated values (RFC 4180) into records with their line numbers; empty lines are left out.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let (mut records, mut fields, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut start, mut quoted) = (1, 1, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field).trim().to_owned()),
            '\n' if !quoted => {
                line += 1;
                fields.push(std::mem::take(&mut field).trim().to_owned());
                let record = std::mem::take(&mut fields);
                if record != [""] {
                    records.push((start, record));
                }
                start = line;
            }
            other => {
                line += usize::from(other == '\n');
                field.push(other);
            }
        }
    }
    if quoted {
        return Err(format!(
            "a quote that opens in the record of line {start} never closes"
        ));
    }
    fields.push(field.trim().to_owned());
    if fields != [""] {
        records.push((start, fields));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        let records =
            records("file,a\r\n\"x,1.png\",\"say \"\"hi\"\"\"\n\n\"two\nlines\",3").unwrap();
        assert_eq!(records[0], (1, vec!["file".to_owned(), "a".to_owned()]));
        assert_eq!(
            records[1],
            (2, vec!["x,1.png".to_owned(), "say \"hi\"".to_owned()])
        );
        assert_eq!(
            records[2],
            (4, vec!["two\nlines".to_owned(), "3".to_owned()])
        );
        assert!(super::records("a,\"b").is_err());
    }

    #[test]
    fn numbers_are_ordered_as_numbers_and_text_as_text() {
        let table = Table {
            path: PathBuf::new(),
            names: vec!["n".to_owned(), "t".to_owned()],
            rows: [("10", "b"), ("9", "a"), ("10", "b")]
                .map(|(n, t)| (String::new(), vec![n.to_owned(), t.to_owned()]))
                .to_vec(),
        };
        let labels = table.labels().unwrap();
        let mut factors = [7; 2];
        labels.factors(0, &mut factors).unwrap();
        assert_eq!(factors, [1, 1]);
        labels.factors(1, &mut factors).unwrap();
        assert_eq!(factors, [0, 0]);
    }
}
