//! `disentangle-metrics`: scores of saved codes against saved factors.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use disentangle_metrics::cli::{Error, Metrics};

/// Scores how disentangled saved codes are.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    metrics: Metrics,
    /// Say nothing but errors and results: no table beside a file.
    #[arg(long)]
    quiet: bool,
    /// Show no progress bar: there is none.
    #[arg(long = "no-progress", hide = true)]
    _no_progress: bool,
}

#[expect(clippy::print_stderr, reason = "errors go to standard error")]
fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let help = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // A closed terminal leaves nobody to tell.
            let _ = error.print();
            return ExitCode::from(if help { 0 } else { 2 });
        }
    };
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn run(cli: &Cli) -> Result<(), Error> {
    let report = cli.metrics.run(std::io::stdout().is_terminal())?;
    if !(cli.quiet && report.written) {
        print!("{}", report.text);
    }
    report.require_scores()
}
