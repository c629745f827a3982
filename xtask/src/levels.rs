//! Which crate of ours may use which, and which may touch candle.
//!
//! The one table of the allowed edges is here. `cargo xtask lint` compares it with the manifests, so
//! that no edge appears unseen, and with the copy in ARCHITECTURE.md.

mod candle;
mod edges;

use crate::metadata::Workspace;

/// How a crate may relate to candle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Candle {
    /// Builds without it.
    Free,
    /// Has it in its build, through another crate, and does not name it.
    Through,
    /// Names it.
    Names,
}

/// A crate and what it may use.
struct Row {
    level: u8,
    /// Its name, without the prefix.
    name: &'static str,
    candle: Candle,
    /// The crates of ours that it may use, without their prefix.
    uses: &'static [&'static str],
}

const fn row(level: u8, name: &'static str, candle: Candle, uses: &'static [&'static str]) -> Row {
    Row {
        level,
        name,
        candle,
        uses,
    }
}

use Candle::{Free, Names, Through};

/// The crates; an edge points only to a lower level.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    row(0, "seeds",         Free,  &[]),
    row(0, "registry",      Free,  &[]),
    row(0, "arrays",        Free,  &[]),
    row(0, "kernels",       Names, &[]),
    row(0, "visualization", Free,  &[]),
    row(1, "schedulers",    Free,  &["registry"]),
    row(1, "metrics",       Free,  &["arrays", "registry", "seeds"]),
    row(1, "data",          Free,  &["arrays", "registry", "seeds"]),
    row(1, "nn",            Names, &["kernels", "seeds"]),
    row(2, "optim",         Names, &["kernels", "nn", "registry"]),
    row(2, "architectures", Names, &["nn", "registry", "seeds"]),
    row(3, "objectives",    Names, &["architectures", "nn", "optim", "registry", "schedulers", "seeds"]),
    row(4, "trainer",       Names, &["architectures", "arrays", "data", "kernels", "metrics", "nn", "objectives",
                                     "optim", "registry", "schedulers", "seeds", "visualization"]),
    row(5, "study",       Through, &["registry", "trainer", "visualization"]),
    row(6, "disentangle", Through, &["data", "metrics", "study", "trainer", "visualization"]),
];

/// Edges that are allowed behind a feature only.
const BEHIND_A_FEATURE: &[(&str, &str)] = &[("metrics", "visualization")];

/// Where the table is, for the messages.
const HERE: &str = "xtask/src/levels.rs";

/// Compares the workspace with the table; returns what is wrong.
pub(crate) fn check(workspace: &Workspace) -> Vec<String> {
    let mut problems = edges::check(workspace);
    problems.extend(candle::check(workspace));
    problems
}

/// Compares the architecture page's copy with the table; returns the lines it lacks.
pub(crate) fn check_page(page: &str) -> Vec<String> {
    TABLE
        .iter()
        .map(Row::line)
        .filter(|line| !page.lines().any(|found| found == line))
        .map(|line| format!("ARCHITECTURE.md: the levels lack the line `{line}`"))
        .collect()
}

/// The row of a package, by its full name.
fn row_of(package: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.package() == package)
}

impl Row {
    /// The package's full name.
    fn package(&self) -> String {
        match self.name {
            binary @ "disentangle" => binary.to_owned(),
            short => format!("disentangle-{short}"),
        }
    }

    /// The row as ARCHITECTURE.md shows it.
    fn line(&self) -> String {
        let &Self {
            level, name, uses, ..
        } = self;
        let optional = BEHIND_A_FEATURE
            .iter()
            .filter(|(from, _)| *from == name)
            .map(|(_, to)| format!("({to})"));
        let uses: Vec<String> = uses
            .iter()
            .map(ToString::to_string)
            .chain(optional)
            .collect();
        match uses.join(", ").as_str() {
            "" => format!("{level}  {name}"),
            uses => format!("{level}  {name:<14} → {uses}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(name: &str) -> u8 {
        TABLE.iter().find(|row| row.name == name).unwrap().level
    }

    #[test]
    fn every_edge_of_the_table_points_to_a_lower_level() {
        for row in TABLE {
            for used in row.uses {
                assert!(level(used) < row.level, "{} → {used}", row.name);
            }
        }
        for (from, to) in BEHIND_A_FEATURE {
            assert!(level(to) < level(from), "{from} → {to}");
        }
    }

    #[test]
    fn a_crate_free_of_candle_uses_only_such_crates() {
        for row in TABLE.iter().filter(|row| row.candle == Free) {
            for used in row.uses {
                let used = row_of(&format!("disentangle-{used}")).unwrap();
                assert_eq!(used.candle, Free, "{} → {}", row.name, used.name);
            }
        }
    }

    #[test]
    fn the_page_must_hold_every_row() {
        let page: String = TABLE.iter().map(|row| row.line() + "\n").collect();
        assert!(check_page(&page).is_empty());
        let problems = check_page(&page.replace("arrays, registry, seeds, (visual", "(visual"));
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].contains("1  metrics        → arrays, registry, seeds, (visualization)")
        );
    }
}
