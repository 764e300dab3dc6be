//! `cadence review`: a recorded run's cadence, and how well a target or a workout was kept.

mod args;
mod one;
mod several;
mod workout;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use cadence::chart::{self, Labels, Series, SvgError};
use cadence::number::one_decimal;
use cadence::review::{Rules, Split, Stretch, Target, TimeInTarget, WorkoutRules};
use cadence::watch::{self, Fault, Moment, Recording, WatchError};

use crate::cli::destination::Destination;
use crate::cli::input;
use crate::cli::report::{self, Error};
use crate::cli::text::{Style, clock_of_seconds as clock};
pub(crate) use args::ReviewArgs;
use args::{ReviewFormat, Rows, Units};
use several::PlanToFollow;
use workout::Plan;

/// How high a picture in the terminal is, in lines, and how wide a class of its histogram, in spm.
const PICTURE_HEIGHT: usize = 12;
const CLASS_SPM: f64 = 4.0;

impl ReviewArgs {
    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        self.check_rows()?;
        let judge = Judge {
            rules: self.rules(),
            target: self.target()?,
            plan: self.plan_to_follow()?,
        };
        let workout = self.workout()?;
        match self.files.as_slice() {
            [file] if !self.is_of_several(file) => {
                one::run(self, file, &judge, workout.as_ref(), out)
            }
            _ if workout.is_some() || self.session.is_some() => {
                let text = "--workout and --session are for one recording: name one file";
                Err(Error::Usage(text.into()))
            }
            files => several::run(self, files, &judge, out),
        }
    }

    /// Refuses rows that would show nowhere.
    fn check_rows(&self) -> Result<(), Error> {
        let name = match self.rows {
            None | Some(Rows::Week) => return Ok(()),
            Some(Rows::Second) => "second",
            Some(Rows::Lap) => "lap",
        };
        let is_of_one = matches!(self.files.as_slice(), [file] if !self.is_of_several(file));
        match self.format {
            _ if !is_of_one => Err(Error::Usage(format!(
                "--rows {name} is for one recording: of several, --rows has week"
            ))),
            ReviewFormat::Csv => Ok(()),
            _ => Err(Error::Usage(format!(
                "--rows {name} is for CSV: add --format csv; text and JSON have the laps anyway"
            ))),
        }
    }

    /// Whether one file is reviewed as several are: it holds them, or that was asked for.
    fn is_of_several(&self, file: &Path) -> bool {
        let is_asked = self.is_by_week() || self.jsonl || self.by_folder || self.plan.is_some();
        is_asked || file.is_dir() || several::is_archive(file)
    }

    fn rules(&self) -> Rules {
        Rules {
            counts: self.recorded_as.map(Into::into),
            sport: self.sport.map(Into::into),
            split: self.split.map_or_else(Split::default, Split::at),
        }
    }

    /// The target, where one was given.
    fn target(&self) -> Result<Option<Target>, Error> {
        let tolerance = self.tolerance.unwrap_or_default();
        Ok(match (self.target, self.cadence) {
            (Some(target), _) => Some(target.with_tolerance(tolerance)),
            (None, Some(cadence)) if self.workout.is_none() => {
                let range = cadence.raised_by(self.raise).map_err(Error::usage)?;
                Some(Target::from_raise(cadence, range, tolerance))
            }
            (None, _) => None,
        })
    }

    /// Whether something to keep to was given: then the recording's own cadence is no base for a
    /// next target.
    fn has_target(&self) -> bool {
        self.target.is_some() || self.cadence.is_some() || self.workout.is_some()
    }

    /// The workout, where one was given.
    fn workout(&self) -> Result<Option<Plan>, Error> {
        let path = self.workout.as_deref();
        path.map(|path| Plan::read(path, self.workout_rules()))
            .transpose()
    }

    /// The plan, where one was given.
    fn plan_to_follow(&self) -> Result<Option<PlanToFollow>, Error> {
        let first_day = self.week_start.into();
        let path = self.plan.as_deref();
        path.map(|path| PlanToFollow::read(path, self.workout_rules(), first_day))
            .transpose()
    }

    fn workout_rules(&self) -> WorkoutRules {
        WorkoutRules {
            offset_s: self.offset.0,
            tolerance_percent: self.tolerance.unwrap_or_default().percent(),
            base: self.cadence,
            pauses: self.pauses.into(),
        }
    }

    /// Opens the picture's file, where one was asked for: what cannot be written is found before
    /// the work begins. No file that is read is overwritten.
    fn open_svg<'a>(
        &'a self,
        inputs: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Option<Destination>, Error> {
        let Some(path) = &self.svg else {
            return Ok(None);
        };
        let mut inputs = inputs
            .into_iter()
            .chain(self.workout.as_deref())
            .chain(self.plan.as_deref());
        if let Some(input) = inputs.find(|input| is_same_file(input, path)) {
            let (picture, input) = (input::named(path), input::named(input));
            return Err(Error::Usage(format!(
                "--svg {picture} would overwrite {input}, an input: name another file"
            )));
        }
        Destination::open(path, self.force).map(Some)
    }

    fn style(&self) -> Style {
        Style::of_stdout(self.ascii)
    }
}

/// Whether two paths lead to one file that is there.
fn is_same_file(a: &Path, b: &Path) -> bool {
    let (Ok(found_a), Ok(found_b)) = (fs::metadata(a), fs::metadata(b)) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let is_file = found_a.is_file() && found_b.is_file();
        is_file && (found_a.dev(), found_a.ino()) == (found_b.dev(), found_b.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = (found_a, found_b);
        fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
    }
}

/// How recordings are judged.
struct Judge {
    rules: Rules,
    target: Option<Target>,
    plan: Option<PlanToFollow>,
}

impl Judge {
    fn kept(&self, stretches: &[Stretch], start: Moment) -> Option<TimeInTarget> {
        let (target, split) = (self.target?, self.rules.split);
        Some(TimeInTarget::of(stretches, target, split, start))
    }
}

/// Reads a file, or stdin for `-`.
fn read(path: &Path) -> Result<Recording, WatchError> {
    if input::is_stdin(path) {
        watch::read(io::stdin().lock())
    } else {
        watch::read(File::open(path)?)
    }
}

/// Something that did not work, for a reason that is in the text.
fn failed(text: String) -> Error {
    Error::Failed {
        tried: text,
        cause: None,
    }
}

/// A time of day in the runner's own clock, where the recording knows it, else UTC; `None` where
/// the watch had lost the date.
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

impl Units {
    /// Metres in one.
    fn metres(self) -> f64 {
        match self {
            Self::Km => 1000.0,
            Self::Mi => 1609.344,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Km => "km",
            Self::Mi => "mi",
        }
    }

    /// A speed as pace: `5:30`, minutes a kilometre or a mile.
    fn pace(self, metres_per_second: f64) -> String {
        clock(self.metres() / metres_per_second)
    }

    /// A distance, to ten metres or the hundredth of a mile: `5.02 km`.
    fn distance(self, metres: f64) -> String {
        let hundredths = (metres / self.metres() * 100.0).round() / 100.0;
        format!("{hundredths:.2} {}", self.name())
    }
}

/// A number, or a dash.
fn or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), one_decimal)
}

/// A share of a whole as a whole number of percent.
fn percent(part: f64, whole: f64) -> String {
    crate::cli::text::percent(part / whole.max(f64::MIN_POSITIVE))
}

/// A share in percent as a whole number, or a dash.
fn percent_or_dash(share: Option<f64>) -> String {
    share.map_or_else(|| "-".into(), |share| percent(share, 100.0))
}

/// Writes the picture, where one was asked for.
fn write_svg(
    svg: Option<Destination>,
    series: &Series,
    labels: &Labels<'_>,
    label: impl Fn(f64) -> String,
) -> Result<(), Error> {
    write_picture(svg, || chart::svg(series, CLASS_SPM, labels, label))
}

/// Draws and writes a picture, where one was asked for.
fn write_picture(
    svg: Option<Destination>,
    draw: impl FnOnce() -> Result<String, SvgError>,
) -> Result<(), Error> {
    let Some(mut destination) = svg else {
        return Ok(());
    };
    let picture = draw().map_err(|error| Error::failed("cannot draw", error))?;
    destination
        .write_all(picture.as_bytes())
        .map_err(|error| destination.failed(error))?;
    destination.finish()
}

/// Why CSV could not be written: the writer's own error, if it was that.
fn of_csv(error: csv::Error) -> Error {
    if !error.is_io_error() {
        return Error::failed("cannot write CSV", error);
    }
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        _ => failed("cannot write CSV".into()),
    }
}

/// A file's name as JSON and CSV have it.
fn shown(path: &Path) -> String {
    if input::is_stdin(path) {
        "stdin".into()
    } else {
        path.display().to_string()
    }
}

/// The outcome of a review, with the damage that was found: the last of it is the error, unless
/// there is another.
fn outcome(reviewed: Result<(), Error>, path: &Path, faults: &[Fault]) -> Result<(), Error> {
    let text = |fault: &Fault| format!("{}: {fault}", input::named(path));
    let (error, warnings) = match (reviewed, faults.split_last()) {
        (Ok(()), None) => return Ok(()),
        (Ok(()), Some((last, others))) => (failed(text(last)), others),
        (Err(error), _) => (error, faults),
    };
    for fault in warnings {
        report::warn(&text(fault));
    }
    Err(error)
}

/// A target in words: `168 to 176 spm`.
fn band(target: Target) -> String {
    format!("target {target}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pace_and_distance_are_in_the_unit_that_was_asked_for() {
        assert_eq!(Units::Km.pace(3.0), "5:33");
        assert_eq!(Units::Mi.pace(3.0), "8:56");
        assert_eq!(Units::Km.distance(5_024.0), "5.02 km");
        assert_eq!(Units::Mi.distance(5_024.0), "3.12 mi");
    }
}
