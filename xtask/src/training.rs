//! Trains a run with the binary, or what is left of it.
//!
//! Ctrl-C does not reach the binary, which has a process group of its own: it is told once, from here, and waited for
//! while it saves.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::{error, fmt};

use anyhow::{Context, Result, ensure};
use xshell::Shell;

use crate::run_log::Log;

/// A run to train.
pub(crate) struct Plan<'a> {
    config: &'a str,
    /// Where it lies.
    pub(crate) folder: PathBuf,
    steps: u64,
    overrides: Vec<String>,
    /// What else the binary is told.
    pub(crate) arguments: Vec<String>,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(config: &'a str, folder: &Path, steps: u64) -> Self {
        Self {
            config,
            folder: folder.to_owned(),
            steps,
            overrides: vec![format!("train.steps={steps}")],
            arguments: Vec::new(),
        }
    }

    /// Overrides a value of the configuration, `key=value`.
    pub(crate) fn set(&mut self, text: impl Into<String>) {
        self.overrides.push(text.into());
    }
}

/// As shells report a program that Ctrl-C ended; the binary does so too.
pub(crate) const INTERRUPTED: u8 = 130;

/// The run was asked to stop, and has saved.
#[derive(Debug)]
pub(crate) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped; the same command goes on")
    }
}

impl error::Error for Stopped {}

/// The process that trains, while there is one.
static RUNNING: Mutex<Option<u32>> = Mutex::new(None);

/// Trains a run to its end; a finished one is left as it is, one that has begun is gone on with.
pub(crate) fn complete(shell: &Shell, binary: &Path, plan: &Plan<'_>) -> Result<()> {
    let Plan {
        config,
        folder,
        arguments,
        ..
    } = plan;
    let events = folder.join("events.jsonl");
    if shell.path_exists(&events) && Log::read(shell, &events)?.finished() >= Some(plan.steps) {
        return Ok(());
    }
    let begun = shell.path_exists(folder.join("config.yaml"));
    let resume = begun.then_some("--resume");
    let sets = plan.overrides.iter().flat_map(|set| ["--set", set]);
    let mut command = Command::new(binary);
    command
        .args(["train", config, "--run"])
        .arg(folder)
        .args(sets)
        .args(arguments)
        .args(resume)
        .current_dir(shell.current_dir())
        .stdin(Stdio::null());
    let status = finish(command).with_context(|| format!("training {}", folder.display()))?;
    if status.code() == Some(INTERRUPTED.into()) {
        return Err(Stopped.into());
    }
    ensure!(
        status.success(),
        "training {} failed ({status}): see the message above",
        folder.display()
    );
    Ok(())
}

/// Starts a process and waits for it, however often somebody presses Ctrl-C.
fn finish(mut command: Command) -> Result<ExitStatus> {
    static CATCH: Once = Once::new();
    let mut caught = Ok(());
    CATCH.call_once(|| caught = ctrlc::set_handler(tell));
    caught.context("cannot catch Ctrl-C")?;
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = {
        let mut running = running();
        let child = command.spawn()?;
        *running = Some(child.id());
        child
    };
    let status = child.wait();
    *running() = None;
    Ok(status?)
}

/// Tells the process that trains to save and end; the second time it ends at once. Without one, xtask ends.
fn tell() {
    match *running() {
        Some(process) => terminate(process),
        None => std::process::exit(INTERRUPTED.into()),
    }
}

fn running() -> MutexGuard<'static, Option<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn terminate(process: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(id) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // One that has just ended cannot be told, and need not be.
        let _ = kill_process(id, Signal::TERM);
    }
}

/// Elsewhere the console's Ctrl-C reaches all its processes.
#[cfg(not(unix))]
fn terminate(_: u32) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The script stands in for the binary, and tells this process to stop, as a terminal would.
    #[test]
    fn a_run_that_is_asked_to_stop_is_waited_for_until_it_has_saved() {
        let folder = std::env::temp_dir().join(format!("training-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let script =
            "trap 'echo >saved; exit 130' TERM; kill -TERM $PPID; while :; do sleep 0.01; done";
        let mut command = Command::new("sh");
        command.args(["-c", script]).current_dir(&folder);
        let status = finish(command).unwrap();
        let saved = folder.join("saved").is_file();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!((status.code(), saved), (Some(130), true));
    }
}
