//! Tables of text: values separated by commas (`csv`) or tabs (`tsv`), as RFC 4180 describes them.
//!
//! The first row is a header if none of its cells is a number; a leading `#`, as NumPy's `savetxt` writes
//! it, is dropped. A column is numeric if all its cells are numbers (`nan` and `inf` included); in any
//! other column each distinct word is a class, numbered in ascending order.
//! A table has no arrays of its own: its name is empty, `FILE:a,b` picks columns, and `FILE:z` picks
//! `z_0`, `z_1`, … where no column is called `z`. A table whose columns all are of that kind, with several
//! names, holds one array a name: so [`write`](crate::write) spells several arrays.

mod layout;
mod reader;
mod select;
mod writer;

use std::fs::File;
use std::path::Path;

use crate::array::Array;
use crate::column::Column;
use crate::error::{Error, place};
use crate::source::{ArraySource, Format};
use layout::Layout;

pub(crate) const CSV: Format = Format {
    extensions: &["csv"],
    open: |path| Ok(Box::new(TextTable::open(path, b',')?)),
    write: |file, arrays| writer::write(file, arrays, b','),
};

pub(crate) const TSV: Format = Format {
    extensions: &["tsv"],
    open: |path| Ok(Box::new(TextTable::open(path, b'\t')?)),
    write: |file, arrays| writer::write(file, arrays, b'\t'),
};

/// A table whose layout is known; its values are read when they are asked for.
struct TextTable {
    path: std::path::PathBuf,
    separator: u8,
    layout: Layout,
}

impl TextTable {
    fn open(path: &Path, separator: u8) -> Result<Self, Error> {
        let (file, _) = crate::source::open_file(path)?;
        let layout = Layout::scan(file, separator).map_err(|error| error.at(place(path, "")))?;
        Ok(Self {
            path: path.to_owned(),
            separator,
            layout,
        })
    }

    fn select(&self, name: &str) -> Result<Vec<usize>, Error> {
        select::columns(&self.layout, name).map_err(|error| error.at(place(&self.path, "")))
    }
}

impl ArraySource for TextTable {
    fn names(&self) -> Vec<String> {
        select::names(&self.layout)
    }

    fn read(&mut self, name: &str) -> Result<Array, Error> {
        let columns = self.select(name)?;
        let (file, _) = crate::source::open_file(&self.path)?;
        reader::read(file, self.separator, &self.layout, &columns)
            .map_err(|error| error.at(place(&self.path, name)))
    }

    fn columns(&self, name: &str) -> Result<Vec<Column>, Error> {
        let columns = self.select(name)?;
        let column = |column: usize| self.layout.columns[column].describe();
        Ok(columns.into_iter().map(column).collect())
    }
}

fn rows(file: File, separator: u8) -> ::csv::Reader<File> {
    ::csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .trim(::csv::Trim::All)
        .from_reader(file)
}
