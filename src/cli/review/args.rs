//! What `cadence review` accepts.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum, ValueHint};

use cadence::cadence::{Cadence, Raise, WALKING_BELOW_SPM};
use cadence::duration::{self, DurationError};
use cadence::review::{self, Target};
use cadence::watch;

#[derive(Debug, Args)]
pub(crate) struct ReviewArgs {
    /// FIT, TCX or GPX, also packed by gzip; several files or a folder are compared; `-` is stdin
    #[arg(required = true, value_name = "FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<PathBuf>,
    /// Judge against these steps per minute: a range such as 168..176, or one tempo
    #[arg(
        long,
        value_name = "SPM",
        help_heading = "Target",
        conflicts_with = "cadence"
    )]
    pub(super) target: Option<Target>,
    /// Judge against this cadence, raised; with --workout, what its tempi are relative to
    #[arg(long, value_name = "SPM", help_heading = "Target")]
    pub(super) cadence: Option<Cadence>,
    /// Percent to add, to that cadence or to the one that is found: one number or a range
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "5..10",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) raise: Raise,
    /// How far from a single tempo still counts as kept
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = review::TOLERANCE_PERCENT,
        help_heading = "Target"
    )]
    pub(super) tolerance: f64,
    /// Judge against the workout in this file, segment by segment
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with = "target",
        help_heading = "Target"
    )]
    pub(super) workout: Option<PathBuf>,
    /// Where in the workout the recording begins; -30s where it began before it
    #[arg(
        long,
        value_name = "TIME",
        default_value = "0s",
        requires = "workout",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) offset: Offset,
    /// What the recorded cadence counts; found out without it
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Reading")]
    pub(super) counts: Option<CountsArg>,
    /// Where walking ends and running begins, in steps per minute
    #[arg(
        long,
        value_name = "SPM",
        default_value_t = WALKING_BELOW_SPM,
        help_heading = "Reading"
    )]
    pub(super) split: f64,
    /// Which activity of a recording that has several; the one with the most running without it
    #[arg(long, value_name = "NUMBER", help_heading = "Reading")]
    pub(super) session: Option<usize>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = ReviewFormat::Text, help_heading = "Output")]
    pub(super) format: ReviewFormat,
    /// What a row of CSV is, for one recording
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = Rows::Second, help_heading = "Output")]
    pub(super) rows: Rows,
    /// Print one number alone
    #[arg(
        long,
        value_enum,
        value_name = "NUMBER",
        conflicts_with = "format",
        help_heading = "Output"
    )]
    pub(super) print: Option<ReviewNumber>,
    /// Draw and write with plain ASCII
    #[arg(long, help_heading = "Output")]
    pub(super) ascii: bool,
    /// Also write the picture to this SVG file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(super) svg: Option<PathBuf>,
    /// Overwrite an SVG file that exists
    #[arg(long, short, requires = "svg", help_heading = "Output")]
    pub(super) force: bool,
}

impl ReviewArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence review run.fit                     cadence, and the target from it
  cadence play +5% --cadence \"$(cadence review run.fit --print cadence)\"
  cadence review run.fit --target 168..176   how well that was kept
  cadence review run.fit --cadence 160 --raise 5
  cadence review run.fit --workout run.txt   with the cue and without it
  cadence review run.tcx.gz --svg run.svg
  cadence review runs/                       one row a run, and the trend

Only running is judged; walking and standing are told apart from it.
A damaged recording is told of as far as it goes, with exit status 1.
Start only when easy running is free of pain; stop if it hurts.";
}

/// Seconds, with a sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offset(pub(super) f64);

/// `2m`, `-30s`.
impl FromStr for Offset {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, length) = match text.strip_prefix('-') {
            Some(length) => (-1.0, length),
            None => (1.0, text),
        };
        Ok(Self(sign * duration::parse(length)?.as_secs_f64()))
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum CountsArg {
    /// Both feet
    Steps,
    /// One foot
    Strides,
}

impl From<CountsArg> for watch::Counts {
    fn from(counts: CountsArg) -> Self {
        match counts {
            CountsArg::Steps => Self::Steps,
            CountsArg::Strides => Self::Strides,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewFormat {
    /// To be read, with a picture
    Text,
    /// One object
    Json,
    /// One recording by the second or lap, several by the run
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Rows {
    Second,
    Lap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewNumber {
    /// The running median
    Cadence,
    /// The running mean
    Mean,
    TargetLow,
    TargetMid,
    TargetHigh,
    /// Percent of the running time within the target
    Within,
}
