//! The pages: every crate has a README that is tested, the change log is open, presets are known.

use std::collections::BTreeSet;

use super::Files;

/// A README shorter than this says nothing that the manifest does not.
const SHORTEST: usize = 10;

/// Checks the pages as a whole.
pub(super) fn check(files: &Files) -> Vec<String> {
    let mut problems: Vec<String> = Vec::new();
    for name in crates(files) {
        problems.extend(readme(name, files));
    }
    let log = files.get("CHANGELOG.md").map_or("", String::as_str);
    if !log.lines().any(|line| line == "## [Unreleased]") {
        problems.push("CHANGELOG.md: there must be a section `## [Unreleased]`".into());
    }
    problems.extend(unknown_presets(files));
    problems
}

/// The folders under `crates`.
fn crates(files: &Files) -> BTreeSet<&str> {
    files
        .keys()
        .filter_map(|path| path.strip_prefix("crates/")?.split_once('/'))
        .map(|(name, _)| name)
        .collect()
}

fn readme(name: &str, files: &Files) -> Option<String> {
    let path = format!("crates/{name}/README.md");
    let Some(page) = files.get(&path) else {
        return Some(format!(
            "{path} is missing: what the crate is for, one running example, its neighbors"
        ));
    };
    let lines = page.lines().filter(|line| !line.trim().is_empty()).count();
    if lines < SHORTEST || !page.contains("```") {
        return Some(format!(
            "{path}: say what the crate is for, show one example, name its neighbors"
        ));
    }
    let library = files.get(&format!("crates/{name}/src/lib.rs"))?;
    let tested = library.contains(r#"include_str!("../README.md")"#);
    (!tested).then(|| {
        format!(
            "crates/{name}/src/lib.rs: begin with `#![doc = include_str!(\"../README.md\")]`, \
             so that the example is tested"
        )
    })
}

/// Presets that no page names, by file name or, between backticks, without `.yaml`.
fn unknown_presets(files: &Files) -> impl Iterator<Item = String> {
    let presets = files
        .keys()
        .filter_map(|path| path.strip_prefix("configs/presets/"));
    presets
        .filter(|preset| {
            let mut pages = files.iter().filter(|(path, _)| path.ends_with(".md"));
            let name = format!("`{}`", preset.trim_end_matches(".yaml"));
            !pages.any(|(_, page)| page.contains(*preset) || page.contains(&name))
        })
        .map(|preset| {
            format!("configs/presets/{preset}: no page names it: add it to the README or to docs/")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "# x\n1\n2\n3\n4\n5\n6\n```rust\n7\n```\n";
    const LIBRARY: &str = "#![doc = include_str!(\"../README.md\")]\n";

    fn problems(changes: &[(&str, &str)]) -> Vec<String> {
        let good = [
            ("CHANGELOG.md", "## [Unreleased]\n"),
            ("README.md", "`configs/presets/quickstart.yaml`\n"),
            ("configs/presets/quickstart.yaml", "seed: 0\n"),
            ("crates/disentangle-x/README.md", README),
            ("crates/disentangle-x/src/lib.rs", LIBRARY),
        ];
        let all = good.iter().chain(changes);
        check(
            &all.map(|&(path, text)| (path.into(), text.into()))
                .collect(),
        )
    }

    #[test]
    fn a_good_repository_passes() {
        assert_eq!(problems(&[]), [""; 0]);
        assert_eq!(
            problems(&[("crates/disentangle/README.md", README)]),
            [""; 0]
        );
    }

    #[test]
    fn a_crate_needs_a_readme_with_a_tested_example() {
        for (path, text) in [
            ("crates/disentangle-y/src/lib.rs", LIBRARY),
            ("crates/disentangle-x/README.md", "# x\n\nAn x.\n"),
            ("crates/disentangle-x/src/lib.rs", "//! An x.\n"),
        ] {
            assert_eq!(problems(&[(path, text)]).len(), 1, "{path}");
        }
    }

    #[test]
    fn the_change_log_must_be_open() {
        let found = problems(&[("CHANGELOG.md", "## [1.0.0]\n")]);
        assert!(found[0].contains("[Unreleased]"), "{found:?}");
    }

    #[test]
    fn a_preset_must_be_named_somewhere() {
        let found = problems(&[("configs/presets/lost.yaml", "seed: 0\n")]);
        assert!(found[0].contains("configs/presets/lost.yaml"), "{found:?}");
    }
}
