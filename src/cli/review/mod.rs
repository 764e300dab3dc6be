//! `cadence review`: what a watch recorded, as cadence, beside a target where there is one.

mod args;
mod one;
mod several;
mod table;
mod workout;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use cadence::cadence::{Cadence, one_decimal};
use cadence::chart::{self, Glyphs, Labels, Series};
use cadence::review::{NoRun, Rules, Run, Stretch, Target, TimeInTarget};
use cadence::watch::{self, Fault, Moment, Recording, WatchError};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::destination::Destination;
use crate::cli::report::{self, Error};
pub(crate) use args::ReviewArgs;

/// How wide text is where nothing else is known.
const WIDTH: usize = 80;

/// How high a picture in the terminal is, in lines, and how wide a class of its histogram, in spm.
const PICTURE_HEIGHT: usize = 12;
const CLASS_SPM: f64 = 4.0;

impl ReviewArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let judge = Judge {
            rules: self.rules()?,
            target: self.target()?,
        };
        let plan = self.plan()?;
        // What cannot be written is told before the work begins.
        let svg = self.svg.as_deref();
        let svg = svg
            .map(|path| Destination::open(path, self.force))
            .transpose()?;
        match self.files.as_slice() {
            [file] if !file.is_dir() => one::run(self, file, &judge, plan.as_ref(), svg, out),
            _ if plan.is_some() || self.print.is_some() || self.session.is_some() => {
                let text = "--workout, --print and --session are for one recording: name one file";
                Err(Error::Usage(text.into()))
            }
            files => several::run(self, files, &judge, svg, out),
        }
    }

    fn rules(&self) -> Result<Rules, Error> {
        let split = Cadence::from_spm(self.split).map_err(|error| usage(&error))?;
        Ok(Rules {
            counts: self.counts.map(Into::into),
            split,
        })
    }

    /// The target, where one was given.
    fn target(&self) -> Result<Option<Target>, Error> {
        let target = match (self.target, self.cadence) {
            (Some(target), _) => Some(target),
            (None, Some(cadence)) if self.workout.is_none() => {
                let range = cadence
                    .raised_by(self.raise)
                    .map_err(|error| usage(&error))?;
                Some(Target::from(range))
            }
            (None, _) => None,
        };
        target
            .map(|target| target.with_tolerance(self.tolerance))
            .transpose()
            .map_err(|error| usage(&error))
    }

    /// The workout, where one was given.
    fn plan(&self) -> Result<Option<workout::Plan>, Error> {
        let path = self.workout.as_deref();
        path.map(|path| workout::Plan::read(path, self.cadence, self.offset.0, self.tolerance))
            .transpose()
    }

    fn style(&self) -> Style {
        Style {
            width: terminal_size::terminal_size_of(io::stdout())
                .map_or(WIDTH, |(width, _)| usize::from(width.0).clamp(30, 120)),
            ascii: self.ascii,
        }
    }
}

fn usage(error: &dyn std::error::Error) -> Error {
    Error::Usage(error.to_string())
}

/// How recordings are looked at.
#[derive(Clone, Copy, Debug)]
struct Judge {
    rules: Rules,
    target: Option<Target>,
}

impl Judge {
    fn kept(&self, stretches: &[Stretch], start: Moment) -> Option<TimeInTarget> {
        let (target, split) = (self.target?, self.rules.split);
        Some(TimeInTarget::of(stretches, target, split, start))
    }

    /// The runs of a recording, with their place in it, and why the other sessions are none.
    fn runs(&self, recording: &Recording) -> (Vec<(usize, Run)>, Vec<NoRun>) {
        Run::all(recording, &self.rules)
    }
}

/// Reads a file, or stdin for `-`.
fn read(path: &Path) -> Result<Recording, WatchError> {
    if path == Path::new("-") {
        watch::read(io::stdin().lock())
    } else {
        watch::read(File::open(path)?)
    }
}

/// How text is written.
#[derive(Clone, Copy, Debug)]
struct Style {
    width: usize,
    ascii: bool,
}

impl Style {
    fn glyphs(self) -> Glyphs {
        if self.ascii {
            Glyphs::Ascii
        } else {
            Glyphs::Blocks
        }
    }

    /// The text, in plain ASCII where that was asked for.
    fn plain(self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\u{b1}' => plain.push_str("+/-"),
                '\u{d7}' => plain.push('x'),
                '\u{b7}' => plain.push('-'),
                '\u{2192}' => plain.push_str("->"),
                _ => plain.push(c),
            }
        }
        plain
    }

    /// A line with its name in front, broken at blanks where it is longer than the terminal is wide.
    fn entry(self, text: &mut String, name: &str, entry: &str) {
        const INDENT: usize = 10;
        let entry = self.plain(entry);
        let mut line = format!("{name:INDENT$}");
        let mut length = INDENT;
        let mut fresh = true;
        for word in entry.split(' ') {
            let more = word.chars().count() + usize::from(!fresh);
            if !fresh && length + more > self.width {
                let _ = writeln!(text, "{}", line.trim_end());
                line = " ".repeat(INDENT);
                (length, fresh) = (INDENT, true);
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            length += word.chars().count() + usize::from(!fresh);
            fresh = false;
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// A time of day in the runner's own clock, where the recording knows it, else UTC; `None` where the watch had lost the date.
fn date(at: Moment, utc_offset_s: Option<i32>, format: &str) -> Option<String> {
    let shifted = at.plus_seconds(f64::from(utc_offset_s.unwrap_or(0)));
    let date = Timestamp::from_millisecond(shifted.unix_ms())
        .ok()?
        .to_zoned(TimeZone::UTC);
    at.is_dated().then(|| date.strftime(format).to_string())
}

/// A date for scripts: RFC 3339, UTC.
fn rfc3339(at: Moment) -> Option<String> {
    date(at, None, "%Y-%m-%dT%H:%M:%SZ")
}

/// Seconds as a clock shows them.
fn clock(seconds: f64) -> String {
    crate::cli::text::clock(std::time::Duration::from_secs(
        seconds.round().max(0.0) as u64
    ))
}

/// A speed as pace: `5:30`, minutes a kilometre.
fn pace(metres_per_second: f64) -> String {
    clock(1000.0 / metres_per_second)
}

/// A number, or a dash.
fn or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), one_decimal)
}

/// A share as a whole number of percent.
fn percent(part: f64, whole: f64) -> String {
    format!(
        "{} %",
        (part / whole.max(f64::MIN_POSITIVE) * 100.0).round()
    )
}

/// Writes the picture, where one was asked for.
fn write_svg(
    svg: Option<Destination>,
    series: &Series,
    labels: &Labels<'_>,
    label: impl Fn(f64) -> String,
) -> Result<(), Error> {
    let Some(mut destination) = svg else {
        return Ok(());
    };
    let picture = chart::svg(series, CLASS_SPM, labels, label)
        .map_err(|error| Error::failed("cannot draw", error))?;
    destination.write_all(picture.as_bytes())?;
    destination.finish()
}

/// Why CSV could not be written: the writer's own error, if it was that.
fn of_csv(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        kind => Error::Failed {
            tried: format!("cannot write CSV: {kind:?}"),
            cause: None,
        },
    }
}

/// A file's name as it is shown.
fn shown(path: &Path) -> String {
    if path == Path::new("-") {
        "stdin".into()
    } else {
        path.display().to_string()
    }
}

/// What came of a recording, with the damage that was found in it: the last of it is the error, unless there is another.
fn outcome(told: Result<(), Error>, path: &Path, faults: &[Fault]) -> Result<(), Error> {
    let text = |fault: &Fault| format!("'{}': {fault}", shown(path));
    let (error, warnings) = match (told, faults.split_last()) {
        (Ok(()), None) => return Ok(()),
        (Ok(()), Some((last, others))) => {
            let tried = text(last);
            (Error::Failed { tried, cause: None }, others)
        }
        (Err(error), _) => (error, faults),
    };
    for fault in warnings {
        report::warn(&text(fault));
    }
    Err(error)
}
