//! Runs in processes of their own, several at a time: one that fails takes no other with it.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use disentangle_study::PlannedRun;

use crate::console::Console;
use crate::failure::INTERRUPTED;
use crate::interrupt::Interrupt;

/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How a process ended.
enum End {
    Done,
    Failed(String),
    Stopped,
}

/// Runs all, so many at a time, and returns how many failed.
///
/// # Errors
/// If somebody wants it to stop; the runs under way save and end first.
pub(crate) fn run_all(
    runs: &[PlannedRun],
    jobs: usize,
    console: &Console,
    command: impl Fn(&PlannedRun) -> anyhow::Result<Command> + Sync,
) -> anyhow::Result<usize> {
    let interrupt = Interrupt::catch()?;
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if interrupt.requested() {
                return;
            }
            let name = format!("{} ({}, seed {})", run.folder(), run.setting(), run.seed);
            let end = command(run).and_then(|command| finish(command, &interrupt));
            match end.unwrap_or_else(|why| End::Failed(format!("{why:#}"))) {
                End::Done => console.say(&format!("done    {name}")),
                End::Stopped => return,
                End::Failed(why) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    console.say(&format!("failed  {name}: {why}"));
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.min(runs.len()) {
            scope.spawn(work);
        }
    });
    if interrupt.requested() {
        return Err(crate::failure::Stopped.into());
    }
    Ok(failed.into_inner())
}

/// Waits for a process, and tells it if somebody wants it to stop.
fn finish(mut command: Command, interrupt: &Interrupt) -> anyhow::Result<End> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // In a group of its own a process does not get the terminal's Ctrl-C: it is told once, from here.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().context("cannot start a process")?;
    let stderr = child.stderr.take();
    // Its messages are read while it runs, or it would wait for a reader.
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stderr) = stderr {
            // What cannot be read is not shown.
            let _ = stderr.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).trim().to_owned()
    });
    let mut told = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if interrupt.requested() && !told {
            terminate(&child);
            told = true;
        }
        thread::sleep(LOOK);
    };
    let said = reader.join().unwrap_or_default();
    let last = said.lines().next_back().unwrap_or("it said nothing");
    Ok(match status.code() {
        Some(0) => End::Done,
        Some(code) if code == i32::from(INTERRUPTED) => End::Stopped,
        _ => End::Failed(format!("{last} ({status})")),
    })
}

/// Asks a process to save and end.
#[cfg(unix)]
fn terminate(child: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(id) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // One that has just ended cannot be told, and need not be.
        let _ = kill_process(id, Signal::TERM);
    }
}

/// Elsewhere the console's Ctrl-C reaches all its processes.
#[cfg(not(unix))]
fn terminate(_: &Child) {}
