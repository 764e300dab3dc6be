//! A workout as a file for a watch: `show --format fit` and `plan --encoding fit`.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use cadence::plan::{Plan, PlannedRun};
use cadence::tolerance::Tolerance;
use cadence::watch::{Moment, WorkoutDate, WorkoutFile, WorkoutFileError, WorkoutName};

use crate::cli::destination::{Destination, write_whole};
use crate::cli::playlist::NewFolder;
use crate::cli::report::{self, Error};
use crate::cli::score::{self, WorkoutAndBase};

/// The bytes of a workout for a watch. What the watch cannot do is said on stderr.
pub(crate) fn encode(
    asked: &WorkoutAndBase,
    tolerance: Tolerance,
    end: Option<Duration>,
    name: WorkoutName,
    made: WorkoutDate,
) -> Result<Vec<u8>, Error> {
    let workout = asked
        .workout
        .for_watch(asked.base, tolerance, end)
        .map_err(|error| score::refused(&error))?;
    for caveat in &workout.caveats {
        report::warn(&caveat.to_string());
    }
    let file = WorkoutFile {
        workout: &workout,
        name,
        made,
    };
    Ok(file.to_bytes())
}

/// Writes a whole file, or to stdout, which must not be a terminal.
pub(crate) fn write(path: &Path, overwrite: bool, bytes: &[u8]) -> Result<(), Error> {
    if path == Path::new("-") && io::stdout().is_terminal() {
        let text = "stdout is a terminal: name a FIT file, as in -o run.fit";
        return Err(Error::Usage(text.into()));
    }
    write_whole(path, overwrite, bytes)
}

/// A day as the clock of FIT has it.
pub(crate) fn date(text: &str) -> Result<WorkoutDate, String> {
    let date: Date = text
        .parse()
        .map_err(|_| "not a date: write one such as 2026-12-01")?;
    made_on(date).map_err(|error| error.to_string())
}

fn made_on(date: Date) -> Result<WorkoutDate, WorkoutFileError> {
    let midnight = date
        .to_zoned(TimeZone::UTC)
        .map_err(|_| WorkoutFileError::Date)?;
    WorkoutDate::from_moment(Moment::from_unix_ms(midnight.timestamp().as_millisecond()))
}

/// The runs of a plan, as files for a watch.
pub(crate) struct WatchFiles {
    overwrite: bool,
    files: Vec<(PathBuf, Vec<u8>)>,
    folder: NewFolder,
}

impl WatchFiles {
    /// What is to be written. What prevents it is found here, before anything is printed.
    pub(crate) fn prepare(
        plan: &Plan,
        folder: &Path,
        overwrite: bool,
        tolerance: Tolerance,
    ) -> Result<Self, Error> {
        let files = plan.runs.iter().map(|run| {
            let path = folder.join(file_name(plan, run));
            Ok((path, run_bytes(plan, run, tolerance)?))
        });
        let files = files.collect::<Result<Vec<_>, Error>>()?;
        let folder = NewFolder::create(folder)?;
        for (path, _) in &files {
            drop(Destination::open(path, overwrite)?);
            folder.check()?;
        }
        Ok(Self {
            overwrite,
            files,
            folder,
        })
    }

    pub(crate) fn write(self) -> Result<(), Error> {
        for (path, bytes) in self.files {
            self.folder.check()?;
            write(&path, self.overwrite, &bytes)?;
        }
        Ok(())
    }
}

/// Sorted by name they are in the order of their days.
fn file_name(plan: &Plan, run: &PlannedRun) -> String {
    format!("{}-{}-{:02}.fit", run.date, plan.schedule.name, run.number)
}

fn run_bytes(plan: &Plan, run: &PlannedRun, tolerance: Tolerance) -> Result<Vec<u8>, Error> {
    let title = plan.title(run);
    let asked = WorkoutAndBase {
        workout: run.workout.clone(),
        base: None,
        note: None,
    };
    encode(
        &asked,
        tolerance,
        None,
        WorkoutName::abridged(&title),
        made_on(run.date).map_err(Error::usage)?,
    )
}
