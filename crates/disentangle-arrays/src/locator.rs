//! Where an array is: a path, and the array's name if the file holds several.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::array::Array;
use crate::column::Column;
use crate::error::Error;
use crate::names;
use crate::source::{self, ArraySource};

/// A path with an optional array name, written `file.npz:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locator {
    /// The file.
    pub path: PathBuf,
    /// The array's name in it.
    pub name: Option<String>,
}

impl Locator {
    /// Splits `text` at the first colon behind an extension that is known to hold arrays; without
    /// one the whole text is a path.
    pub fn parse(text: &str) -> Self {
        let split = text
            .match_indices(':')
            .find(|&(at, _)| text.len() > at + 1 && source::is_known(Path::new(&text[..at])));
        match split {
            Some((at, _)) => Self {
                path: text[..at].into(),
                name: Some(text[at + 1..].to_owned()),
            },
            None => Self {
                path: text.into(),
                name: None,
            },
        }
    }

    /// Reads the named array; without a name the first of `defaults` that is there, else the only array.
    ///
    /// # Errors
    /// If the file is not readable, holds no array of the name, or holds several and none is named.
    pub fn read(&self, defaults: &[&str]) -> Result<Array, Error> {
        Ok(self.read_table(defaults)?.0)
    }

    /// Reads as [`Locator::read`] does, and what the file, or one beside it, says of the columns of a matrix: see
    /// [`write_names`](crate::write_names).
    ///
    /// # Errors
    /// Those of [`Locator::read`].
    pub fn read_table(&self, defaults: &[&str]) -> Result<(Array, Vec<Column>), Error> {
        let mut file = source::open(&self.path)?;
        let name = choose(&*file, self.name.as_deref(), defaults)
            .map_err(|error| error.at(crate::error::place(&self.path, "")))?;
        let mut columns = file.columns(&name)?;
        let array = file.read(&name)?;
        if let (true, [_, wide]) = (columns.is_empty(), array.shape()) {
            columns = names::read(&self.path, &name, *wide)?;
        }
        Ok((array, columns))
    }
}

impl FromStr for Locator {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::parse(text))
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{}:{name}", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

fn choose(
    file: &dyn ArraySource,
    wanted: Option<&str>,
    defaults: &[&str],
) -> Result<String, Error> {
    let names = file.names();
    let has = |name: &str| names.iter().any(|there| there == name);
    if let Some(wanted) = wanted {
        return Ok(wanted.to_owned());
    }
    if let Some(default) = defaults.iter().find(|default| has(default)) {
        return Ok((*default).to_owned());
    }
    match names.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Error::Empty),
        _ => Err(Error::AmbiguousArray {
            available: names.join(", "),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<String>) {
        let locator = Locator::parse(text);
        assert_eq!(locator.to_string(), text);
        (locator.path.display().to_string(), locator.name)
    }

    #[test]
    fn splits_behind_a_known_extension() {
        assert_eq!(
            parts("a/b.npz:codes"),
            ("a/b.npz".into(), Some("codes".into()))
        );
        assert_eq!(
            parts("a.npz:group:codes"),
            ("a.npz".into(), Some("group:codes".into()))
        );
    }

    #[test]
    fn other_colons_belong_to_the_path() {
        for text in [
            "C:\\a.npy",
            "run:1/codes.npy",
            "codes.npy",
            "a.npz:",
            ":",
            "",
        ] {
            assert_eq!(parts(text), (text.into(), None));
        }
    }
}
