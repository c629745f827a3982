//! Runs the benchmarks of the packages that have some, and keeps `docs/benchmarks.md`.

mod disk;
mod page;
mod peers;
mod scores;
mod shares;

use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use xshell::cmd;

use crate::metadata::Workspace;
use crate::{cargo, shell};

/// Runs `cargo bench` on every package with benchmarks, with these extra arguments; without any, the page is written.
/// `--peers` compares with PyTorch instead, `metrics --peers` the metrics with scikit-learn; `disk` reads large files.
pub(crate) fn run(arguments: &[OsString]) -> Result<()> {
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if has("disk") {
        return disk::run();
    }
    match (has("--peers"), has("metrics")) {
        (true, true) => return scores::run(),
        (true, false) => return peers::run(),
        (false, _) => {}
    }
    let shell = shell()?;
    let scope = scope(&Workspace::load(&shell)?);
    if scope.is_empty() {
        bail!("no package of the workspace has a `benches` folder yet");
    }
    let cargo = cargo();
    // `--bench *` leaves out the unit tests, which `cargo bench` would list one by one.
    let command = cmd!(shell, "{cargo} bench {scope...} --bench * {arguments...}").quiet();
    if !arguments.is_empty() {
        return command.run().context("benchmarking");
    }
    let printed = command.read().context("benchmarking")?;
    let rows = page::rows(&printed);
    page::write(
        "layers and training",
        "cargo xtask bench",
        &format!("{}\n{}", shares::lines(&rows), page::table(&rows)),
    )
}

fn scope(workspace: &Workspace) -> Vec<String> {
    workspace
        .packages
        .iter()
        .filter(|(_, package)| package.has_benches)
        .flat_map(|(name, _)| ["-p".to_owned(), name.clone()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_without_benches_are_left_out() {
        let workspace = Workspace::parse(
            r#"{ "packages": [
                { "name": "a", "id": "a", "targets": [{ "kind": ["bench"] }] },
                { "name": "b", "id": "b", "targets": [{ "kind": ["lib"] }] } ],
              "workspace_members": ["a", "b"] }"#,
        )
        .unwrap();
        assert_eq!(scope(&workspace), ["-p", "a"]);
    }
}
