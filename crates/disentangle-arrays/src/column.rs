//! What a file says of the columns of a table, beside their numbers.

/// A column of a table: its name, and what its numbers stand for where the file holds words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// The name, where the file has one.
    pub name: Option<String>,
    /// The words of a column that is not numeric, in ascending order; a number of the array is the index
    /// of a word here. Empty for a column of numbers.
    pub classes: Vec<String>,
}

impl Column {
    /// Tells whether the file holds words in this column.
    pub fn is_text(&self) -> bool {
        !self.classes.is_empty()
    }
}
