//! `cadence`, the command-line tool: parse, dispatch, and turn the outcome into an exit status.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let outcome = cli::Cli::parse().run();
    cli::report::finish(outcome)
}
