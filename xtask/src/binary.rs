//! Builds the `disentangle` binary in release mode and becomes it.
//!
//! On Unix the process is replaced, so that arguments, standard streams, signals and the exit code
//! are the binary's own: Ctrl-C reaches it alone, and the caller sees how it ended. Elsewhere it is a
//! child, whose exit code is passed on.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{cargo, root};

/// Builds the binary and runs it with these arguments, in the caller's folder.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let executable = build()?;
    let mut command = Command::new(&executable);
    command.args(arguments);
    become_it(command).with_context(|| format!("running {}", executable.display()))
}

/// Builds the binary in release mode; progress goes to stderr, if someone may be watching.
pub(crate) fn build() -> Result<PathBuf> {
    build_by("build", &[])
}

/// Builds the binary in release mode, without what only a debugger or a backtrace reads.
pub(crate) fn build_stripped() -> Result<PathBuf> {
    build_by("rustc", &["--", "-C", "strip=symbols"])
}

fn build_by(subcommand: &str, last: &[&str]) -> Result<PathBuf> {
    let mut command = Command::new(cargo());
    command
        .args([subcommand, "--release", "-p", "disentangle"])
        .args(["--bin", "disentangle"])
        .arg("--message-format=json-render-diagnostics")
        .arg("--manifest-path")
        .arg(root()?.join("Cargo.toml"));
    if !stderr().is_terminal() {
        command.arg("--quiet");
    }
    let output = command
        .args(last)
        .stderr(Stdio::inherit())
        .output()
        .context("running `cargo build`")?;
    ensure!(
        output.status.success(),
        "building `disentangle` failed: see cargo's messages above"
    );
    executable_of(&String::from_utf8_lossy(&output.stdout))
        .context("building `disentangle`: cargo named no executable")
}

/// Finds the binary in cargo's messages, wherever its target folder is.
fn executable_of(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "disentangle")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
}

#[cfg(unix)]
fn become_it(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    // Returns only if it could not start the binary.
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Result<ExitCode> {
    let status = command.status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_read_from_cargos_messages() {
        let messages = r#"
            {"reason":"compiler-artifact","target":{"name":"anyhow"},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"disentangle"},"executable":"t/release/disentangle"}
            not json
            {"reason":"build-finished","success":true}"#;
        assert_eq!(
            executable_of(messages),
            Some(PathBuf::from("t/release/disentangle"))
        );
        assert_eq!(executable_of(""), None);
    }
}
