//! Repository chores: `cargo xtask <command>`.
//!
//! `cargo xtask` alone lists the commands. Commands of the binary are built in release mode and run
//! with their arguments unchanged. Depends on no crate of ours, so that it builds in seconds and
//! works while they do not.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks to its terminal"
)]

mod binary;
mod commands;

mod bench;
mod dist;
mod experiments;
mod levels;
mod lint;
mod metadata;
mod paper;
mod run_log;
mod schema;
mod test;
mod tidy;
mod training;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::commands::{Command, Usage};
use crate::training::{INTERRUPTED, Stopped};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) if error.is::<Stopped>() => {
            eprintln!("{error:#}");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn dispatch(arguments: &[OsString]) -> Result<ExitCode> {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", commands::help());
        return Ok(ExitCode::SUCCESS);
    };
    match commands::find(&name.to_string_lossy())? {
        Command::Help => print!("{}", commands::help()),
        Command::Binary => return binary::run(arguments),
        Command::Chore(chore) if commands::asks_for_help(rest) => print!("{}", chore.help()),
        Command::Chore(chore) => (chore.run)(rest)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The folder of the workspace's `Cargo.toml`.
fn root() -> Result<PathBuf> {
    let xtask = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let root = xtask
        .parent()
        .context("finding the workspace: xtask has no parent folder")?;
    Ok(root.to_owned())
}

/// The cargo that runs this, so that a chosen toolchain stays chosen.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The target that rustc builds for.
fn host(shell: &xshell::Shell) -> Result<String> {
    let cargo = cargo();
    let about = xshell::cmd!(shell, "{cargo} -vV").quiet().read()?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("`cargo -vV` names no host")?.to_owned())
}

/// What makes cargo run an example of a package in release mode; the example's own arguments follow.
fn example<'a>(package: &'a str, name: &'a str) -> [&'a str; 8] {
    [
        "run",
        "--release",
        "--quiet",
        "-p",
        package,
        "--example",
        name,
        "--",
    ]
}

/// A shell at the root of the workspace.
fn shell() -> Result<xshell::Shell> {
    let shell = xshell::Shell::new().context("reading the current folder")?;
    shell.change_dir(root()?);
    Ok(shell)
}
