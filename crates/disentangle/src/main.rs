//! `disentangle`: learns and measures disentangled representations.

mod commands;
mod console;
mod failure;
mod interrupt;
mod jobs;
mod memory;
#[cfg(test)]
mod pages;
mod presets;
mod threads;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use commands::Cli;

fn main() -> ExitCode {
    memory::keep();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let help = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // A closed terminal leaves nobody to tell.
            let _ = error.print();
            return ExitCode::from(if help { 0 } else { failure::USAGE });
        }
    };
    start_logging();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

/// Whether standard error is a terminal that may be colored (<https://no-color.org>).
fn colored() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !refused
}

fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colored())
        .init();
}
