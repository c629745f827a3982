//! A list of what is wrong with a configuration, each entry with its path.

use std::fmt;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the value, such as `objective.terms.tc.weight`.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.message)
    }
}

/// Collects problems, so that all of them are reported at once.
#[derive(Debug, Default)]
pub struct Problems {
    prefix: String,
    found: Vec<Problem>,
}

impl Problems {
    /// Reports a problem with a field of what is being checked; an empty name is the whole of it.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.found.push(Problem {
            path: self.path_of(field),
            message: message.into(),
        });
    }

    /// Reports a problem unless the condition holds.
    pub fn require(&mut self, condition: bool, field: &str, message: &str) {
        if !condition {
            self.add(field, message);
        }
    }

    /// Checks a nested value: its problems come under the name of its field.
    pub fn within(&mut self, field: &str, check: impl FnOnce(&mut Self)) {
        let outer = self.prefix.clone();
        self.prefix = self.path_of(field);
        check(self);
        self.prefix = outer;
    }

    /// Tells whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns what was found, in the order it was found.
    pub fn into_vec(self) -> Vec<Problem> {
        self.found
    }

    fn path_of(&self, field: &str) -> String {
        match (self.prefix.as_str(), field) {
            ("", field) => field.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, field) => format!("{prefix}.{field}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_problems_carry_their_path() {
        let mut problems = Problems::default();
        problems.within("train", |p| {
            p.add("steps", "must be positive");
            p.within("optimizer", |p| p.require(false, "", "is missing"));
        });
        problems.add("seed", "is odd");
        let found: Vec<_> = problems
            .into_vec()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            found,
            [
                "`train.steps`: must be positive",
                "`train.optimizer`: is missing",
                "`seed`: is odd"
            ]
        );
    }
}
