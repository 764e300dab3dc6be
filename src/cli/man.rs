//! `cadence completions` and `cadence man`: from the very declarations that parse.

use std::io::Write;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use cadence::printable::Printable;

use crate::cli::Cli;
use crate::cli::report::Error;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

impl CompletionsArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence completions bash > /etc/bash_completion.d/cadence
  cadence completions zsh > ~/.zfunc/_cadence
  cadence completions fish > ~/.config/fish/completions/cadence.fish";
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command to describe; all of cadence without it
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

impl ManArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence man | man -l -
  cadence man play > cadence-play.1";
}

/// A section of every page.
const EXIT_STATUS: &str = "\
.SH \"EXIT STATUS\"
.TP
0
done, also where the reader of a pipe has left
.TP
1
failed: a file cannot be read or written
.TP
2
wrong usage: an option or a value that does not do
.TP
3
no sound device, or none that answers
.TP
129, 130, 143
stopped: the terminal was closed, Ctrl-C, SIGTERM
";

impl CompletionsArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        // The generator panics where a write fails, so it gets a buffer.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cadence", &mut script);
        Ok(out.write_all(&script)?)
    }
}

impl ManArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut cadence = Cli::command();
        cadence.build();
        let page = match &self.command {
            None => cadence,
            Some(name) => cadence.find_subcommand(name).cloned().ok_or_else(|| {
                let names = cadence.get_subcommands().map(clap::Command::get_name);
                let names: Vec<_> = names.filter(|name| *name != "help").collect();
                Error::Usage(format!(
                    "no command is named '{}': {}",
                    Printable(name),
                    names.join(", ")
                ))
            })?,
        };
        clap_mangen::Man::new(page).render(out)?;
        Ok(out.write_all(EXIT_STATUS.as_bytes())?)
    }
}
