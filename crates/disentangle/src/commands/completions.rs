//! `completions`: what makes a shell complete commands and options.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{Cli, print};

/// Print what makes a shell complete commands and options.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  disentangle completions bash > ~/.local/share/bash-completion/completions/disentangle
  disentangle completions zsh > ~/.zfunc/_disentangle
  disentangle completions fish > ~/.config/fish/completions/disentangle.fish
  disentangle completions powershell >> $PROFILE")]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "disentangle", &mut script);
        print(&String::from_utf8(script)?);
        Ok(())
    }
}
