//! Any text file: no tabs, no path of somebody's machine, no unfinished work.

/// Tells whether a file is one of the kinds of text that we write.
pub(super) fn is_text(path: &str) -> bool {
    let extensions = ["rs", "md", "toml", "yaml", "yml", "sh", "py"];
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| extensions.contains(&extension)) || path.starts_with(".ci/")
}

/// Folders at the root of a file system where a machine keeps its owner's files.
const OWNED: &[&str] = &[
    "home",
    "mnt",
    "private",
    "root",
    "tmp",
    "Users",
    "work",
    "workspace",
];

/// Words of unfinished work, in halves, so that this file passes its own check.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Checks a file line by line.
pub(super) fn check(path: &str, content: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (i, line) in content.lines().enumerate() {
        let mut report = |what: String| problems.push(format!("{path}:{}: {what}", i + 1));
        if line.contains('\t') {
            report("a tab: indent with spaces, write `\\t` in strings".into());
        }
        if let Some(folder) = OWNED.iter().find(|folder| names_folder(line, folder)) {
            report(format!(
                "a path under `/{folder}` exists on one machine only: use a relative one"
            ));
        }
        // Pages may speak of the rule; code and configs must not break it.
        let word = UNFINISHED.iter().find(|word| has_word(line, word));
        if let Some(word) = word.filter(|_| !path.ends_with(".md")) {
            report(format!(
                "`{word}`: do it, or leave it out and say so in the docs"
            ));
        }
    }
    problems
}

/// Tells whether the line holds the absolute path `/folder/…`, not a piece of a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    let path = format!("/{folder}/");
    line.match_indices(&path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"._-~/})]*".contains(c))
    })
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        !joins(before.chars().next_back()) && !joins(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(line: &str) -> usize {
        check("a.rs", line).len()
    }

    #[test]
    fn tabs_are_reported_with_their_line() {
        let found = check("a.yaml", "a: 1\nb:\t2\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a.yaml:2: a tab"), "{found:?}");
    }

    #[test]
    fn machine_paths_are_reported() {
        for folder in OWNED {
            assert_eq!(
                problems(&format!("open(\"/{folder}/me/x\")")),
                1,
                "{folder}"
            );
        }
        assert_eq!(problems("see https://example.org/home/page"), 0);
        assert_eq!(problems("#!/usr/bin/env bash"), 0);
        assert_eq!(problems("a frame/work/unit"), 0);
    }

    #[test]
    fn unfinished_work_is_reported_in_code_alone() {
        for word in UNFINISHED {
            assert_eq!(problems(&format!("// {word}: later")), 1, "{word}");
            assert_eq!(problems(&format!("let {word}S = 1;")), 0, "{word}");
            assert!(check("a.md", &format!("No `{word}`.")).is_empty());
        }
    }

    #[test]
    fn only_what_we_write_is_text() {
        assert!(is_text("a/b.rs") && is_text(".ci/run") && is_text("README.md"));
        assert!(!is_text("a.npy") && !is_text("LICENSE") && !is_text("a.json"));
    }
}
