//! The edges between our crates: only those of the table, and tests look no higher than code.

use super::{BEHIND_A_FEATURE, HERE, Row, TABLE, row_of};
use crate::metadata::{Dependency, Workspace};

/// Compares the manifests' edges with the table.
pub(super) fn check(workspace: &Workspace) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, package) in &workspace.packages {
        let dependencies = package.dependencies.iter();
        match row_of(name) {
            _ if name == "xtask" => problems.extend(dependencies.filter_map(of_xtask)),
            Some(row) => problems.extend(dependencies.filter_map(|used| between(row, used))),
            None => problems.push(format!(
                "`{name}` has no level: add it to the table in {HERE} and to ARCHITECTURE.md"
            )),
        }
    }
    problems.extend(missing(workspace));
    problems
}

/// What is wrong with a dependency of xtask.
fn of_xtask(dependency: &Dependency) -> Option<String> {
    let name = &dependency.name;
    row_of(name).map(|_| {
        format!(
            "xtask/Cargo.toml: `xtask` must not use `{name}`: \
             it has to build while our crates do not; remove it"
        )
    })
}

/// What is wrong with an edge between two of our crates.
fn between(row: &Row, dependency: &Dependency) -> Option<String> {
    let used = row_of(&dependency.name)?;
    let behind_a_feature = BEHIND_A_FEATURE.contains(&(row.name, used.name));
    let allowed = if dependency.is_dev {
        used.level <= row.level
    } else {
        row.uses.contains(&used.name) || behind_a_feature && dependency.is_optional
    };
    if allowed {
        return None;
    }
    let (from, to) = (row.package(), used.package());
    let advice = if behind_a_feature {
        "it may do so behind a feature only: make the dependency `optional`".to_owned()
    } else if used.level < row.level {
        format!("remove it or, once the edge is agreed on, add it to {HERE} in the same commit")
    } else if dependency.is_dev {
        format!("move the test to `{to}`, or let a small stand-in take its place")
    } else {
        format!(
            "edges point downwards; move what is needed below level {}",
            row.level
        )
    };
    let what = if dependency.is_dev {
        "the tests of "
    } else {
        ""
    };
    Some(format!(
        "crates/{from}/Cargo.toml: {what}`{from}` (level {}) must not use `{to}` (level {}): {advice}",
        row.level, used.level
    ))
}

/// Crates of the table that the workspace lacks.
fn missing(workspace: &Workspace) -> impl Iterator<Item = String> {
    TABLE
        .iter()
        .map(Row::package)
        .filter(|name| !workspace.packages.contains_key(name))
        .map(|name| format!("`{name}` is in the table of {HERE} but not in the workspace"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace as the table has it, with one more line in one manifest.
    fn problems(from: &str, extra: &str) -> Vec<String> {
        let mut packages: Vec<String> = Vec::new();
        let mut members: Vec<String> = Vec::new();
        for name in TABLE.iter().map(Row::package).chain(["xtask".to_owned()]) {
            let own = row_of(&name).map_or(&[][..], |row| row.uses).iter();
            let mut lines: Vec<String> = own
                .map(|used| format!(r#"{{ "name": "disentangle-{used}", "kind": null }}"#))
                .collect();
            lines.extend((name == from).then(|| extra.to_owned()));
            let lines = lines.join(",");
            packages.push(format!(
                r#"{{ "name": "{name}", "id": "{name}", "dependencies": [{lines}] }}"#
            ));
            members.push(format!(r#""{name}""#));
        }
        let json = format!(
            r#"{{ "packages": [{}], "workspace_members": [{}] }}"#,
            packages.join(","),
            members.join(",")
        );
        check(&Workspace::parse(&json).unwrap())
    }

    fn problem(from: &str, extra: &str) -> String {
        let mut found = problems(from, extra);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn the_table_itself_and_foreign_crates_pass() {
        let serde = r#"{ "name": "serde", "kind": null }"#;
        assert_eq!(problems("disentangle-nn", serde), [""; 0]);
    }

    #[test]
    fn an_upward_edge_is_reported() {
        let upward = r#"{ "name": "disentangle-trainer", "kind": null }"#;
        let message = problem("disentangle-metrics", upward);
        assert!(
            message.contains("crates/disentangle-metrics/Cargo.toml"),
            "{message}"
        );
        assert!(
            message.contains("`disentangle-metrics` (level 1)"),
            "{message}"
        );
        assert!(
            message.contains("`disentangle-trainer` (level 4)"),
            "{message}"
        );
        assert!(
            message.contains("move what is needed below level 1"),
            "{message}"
        );
    }

    #[test]
    fn a_downward_edge_that_nobody_agreed_on_is_reported() {
        let new = r#"{ "name": "disentangle-seeds", "kind": "build" }"#;
        let message = problem("disentangle-optim", new);
        assert!(
            message.contains("add it to xtask/src/levels.rs"),
            "{message}"
        );
    }

    #[test]
    fn tests_may_use_what_is_not_above() {
        let below = r#"{ "name": "disentangle-seeds", "kind": "dev" }"#;
        assert_eq!(problems("disentangle-optim", below), [""; 0]);
        let above = r#"{ "name": "disentangle-trainer", "kind": "dev" }"#;
        let message = problem("disentangle-optim", above);
        assert!(
            message.contains("the tests of `disentangle-optim`"),
            "{message}"
        );
        assert!(
            message.contains("move the test to `disentangle-trainer`"),
            "{message}"
        );
    }

    #[test]
    fn some_edges_are_allowed_behind_a_feature_only() {
        let behind = r#"{ "name": "disentangle-visualization", "kind": null, "optional": true }"#;
        assert_eq!(problems("disentangle-metrics", behind), [""; 0]);
        let always = r#"{ "name": "disentangle-visualization", "kind": null, "optional": false }"#;
        assert!(problem("disentangle-metrics", always).contains("`optional`"));
    }

    #[test]
    fn xtask_uses_none_of_ours() {
        let ours = r#"{ "name": "disentangle-seeds", "kind": "dev" }"#;
        assert!(problem("xtask", ours).contains("`xtask` must not use `disentangle-seeds`"));
    }

    #[test]
    fn a_crate_without_a_level_and_one_without_a_folder_are_reported() {
        let lone = r#"{ "packages": [{ "name": "disentangle-new", "id": "n" }],
                        "workspace_members": ["n"] }"#;
        let found = check(&Workspace::parse(lone).unwrap());
        assert!(
            found[0].contains("`disentangle-new` has no level"),
            "{found:?}"
        );
        assert_eq!(found.len(), 1 + TABLE.len());
    }
}
