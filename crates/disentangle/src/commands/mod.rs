//! The commands, one file each.

mod completions;
mod config;
mod data;
mod encode;
mod eval;
mod export;
mod inputs;
mod list;
mod metrics;
mod report;
mod schema;
mod study;
mod train;
mod traverse;

use std::io::Write;

use clap::{Parser, Subcommand};

use crate::console::Verbosity;

/// Learns and measures disentangled representations.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
#[command(after_help = "Examples:
  disentangle list presets
  disentangle train configs/presets/quickstart.yaml
  disentangle eval runs/quickstart --metrics mig,dci

Each command explains itself: disentangle train --help")]
pub(crate) struct Cli {
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a model, then draw and measure what it has learned.
    Train(train::Train),
    /// Measure the representation of a run.
    Eval(eval::Eval),
    /// Write the codes and factors of a data set.
    Encode(encode::Encode),
    /// Score saved codes against saved factors.
    Metrics(disentangle_metrics::cli::Metrics),
    /// Draw reconstructions and latent traversals of a run.
    Traverse(traverse::Traverse),
    /// Write a trained model for other programs.
    Export(export::Export),
    /// Make the page of a run again, or compare runs on one.
    Report(report::Report),
    /// Train many runs that one file describes, and compare them.
    #[command(subcommand)]
    Study(study::Study),
    /// Look at data sets.
    #[command(subcommand)]
    Data(data::Data),
    /// List what can be written in a config.
    List(list::List),
    /// Check or show configs.
    #[command(subcommand)]
    Config(config::Config),
    /// Print the JSON schema of configs.
    Schema(schema::Schema),
    /// Print what makes a shell complete commands and options.
    Completions(completions::Completions),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Train(command) => command.run(self.verbosity),
            Command::Eval(command) => command.run(self.verbosity),
            Command::Encode(command) => command.run(self.verbosity),
            Command::Metrics(command) => metrics::run(&command, self.verbosity),
            Command::Traverse(command) => command.run(self.verbosity),
            Command::Export(command) => command.run(self.verbosity),
            Command::Report(command) => command.run(self.verbosity),
            Command::Study(command) => command.run(self.verbosity),
            Command::Data(command) => command.run(self.verbosity),
            Command::List(command) => command.run(),
            Command::Config(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Completions(command) => command.run(),
        }
    }
}

/// Prints a result: what a program would read goes to standard output.
///
/// Whoever reads it may stop early, as `head` does; then the rest is for nobody, and the command has done its work. What
/// cannot be written for another reason, such as a full disk, ends the program.
#[expect(clippy::print_stderr, reason = "results go to standard output")]
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to standard output: {error}");
            std::process::exit(1);
        }
        _ => {}
    }
}
