//! What `cadence review` accepts.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum, ValueHint};
use jiff::civil::Weekday;

use cadence::cadence::{Cadence, Raise};
use cadence::duration::{self, DurationError};
use cadence::review::{SoundInPauses, Target};
use cadence::tolerance::Tolerance;
use cadence::watch::{self, Sport};

#[derive(Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an option that is there or not"
)]
pub(crate) struct ReviewArgs {
    /// FIT, TCX or GPX file, or its gzip; several files, a folder or a ZIP archive are compared;
    /// `-` is stdin
    #[arg(required = true, value_name = "FILE|FOLDER", value_hint = ValueHint::AnyPath)]
    pub(super) files: Vec<PathBuf>,
    /// Compare with these steps per minute: a range such as 168..176, or one number
    #[arg(
        long,
        value_name = "SPM",
        help_heading = "Target",
        conflicts_with = "cadence"
    )]
    pub(super) target: Option<Target>,
    /// Compare with this cadence, raised: from half the raise, or the tolerance below it, to the
    /// tolerance above it; with --workout, the base of its tempi
    #[arg(long, value_name = "SPM", help_heading = "Target")]
    pub(super) cadence: Option<Cadence>,
    /// Percent to add to that cadence or to the recorded one: a number or a range
    #[arg(
        long,
        value_name = "PERCENT",
        default_value = "5..10",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) raise: Raise,
    /// Percent to either side of a tempo that counts as within it, 0 to 20 [default: 3, or as
    /// logged by `play --log`]
    #[arg(
        long,
        value_name = "PERCENT",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) tolerance: Option<Tolerance>,
    /// Compare with the workout in this file, segment by segment
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with = "target",
        group = "asked",
        help_heading = "Target"
    )]
    pub(super) workout: Option<PathBuf>,
    /// Compare with the plan in this file, run by run: what `cadence plan --format json` prints
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["target", "cadence", "print", "jsonl"],
        group = "asked",
        help_heading = "Target"
    )]
    pub(super) plan: Option<PathBuf>,
    /// Start of the recording within the workout; -30s if it began earlier
    #[arg(
        long,
        value_name = "TIME",
        default_value = "0s",
        requires = "asked",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    pub(super) offset: Offset,
    /// Whether the sound paused with the watch or played on without it
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        default_value_t = PausesArg::Without,
        requires = "asked",
        help_heading = "Target"
    )]
    pub(super) pauses: PausesArg,
    /// Unit of the recorded cadence [default: detected]
    #[arg(
        long,
        alias = "counts",
        value_enum,
        value_name = "WHAT",
        help_heading = "Reading"
    )]
    pub(super) recorded_as: Option<CountsArg>,
    /// Treat the recording as this sport, whatever it says
    #[arg(long, value_enum, value_name = "SPORT", help_heading = "Reading")]
    pub(super) sport: Option<SportArg>,
    /// Count a cadence below this as walking, whatever the speed [default: 140, and any cadence
    /// at 2.2 m/s or faster is running]
    #[arg(long, value_name = "SPM", help_heading = "Reading")]
    pub(super) split: Option<Cadence>,
    /// Review this activity of the recording [default: the one with the most running]
    #[arg(long, value_name = "NUMBER", help_heading = "Reading")]
    pub(super) session: Option<usize>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReviewFormat::Text, help_heading = "Output")]
    pub(super) format: ReviewFormat,
    /// Rows: week by week; or, in the CSV of one recording, by the second or the lap [default:
    /// second]
    #[arg(long, value_enum, value_name = "WHAT", help_heading = "Output")]
    pub(super) rows: Option<Rows>,
    /// First day of a week
    #[arg(long, value_enum, value_name = "DAY", default_value_t = Day::Mon, hide_possible_values = true, help_heading = "Output")]
    pub(super) week_start: Day,
    /// Report on each subfolder by itself, as where each athlete has one
    #[arg(long, conflicts_with_all = ["print", "svg"], help_heading = "Output")]
    pub(super) by_folder: bool,
    /// Print each run as one line of JSON as soon as it is read; copies are not left out
    #[arg(
        long,
        conflicts_with_all = ["format", "print", "rows", "svg", "by_folder"],
        help_heading = "Output"
    )]
    pub(super) jsonl: bool,
    /// Succeed if any run was read, even if files are damaged
    #[arg(long, help_heading = "Reading")]
    pub(super) keep_going: bool,
    /// Print only this number; of several recordings, the cadence to start from or its target
    #[arg(
        long,
        value_enum,
        value_name = "NUMBER",
        conflicts_with = "format",
        help_heading = "Output"
    )]
    pub(super) print: Option<ReviewNumber>,
    /// Print pace per kilometre or per mile
    #[arg(long, value_enum, value_name = "UNIT", default_value_t = Units::Km, help_heading = "Output")]
    pub(super) units: Units,
    /// Use plain ASCII
    #[arg(long, help_heading = "Output")]
    pub(super) ascii: bool,
    /// Also write the chart to this file, ending in .svg
    #[arg(long, value_name = "FILE", value_parser = svg, value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub(super) svg: Option<PathBuf>,
    /// Overwrite an existing SVG file
    #[arg(long, short, requires = "svg", help_heading = "Output")]
    pub(super) force: bool,
}

impl ReviewArgs {
    pub(super) fn is_by_week(&self) -> bool {
        self.rows == Some(Rows::Week)
    }

    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence review run.fit                     cadence, and the target from it
  cadence play +5% --cadence \"$(cadence review run.fit --print cadence)\"
  cadence review run.fit --target 168..176   time within a target
  cadence review run.fit --cadence 160 --raise 5
  cadence review run.fit --workout run.txt   with and without the cue
  cadence review run.tcx.gz --svg run.svg
  cadence review runs/                       one row per run, and the trend
  cadence review export.zip --rows week      one row per week
  cadence review runs/ --plan plan.json      one row per planned run

Only running counts, not walking or standing. A trend needs five runs over
three weeks. A damaged recording is read as far as possible; the exit status
is then 1. Start only when easy running is free of pain; stop if it hurts.";
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

/// Checks the name of a picture: another ending would promise another format.
fn svg(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(end) if !end.eq_ignore_ascii_case("svg") => {
            let name = path.with_extension("svg");
            Err(format!(
                "only SVG can be written: name the file {}",
                name.display()
            ))
        }
        _ => Ok(path),
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PausesArg {
    With,
    Without,
}

impl From<PausesArg> for SoundInPauses {
    fn from(pauses: PausesArg) -> Self {
        match pauses {
            PausesArg::With => Self::With,
            PausesArg::Without => Self::Without,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum SportArg {
    Run,
    Walk,
}

impl From<SportArg> for Sport {
    fn from(sport: SportArg) -> Self {
        match sport {
            SportArg::Run => Self::Running,
            SportArg::Walk => Self::Walking,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Units {
    Km,
    #[value(alias = "mile")]
    Mi,
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
    /// Text with a chart
    Text,
    /// One JSON object
    Json,
    /// One row per second or lap of a recording; one per run or week for several
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Rows {
    Second,
    Lap,
    Week,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Monday,
            Day::Tue => Self::Tuesday,
            Day::Wed => Self::Wednesday,
            Day::Thu => Self::Thursday,
            Day::Fri => Self::Friday,
            Day::Sat => Self::Saturday,
            Day::Sun => Self::Sunday,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewNumber {
    /// Median cadence of running
    Cadence,
    /// Mean cadence of running
    Mean,
    TargetLow,
    TargetMid,
    TargetHigh,
    /// Percent of the running time within the target
    Within,
}
