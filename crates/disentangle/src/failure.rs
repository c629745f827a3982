//! One clear error and the exit code that goes with it.

use std::fmt;
use std::process::ExitCode;

use disentangle_trainer::{ConfigError, Error};

/// Bad usage or configuration.
pub(crate) const USAGE: u8 = 2;
const FAILED: u8 = 1;
/// Stopped by Ctrl-C or a termination signal, as shells report it.
pub(crate) const INTERRUPTED: u8 = 130;

/// A command that was asked to stop has stopped, and can go on.
#[derive(Debug)]
pub(crate) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped; the same command goes on")
    }
}

impl std::error::Error for Stopped {}

/// Prints `error: what: why` with its causes and returns the exit code.
#[expect(clippy::print_stderr, reason = "errors go to standard error")]
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut causes: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        // A transparent cause repeats the message of what wraps it.
        if !causes.iter().any(|said| said.contains(&cause)) {
            causes.push(cause);
        }
    }
    let code = code(error);
    let kind = if code == INTERRUPTED { "" } else { "error: " };
    eprintln!("{kind}{}", causes.join(": "));
    ExitCode::from(code)
}

fn code(error: &anyhow::Error) -> u8 {
    let interrupted = matches!(error.downcast_ref(), Some(Error::Interrupted { .. }));
    if interrupted || error.is::<Stopped>() {
        return INTERRUPTED;
    }
    let usage = error.chain().any(|cause| {
        cause.is::<ConfigError>()
            || matches!(
                cause.downcast_ref::<disentangle_study::Error>(),
                Some(
                    disentangle_study::Error::Config(_)
                        | disentangle_study::Error::Run { .. }
                        | disentangle_study::Error::NoRun { .. }
                )
            )
            || matches!(
                cause.downcast_ref::<disentangle_data::Error>(),
                Some(
                    disentangle_data::Error::Description(_)
                        | disentangle_data::Error::Config(_)
                        | disentangle_data::Error::NothingToPrepare { .. }
                )
            )
            || matches!(
                cause.downcast_ref::<Error>(),
                Some(
                    Error::Config(_)
                        | Error::Exists(_)
                        | Error::NotEmpty(_)
                        | Error::Locked(_)
                        | Error::NotLogged { .. }
                        | Error::Changed { .. }
                        | Error::Device { .. }
                        | Error::Architecture(disentangle_trainer::ArchitectureError::Image { .. })
                        | Error::Objective(disentangle_trainer::ObjectiveError::Unmet(_))
                )
            )
    });
    let of_metrics = |cause: &(dyn std::error::Error + 'static)| {
        cause
            .downcast_ref::<disentangle_metrics::cli::Error>()
            .map(disentangle_metrics::cli::Error::exit_code)
    };
    if let Some(code) = error.chain().find_map(of_metrics) {
        return code;
    }
    if usage { USAGE } else { FAILED }
}
