//! The array files of the command line, as one table.

use disentangle_arrays::{Array, Column, Locator};
use ndarray::ArrayD;

use super::Error;
use crate::table::Table;

/// Where codes and factors are.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Inputs {
    /// Codes, one row a sample. Of a table of text with columns z_0, z_1, … and others, the first are the codes and
    /// the others the factors.
    #[arg(long, value_name = "FILE")]
    codes: Locator,
    /// Factors of the same samples; by default the array `factors` of the file of codes, if it has one.
    #[arg(long, value_name = "FILE")]
    factors: Option<Locator>,
    /// Codes of held-out samples; without them the first nine tenths of the rows train and the rest test, or a random
    /// tenth by `--set split=shuffle`.
    #[arg(long, value_name = "FILE", requires = "factors_test")]
    codes_test: Option<Locator>,
    /// Factors of held-out samples.
    #[arg(long, value_name = "FILE", requires = "codes_test")]
    factors_test: Option<Locator>,
    /// Codes that another model gives to the same samples; once for each model (for the metric udr).
    #[arg(long, value_name = "FILE")]
    encodings: Vec<Locator>,
    /// Cut continuous factors into classes of equal width.
    #[arg(long, value_name = "BINS", value_parser = clap::value_parser!(u16).range(1..))]
    discretize_factors: Option<u16>,
}

/// An array with the names and words of its columns.
struct Columns {
    file: String,
    array: Array,
    columns: Vec<Column>,
}

impl Inputs {
    pub(super) fn has_encodings(&self) -> bool {
        !self.encodings.is_empty()
    }

    /// Reads the table.
    pub(super) fn read(&self) -> Result<Table, Error> {
        let (codes, others) = codes_in("codes", &self.codes)?;
        let table = match self.factors(others)? {
            None => Table::unlabeled(narrow(&codes)?).map_err(|source| codes.at(source))?,
            Some(factors) => self.labeled(&codes, factors)?,
        };
        let others = self
            .encodings
            .iter()
            .map(|locator| narrow(&codes_in("encodings", locator)?.0));
        let table = table
            .with_encodings(others.collect::<Result<_, _>>()?)
            .map_err(|source| codes.at(source))?;
        match self.discretize_factors {
            Some(bins) => table
                .discretized(bins.into())
                .map_err(|source| codes.at(source)),
            None => Ok(table),
        }
    }

    /// Reads the factors that were named, or else those beside the codes, in columns or an array of the same file.
    fn factors(&self, beside: Option<Locator>) -> Result<Option<Columns>, Error> {
        if let Some(locator) = &self.factors {
            return Columns::read("factors", locator, &["factors"]).map(Some);
        }
        if let Some(factors) = beside {
            return Columns::read("factors", &factors, &[]).map(Some);
        }
        // A file with both is the usual case; a file without factors is for metrics that need none.
        let file = disentangle_arrays::open(&self.codes.path).map_err(|source| Error::Read {
            what: "factors",
            source,
        })?;
        if !file.names().iter().any(|name| name == "factors") {
            return Ok(None);
        }
        let locator = Locator {
            path: self.codes.path.clone(),
            name: Some("factors".to_owned()),
        };
        Columns::read("factors", &locator, &[]).map(Some)
    }

    fn labeled(&self, codes: &Columns, mut factors: Columns) -> Result<Table, Error> {
        let names: Vec<_> = factors.names();
        let table = match (&self.codes_test, &self.factors_test) {
            (Some(test_codes), Some(test_factors)) => {
                let (test_codes, _) = codes_in("codes", test_codes)?;
                let mut test = Columns::read("factors", test_factors, &["factors"])?;
                share_words(&mut factors, &mut test)?;
                Table::from_split(
                    (&codes.array, &factors.array),
                    (&test_codes.array, &test.array),
                )
            }
            _ => Table::from_arrays(&codes.array, &factors.array),
        };
        let table = table.map_err(|source| codes.at(source))?;
        if names.is_empty() {
            return Ok(table);
        }
        table
            .with_factor_names(names)
            .map_err(|source| factors.at(source))
    }
}

impl Columns {
    fn read(what: &'static str, locator: &Locator, defaults: &[&str]) -> Result<Self, Error> {
        let (array, columns) = locator
            .read_table(defaults)
            .map_err(|source| Error::Read { what, source })?;
        Ok(Self {
            file: locator.to_string(),
            array,
            columns,
        })
    }

    fn at(&self, source: crate::Error) -> Error {
        Error::Table {
            what: format!("`{}`", self.file),
            source,
        }
    }

    /// The names of the columns, if all have one.
    fn names(&self) -> Vec<String> {
        let names = self.columns.iter().map(|column| column.name.clone());
        names.collect::<Option<_>>().unwrap_or_default()
    }

    fn words(&self, column: usize) -> &[String] {
        self.columns
            .get(column)
            .map_or(&[], |column| &column.classes)
    }
}

/// Reads codes, and says which columns beside them are factors.
fn codes_in(what: &'static str, locator: &Locator) -> Result<(Columns, Option<Locator>), Error> {
    Ok(match parts_of(what, locator)? {
        Some([at, factors]) => (codes(what, &at)?, Some(factors)),
        None => (codes(what, locator)?, None),
    })
}

/// Finds the codes and the factors in a table of text, as `disentangle encode` writes it, if no columns are named.
fn parts_of(what: &'static str, codes: &Locator) -> Result<Option<[Locator; 2]>, Error> {
    let read = |source| Error::Read { what, source };
    let file = disentangle_arrays::open(&codes.path).map_err(read)?;
    if codes.name.is_some() || file.names() != [""] {
        return Ok(None);
    }
    let is_code = |name: &String| {
        let number = name.strip_prefix("z_");
        number.is_some_and(|number| number.parse::<usize>().is_ok())
    };
    let columns = file.columns("").map_err(read)?;
    let names: Option<Vec<String>> = columns.into_iter().map(|column| column.name).collect();
    let (codes_of, factors): (Vec<_>, Vec<_>) =
        names.unwrap_or_default().into_iter().partition(is_code);
    if codes_of.is_empty() || factors.is_empty() {
        return Ok(None);
    }
    let pick = |names: Vec<String>| Locator {
        path: codes.path.clone(),
        name: Some(names.join(",")),
    };
    Ok(Some([pick(codes_of), pick(factors)]))
}

/// Reads codes, which are numbers.
fn codes(what: &'static str, locator: &Locator) -> Result<Columns, Error> {
    let codes = Columns::read(what, locator, &["codes", "z"])?;
    match codes.columns.iter().position(Column::is_text) {
        None => Ok(codes),
        Some(position) => {
            let name = codes.columns[position].name.clone();
            let name = name.unwrap_or_else(|| (position + 1).to_string());
            Err(Error::Usage(format!(
                "{what} `{locator}`: column `{name}` holds words, such as `{}`; pick the columns of numbers with FILE:A,B",
                codes.columns[position].classes[0]
            )))
        }
    }
}

fn narrow(codes: &Columns) -> Result<ndarray::Array2<f32>, Error> {
    crate::from_arrays::codes_of(&codes.array).map_err(|source| codes.at(source))
}

/// Gives words the same numbers in training and test rows.
fn share_words(train: &mut Columns, test: &mut Columns) -> Result<(), Error> {
    for column in 0..train.columns.len().max(test.columns.len()) {
        let is_text = |part: &Columns| part.columns.get(column).is_some_and(Column::is_text);
        match (is_text(train), is_text(test)) {
            (false, false) => continue,
            (true, true) => {}
            _ => {
                return Err(Error::Usage(format!(
                    "column {} holds words in one of `{}` and `{}`, and numbers in the other",
                    column + 1,
                    train.file,
                    test.file
                )));
            }
        }
        let mut words = [train.words(column), test.words(column)].concat();
        words.sort_unstable();
        words.dedup();
        for part in [&mut *train, &mut *test] {
            renumber(part, column, &words);
        }
    }
    Ok(())
}

fn renumber(part: &mut Columns, column: usize, words: &[String]) {
    let number = |word: &String| words.partition_point(|other| other < word) as f64;
    let numbers: Vec<_> = part.words(column).iter().map(number).collect();
    let mut array: ArrayD<f64> = part.array.to_f64();
    for class in array.index_axis_mut(ndarray::Axis(1), column) {
        *class = numbers[*class as usize];
    }
    part.array = array.into();
    part.columns[column].classes = words.to_vec();
}
