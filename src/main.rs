//! `cadence`, the command-line tool: parse, dispatch, and turn the outcome into an exit status.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let outcome = cli::Cli::try_parse().map_err(Into::into);
    cli::report::finish(outcome.and_then(|cli| cli.run()))
}
