//! Columns by name: one, several behind commas, or those numbered under one name.

use super::layout::Layout;
use crate::error::Error;

/// Returns the arrays that a table holds: one without a name, or one for each name that is numbered.
pub(super) fn names(layout: &Layout) -> Vec<String> {
    if layout.columns.is_empty() {
        return Vec::new();
    }
    let mut groups: Vec<&str> = Vec::new();
    for column in &layout.columns {
        match column.name.as_deref().and_then(numbered) {
            Some((group, _)) if groups.contains(&group) => {}
            Some((group, _)) => groups.push(group),
            None => return vec![String::new()],
        }
    }
    if groups.len() < 2 {
        return vec![String::new()];
    }
    groups.into_iter().map(str::to_owned).collect()
}

/// Returns the columns that a name picks; the empty name picks all.
pub(super) fn columns(layout: &Layout, name: &str) -> Result<Vec<usize>, Error> {
    if name.is_empty() {
        return Ok((0..layout.columns.len()).collect());
    }
    let mut columns = Vec::new();
    for part in name.split(',') {
        let found = by_name(layout, part.trim());
        if found.is_empty() {
            return Err(missing(layout, part));
        }
        columns.extend(found);
    }
    Ok(columns)
}

fn by_name(layout: &Layout, name: &str) -> Vec<usize> {
    let names = || {
        let name = |column: &super::layout::Cells| column.name.clone().unwrap_or_default();
        layout.columns.iter().map(name).enumerate()
    };
    if let Some((column, _)) = names().find(|(_, found)| found == name) {
        return vec![column];
    }
    let mut members: Vec<_> = names()
        .filter_map(|(column, found)| {
            let (group, number) = numbered(&found)?;
            (group == name).then_some((number, column))
        })
        .collect();
    members.sort_unstable();
    members.into_iter().map(|(_, column)| column).collect()
}

/// Splits `codes_12` into its name and its number.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let (group, number) = name.rsplit_once('_')?;
    Some((group, number.parse().ok()?))
}

fn missing(layout: &Layout, name: &str) -> Error {
    let names = layout
        .columns
        .iter()
        .filter_map(|column| column.name.clone());
    let names: Vec<_> = names.collect();
    Error::MissingArray {
        name: name.to_owned(),
        available: match names.as_slice() {
            [] => "columns without names".to_owned(),
            names => names.join(", "),
        },
    }
}
