//! The Python dictionary in an npy header: strings, booleans and tuples of integers, nothing else.

use crate::error::Error;

/// The dictionary's three values.
#[derive(Debug, PartialEq)]
pub(super) struct Fields {
    pub(super) descr: String,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<usize>,
}

/// More axes than NumPy's own limit of 64 are a broken file.
const MAX_AXES: usize = 64;

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
pub(super) fn parse(text: &str) -> Result<Fields, Error> {
    let mut cursor = Cursor { rest: text };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);
    cursor.expect('{')?;
    while !cursor.accept('}') {
        let key = cursor.string()?;
        cursor.expect(':')?;
        let repeated = match key {
            "descr" => descr.replace(cursor.descr()?).is_some(),
            "fortran_order" => fortran_order.replace(cursor.boolean()?).is_some(),
            "shape" => shape.replace(cursor.shape()?).is_some(),
            other => return Err(broken(format!("unknown key `{other}`"))),
        };
        if repeated {
            return Err(broken(format!("the key `{key}` stands twice")));
        }
        if !cursor.accept(',') {
            cursor.expect('}')?;
            break;
        }
    }
    if !cursor.rest.trim().is_empty() {
        return Err(broken("text follows the dictionary"));
    }
    let missing = |key: &str| broken(format!("the key `{key}` is missing"));
    Ok(Fields {
        descr: descr.ok_or_else(|| missing("descr"))?,
        fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

fn broken(what: impl Into<String>) -> Error {
    Error::Header(what.into())
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn accept(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, wanted: char) -> Result<(), Error> {
        if self.accept(wanted) {
            return Ok(());
        }
        Err(broken(match self.rest.chars().next() {
            Some(found) => format!("expected `{wanted}`, found {found:?}"),
            None => format!("expected `{wanted}`, found the end"),
        }))
    }

    fn string(&mut self) -> Result<&'a str, Error> {
        let quote = if self.accept('"') {
            '"'
        } else {
            self.expect('\'')?;
            '\''
        };
        let (text, rest) = self
            .rest
            .split_once(quote)
            .ok_or_else(|| broken("a string is not closed"))?;
        self.rest = rest;
        Ok(text)
    }

    fn descr(&mut self) -> Result<String, Error> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('[') {
            return Err(Error::UnsupportedType {
                descr: self.rest.chars().take(40).collect(),
                advice: "save each field of a structured array as an array of its own",
            });
        }
        Ok(self.string()?.to_owned())
    }

    fn boolean(&mut self) -> Result<bool, Error> {
        self.rest = self.rest.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err(broken("`fortran_order` is neither True nor False"))
    }

    fn shape(&mut self) -> Result<Vec<usize>, Error> {
        let mut shape = Vec::new();
        self.expect('(')?;
        while !self.accept(')') {
            shape.push(self.integer()?);
            if shape.len() > MAX_AXES {
                return Err(broken(format!("the shape has more than {MAX_AXES} axes")));
            }
            if !self.accept(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(shape)
    }

    fn integer(&mut self) -> Result<usize, Error> {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        // Python 2 wrote long integers as `64L`.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().map_err(|_| {
            let found: String = digits.chars().chain(rest.chars()).take(24).collect();
            broken(format!("{found:?} is no axis length"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_numpy_writes() {
        let fields =
            parse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  \n").unwrap();
        let expected = Fields {
            descr: "<f4".into(),
            fortran_order: false,
            shape: vec![3, 4],
        };
        assert_eq!(fields, expected);
    }

    #[test]
    fn reads_other_spellings() {
        let text = "{\"shape\":(737280L,64L),\"fortran_order\":True,'descr':'|u1'}";
        assert_eq!(parse(text).unwrap().shape, [737_280, 64]);
        let shape = |shape: &str| {
            parse(&format!(
                "{{'descr': '|u1', 'fortran_order': True, 'shape': {shape}}}"
            ))
            .map(|fields| fields.shape)
        };
        assert_eq!(shape("()").unwrap(), [0usize; 0]);
        assert_eq!(shape("(7,)").unwrap(), [7]);
    }

    #[test]
    fn says_what_is_wrong() {
        let head = "{'descr': '<f4', 'fortran_order': False";
        assert!(message("").contains("expected `{`"));
        assert!(message(&format!("{head}}}")).contains("`shape` is missing"));
        assert!(message(&format!("{head}, 'shape': (-3,)}}")).contains("no axis length"));
        assert!(
            message(&format!("{head}, 'shape': (99999999999999999999,)}}")).contains("no axis")
        );
        assert!(message(&format!("{head}, 'shape': (3,)}} x")).contains("follows"));
        assert!(message(&format!("{head}, 'descr': '<f4'}}")).contains("twice"));
        assert!(message("{'fortran_order': 0}").contains("neither"));
        assert!(message("{'x': 0}").contains("unknown key"));
        assert!(message("{'descr': [('a', '<f4')]}").contains("structured"));
        assert!(message("{'descr").contains("not closed"));
        let axes = "1,".repeat(65);
        assert!(message(&format!("{head}, 'shape': ({axes})}}")).contains("more than 64"));
    }
}
