//! The options of `play --follow -`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use cadence::tolerance::Tolerance;
use cadence::watch::Counts;

const HEADING: &str = "Live cadence";

/// Where the runner's cadence comes from while it is run, and what it does to the click.
#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// Read your cadence from stdin (`-`), one value per line
    #[arg(long, value_name = "FILE", value_parser = stdin, help_heading = HEADING)]
    pub(crate) follow: Option<Stdin>,
    /// When to click [default: off-target]
    #[arg(long, value_enum, value_name = "WHEN", requires = "follow", help_heading = HEADING)]
    pub(crate) click_when: Option<ClickWhen>,
    /// Percent to either side of the tempo that counts as within it [default: 3]
    #[arg(long, value_name = "PERCENT", requires = "follow", allow_hyphen_values = true, help_heading = HEADING)]
    pub(crate) tolerance: Option<Tolerance>,
    /// Unit of numbers without one [default: detected in 20 s]
    #[arg(long, alias = "counts", value_enum, value_name = "WHAT", requires = "follow", help_heading = HEADING)]
    pub(crate) sensor_counts: Option<CountsArg>,
    /// Write one row per second to this file, for `cadence review`: CSV if its name ends in
    /// .csv, else JSON lines
    #[arg(long, value_name = "FILE", requires = "follow", value_hint = ValueHint::FilePath, help_heading = HEADING)]
    pub(crate) log: Option<PathBuf>,
    /// Overwrite an existing log
    #[arg(long, short, requires = "log", help_heading = HEADING)]
    pub(crate) force: bool,
}

/// The one source that can be followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stdin;

fn stdin(text: &str) -> Result<Stdin, &'static str> {
    match text {
        "-" => Ok(Stdin),
        _ => Err("only stdin can be followed: write `--follow -` and pipe the values in"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClickWhen {
    /// All the time
    Always,
    /// Only while the cadence is off target
    OffTarget,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum CountsArg {
    /// Both feet
    Steps,
    /// One foot
    Strides,
}

impl From<CountsArg> for Counts {
    fn from(counts: CountsArg) -> Self {
        match counts {
            CountsArg::Steps => Self::Steps,
            CountsArg::Strides => Self::Strides,
        }
    }
}
