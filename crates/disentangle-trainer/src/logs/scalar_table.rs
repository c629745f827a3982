//! `scalars.csv`: a row for each logged step, a column for each number.
//!
//! A number that comes up later gets a column at the end; rows before it stay empty there.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::run_folder::write_whole;
use crate::{Error, Event, Observer};

/// The columns that every row has.
const FIRST: [&str; 4] = ["step", "lr", "images_per_second", "wait_share"];

/// Writes logged numbers to a table.
pub(super) struct ScalarTable {
    path: PathBuf,
    columns: Vec<String>,
    file: BufWriter<File>,
}

impl ScalarTable {
    /// Opens the table of a run; rows beyond `step` are what a killed run did after its checkpoint, and
    /// go, since those steps are taken again.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub(super) fn open(path: &Path, step: u64) -> Result<Self, Error> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(Error::file("cannot read", path)(e)),
        };
        let header = text.lines().next().unwrap_or_default();
        let mut columns: Vec<String> = header.split(',').map(str::to_owned).collect();
        if !header.starts_with("step,") {
            columns = FIRST.map(str::to_owned).to_vec();
        }
        write_whole(path, kept(&text, &columns, step).as_bytes())?;
        Ok(Self {
            file: appended(path)?,
            path: path.to_owned(),
            columns,
        })
    }

    /// Adds columns, which changes all rows.
    fn widen(&mut self, new: Vec<String>) -> Result<(), Error> {
        let text =
            fs::read_to_string(&self.path).map_err(Error::file("cannot read", &self.path))?;
        let empty = ",".repeat(new.len());
        let rows = text.lines().skip(1).map(|row| format!("{row}{empty}\n"));
        let rows: String = rows.collect();
        self.columns.extend(new);
        let table = self.columns.join(",") + "\n" + &rows;
        write_whole(&self.path, table.as_bytes())?;
        self.file = appended(&self.path)?;
        Ok(())
    }
}

fn appended(path: &Path) -> Result<BufWriter<File>, Error> {
    let file = File::options().append(true).open(path);
    Ok(BufWriter::new(
        file.map_err(Error::file("cannot write", path))?,
    ))
}

/// The header and the whole rows up to a step.
fn kept(text: &str, columns: &[String], step: u64) -> String {
    let rows = text.split_inclusive('\n').skip(1).filter(|row| {
        let at = row.split(',').next().and_then(|at| at.parse::<u64>().ok());
        let whole = row.ends_with('\n') && row.matches(',').count() + 1 == columns.len();
        whole && at.is_some_and(|at| at <= step)
    });
    columns.join(",") + "\n" + &rows.collect::<String>()
}

impl Observer for ScalarTable {
    fn on(&mut self, event: &Event) -> Result<(), Error> {
        let Event::Scalars {
            step,
            lr,
            images_per_second,
            wait_share,
            values,
        } = event
        else {
            return Ok(());
        };
        let new = values.keys().filter(|name| !self.columns.contains(name));
        let new: Vec<_> = new.cloned().collect();
        if !new.is_empty() {
            self.widen(new)?;
        }
        let mut row = format!("{step},{lr},{images_per_second},{wait_share}");
        for column in &self.columns[FIRST.len()..] {
            row.push(',');
            if let Some(value) = values.get(column) {
                row += &value.to_string();
            }
        }
        writeln!(self.file, "{row}")
            .and_then(|()| self.file.flush())
            .map_err(Error::file("cannot write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalars(step: u64, values: &[(&str, f64)]) -> Event {
        Event::Scalars {
            step,
            lr: 0.5,
            images_per_second: 10.0,
            wait_share: 0.0,
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
        }
    }

    fn table(events: &[Event], resumed_at: u64, more: &[Event]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scalars.csv");
        let mut table = ScalarTable::open(&path, 0).unwrap();
        events.iter().for_each(|event| table.on(event).unwrap());
        let mut table = ScalarTable::open(&path, resumed_at).unwrap();
        more.iter().for_each(|event| table.on(event).unwrap());
        fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn a_resumed_run_takes_its_later_rows_again() {
        let events = [scalars(1, &[("a", 1.0)]), scalars(2, &[("a", 2.0)])];
        let text = table(&events, 1, &[scalars(2, &[("a", 3.0)])]);
        let expected = "step,lr,images_per_second,wait_share,a\n1,0.5,10,0,1\n2,0.5,10,0,3\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_number_that_comes_later_gets_a_column() {
        let events = [
            scalars(1, &[("b", 1.0)]),
            scalars(2, &[("a", 2.0), ("b", 3.0)]),
        ];
        let text = table(&events, 9, &[scalars(3, &[("b", 4.0)])]);
        let expected = "step,lr,images_per_second,wait_share,b,a\n\
                        1,0.5,10,0,1,\n2,0.5,10,0,3,2\n3,0.5,10,0,4,\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn torn_rows_go() {
        let columns = ["step", "lr"].map(str::to_owned);
        let text = "step,lr\n1,2\n2,3";
        assert_eq!(kept(text, &columns, 9), "step,lr\n1,2\n");
    }
}
