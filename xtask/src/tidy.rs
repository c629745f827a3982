//! Checks that no linter has: what every file of the repository must look like.

mod code;
mod pages;
mod text;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The folders that we write; others (targets, runs, data) are somebody's output.
const FOLDERS: &[&str] = &[
    ".cargo", ".ci", "benches", "configs", "crates", "docs", "scripts", "xtask",
];

/// The texts of the repository by path from its root, with `/` on every platform.
type Files = BTreeMap<String, String>;

/// Checks every file under the root; returns what is wrong.
pub(crate) fn check(root: &Path) -> Result<Vec<String>> {
    let mut files = Files::new();
    read_folder(root, "", &mut files)?;
    Ok(problems(&files))
}

fn problems(files: &Files) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, content) in files {
        problems.extend(text::check(path, content));
        if path.ends_with(".rs") {
            problems.extend(code::check(path, content));
        }
    }
    problems.extend(pages::check(files));
    problems
}

/// Reads a folder's texts; at the root, only the folders that we write.
fn read_folder(root: &Path, folder: &str, files: &mut Files) -> Result<()> {
    let here = root.join(folder);
    let entries = fs::read_dir(&here).with_context(|| format!("reading {}", here.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", here.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() {
            name.clone()
        } else {
            format!("{folder}/{name}")
        };
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            let ours = !folder.is_empty() || FOLDERS.contains(&name.as_str());
            if ours && name != "target" && name != "__pycache__" {
                read_folder(root, &path, files)?;
            }
        } else if text::is_text(&path) {
            let content = fs::read_to_string(entry.path());
            files.insert(
                path.clone(),
                content.with_context(|| format!("reading {path}"))?,
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_found_in_every_kind_of_file() {
        let files = Files::from([
            (
                "crates/disentangle-x/src/lib.rs".into(),
                "fn f() {}\n".into(),
            ),
            ("configs/presets/lost.yaml".into(), "a:\tb\n".into()),
        ]);
        let found = problems(&files).join("\n");
        assert!(found.contains("crates/disentangle-x/src/lib.rs"), "{found}");
        assert!(found.contains("crates/disentangle-x/README.md"), "{found}");
        assert!(found.contains("lost.yaml:1"), "{found}");
        assert!(found.contains("CHANGELOG.md"), "{found}");
    }

    #[test]
    fn every_folder_that_is_read_is_there() {
        let root = crate::root().unwrap();
        for folder in FOLDERS {
            assert!(root.join(folder).is_dir(), "{folder}");
        }
    }
}
