//! Rust files: a module page, a good name, a bearable length, no forbidden habit.

/// Lines before the tests.
const LONGEST: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "common", "core", "helper", "helpers", "misc", "util", "utils",
];

/// Habits and what to do instead, in halves, so that this file passes its own check.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("db", "g!("), "use `tracing`"),
    (
        concat!("#[ign", "ore"),
        "make the test fast, or put it behind `SLOW_TESTS=1`",
    ),
    (
        concat!("#[should", "_panic"),
        "return an error and compare it",
    ),
];

/// Checks a Rust file.
pub(super) fn check(path: &str, content: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !has_page(content) {
        problems.push(format!(
            "{path}:1: a module begins with `//!`: say what it is for"
        ));
    }
    if let Some(name) = path.split('/').find_map(empty_name) {
        problems.push(format!(
            "{path}: `{name}` says nothing: name the file after the one idea in it"
        ));
    }
    let length = length(content);
    if length > LONGEST {
        problems.push(format!(
            "{path}: {length} lines before the tests, at most {LONGEST}: split it by idea"
        ));
    }
    for (i, line) in content.lines().enumerate() {
        let habits = FORBIDDEN.iter().filter(|(habit, _)| line.contains(habit));
        problems.extend(habits.map(|(habit, instead)| {
            format!("{path}:{}: `{habit}` is not used here: {instead}", i + 1)
        }));
    }
    problems
}

/// Tells whether the file begins with `//!`, or with the README as its page.
fn has_page(content: &str) -> bool {
    let first = content.lines().next().unwrap_or_default();
    first.starts_with("//! ") || first.starts_with("#![doc = include_str!(")
}

fn empty_name(part: &str) -> Option<&str> {
    let name = part.strip_suffix(".rs").unwrap_or(part);
    EMPTY_NAMES.contains(&name).then_some(name)
}

fn length(content: &str) -> usize {
    let code = content
        .lines()
        .take_while(|line| !line.starts_with("mod tests") && *line != "#[cfg(test)]");
    code.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_needs_a_page() {
        assert!(check("src/mig.rs", "//! MIG.\n").is_empty());
        let readme = "#![doc = include_str!(\"../README.md\")]\n";
        assert!(check("src/lib.rs", readme).is_empty());
        for bare in ["", "use std::fs;\n", "//!\n", "// MIG.\n"] {
            let found = check("src/mig.rs", bare);
            assert!(found[0].contains("begins with `//!`"), "{bare:?}");
        }
    }

    #[test]
    fn the_tests_do_not_count_as_length() {
        let code = |n| format!("//! Long.\n{}", "x();\n".repeat(n));
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "y();\n".repeat(900));
        assert!(check("a.rs", &(code(LONGEST - 1) + &tests)).is_empty());
        let found = check("a.rs", &(code(LONGEST) + &tests));
        assert!(found[0].contains("401 lines"), "{found:?}");
    }

    #[test]
    fn names_that_say_nothing_are_reported() {
        for path in ["src/utils.rs", "src/core/mod.rs", "tests/helpers/data.rs"] {
            assert_eq!(check(path, "//! A.\n").len(), 1, "{path}");
        }
        assert!(check("src/score.rs", "//! A.\n").is_empty());
    }

    #[test]
    fn forbidden_habits_are_reported_with_their_line() {
        for (habit, instead) in FORBIDDEN {
            let found = check("a.rs", &format!("//! A.\n    {habit}\n"));
            assert_eq!(found.len(), 1);
            assert!(found[0].starts_with("a.rs:2:") && found[0].contains(instead));
        }
    }
}
