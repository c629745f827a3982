//! Runs the tests: `cargo test` on the workspace, whose doc tests come last.

use std::ffi::OsString;

use anyhow::{Context, Result};
use xshell::cmd;

use crate::{cargo, shell};

/// Runs `cargo test` with these extra arguments.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let (shell, cargo, scope) = (shell()?, cargo(), scope(arguments));
    cmd!(shell, "{cargo} test {scope...} {arguments...}")
        .quiet()
        .run()
        .context("testing")
}

/// The whole workspace, unless packages are named: cargo ignores the names beside `--workspace`.
fn scope(arguments: &[OsString]) -> &'static [&'static str] {
    let names_package = arguments
        .iter()
        .take_while(|argument| *argument != "--")
        .map(|argument| argument.to_string_lossy())
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"));
    if names_package { &[] } else { &["--workspace"] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope_of(words: &[&str]) -> &'static [&'static str] {
        scope(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_workspace_is_tested_unless_a_package_is_named() {
        assert_eq!(scope_of(&[]), ["--workspace"]);
        assert_eq!(
            scope_of(&["some_test", "--", "-p", "--nocapture"]),
            ["--workspace"]
        );
        assert!(scope_of(&["-p", "disentangle-seeds"]).is_empty());
        assert!(scope_of(&["--package=disentangle-seeds"]).is_empty());
    }
}
