//! Several recordings: one row a run, oldest first, and the trend.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use serde::Serialize;

use cadence::cadence::one_decimal;
use cadence::chart::{self, Labels, Point, Series};
use cadence::review::{NoRun, PaceClass, Summary, Target, TimeInTarget, history};
use cadence::watch::{Format, Moment, Sport, WatchError};

use super::args::{ReviewArgs, ReviewFormat};
use super::table::Table;
use super::{Judge, Style, clock, date, or_dash, pace, percent, rfc3339, shown};
use crate::cli::destination::Destination;
use crate::cli::report::{self, Error};
use crate::cli::terminal::Progress;
use crate::cli::text::counted;

pub(super) fn run(
    args: &ReviewArgs,
    files: &[PathBuf],
    judge: &Judge,
    svg: Option<Destination>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut bad = Vec::new();
    let paths = find(files, &mut bad);
    let mut found = Found::default();
    for (path, outcome) in paths.iter().zip(read_all(&paths, judge)) {
        found.take(path, outcome, &mut bad);
    }
    found.sort();
    for (path, why) in &bad {
        report::warn(&format!("'{}': {why}", shown(path)));
    }
    let trend = Trend::new(&found.rows);
    match args.format {
        ReviewFormat::Text => write!(out, "{}", found.text(&trend, judge, args.style()))?,
        ReviewFormat::Json => report::json(out, &found.json(&trend, judge, &bad))?,
        ReviewFormat::Csv => found.csv(&trend, out)?,
    }
    let labels = Labels {
        title: &trend.title(),
        axis: "date",
        value: "steps a minute",
        share: "of the runs",
    };
    super::write_svg(svg, &trend.series(judge.target), &labels, day)?;
    if bad.is_empty() {
        return Ok(());
    }
    Err(Error::Failed {
        tried: format!(
            "{} could not be read whole",
            counted(bad.len() as u64, "file")
        ),
        cause: None,
    })
}

/// The files, those in folders among them, in the order of their names. Hidden ones are left out, and links to folders.
fn find(files: &[PathBuf], bad: &mut Vec<(PathBuf, String)>) -> Vec<Candidate> {
    let mut found = Vec::new();
    for path in files {
        if !path.is_dir() {
            found.push(Candidate {
                path: path.clone(),
                named: true,
            });
            continue;
        }
        let mut folders = vec![path.clone()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    bad.push((folder, error.to_string()));
                    continue;
                }
            };
            let mut inside = Vec::new();
            for entry in entries.flatten() {
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && !hidden => folders.push(entry.path()),
                    Ok(kind) if !kind.is_dir() && !hidden && entry.path().is_file() => {
                        inside.push(entry.path());
                    }
                    _ => {}
                }
            }
            inside.sort();
            found.extend(inside.into_iter().map(|path| Candidate {
                named: is_named_as_recording(&path),
                path,
            }));
        }
    }
    found
}

/// A file that may hold a recording.
struct Candidate {
    path: PathBuf,
    /// Whether its name says so, or the runner does: then it is an error where it does not.
    named: bool,
}

fn is_named_as_recording(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".fit", ".tcx", ".gpx"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// What a file turned out to be. Small, whatever the file's size: it is all that is kept of it.
enum Outcome {
    Read {
        rows: Vec<Row>,
        others: Vec<NoRun>,
        faults: Vec<String>,
    },
    Failed(WatchError),
}

/// Reads the files side by side, one a core, in their order.
fn read_all(paths: &[Candidate], judge: &Judge) -> Vec<Outcome> {
    let progress = Progress::of(paths.len() as u64);
    let workers = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(paths.len());
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || {
        let mut mine = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(candidate) = paths.get(index) else {
                return mine;
            };
            mine.push((index, outcome(&candidate.path, judge)));
            progress.show(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let mut outcomes: Vec<(usize, Outcome)> = thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            match other.join() {
                Ok(theirs) => all.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    drop(progress);
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn outcome(path: &Path, judge: &Judge) -> Outcome {
    let recording = match super::read(path) {
        Ok(recording) => recording,
        Err(error) => return Outcome::Failed(error),
    };
    let (runs, others) = judge.runs(&recording);
    let rows = runs.into_iter().map(|(index, run)| Row {
        path: path.to_owned(),
        format: recording.format,
        session: index + 1,
        utc_offset_s: recording.utc_offset_s,
        start: run.start(),
        end: run.end(),
        summary: run.summary,
        paces: run.paces(),
        kept: judge.kept(&run.stretches, run.start()),
        doubtful: run.factor.is_doubtful(),
        whole: recording.faults.is_empty(),
    });
    Outcome::Read {
        rows: rows.collect(),
        others,
        faults: recording.faults.iter().map(ToString::to_string).collect(),
    }
}

/// A run among others.
struct Row {
    path: PathBuf,
    format: Format,
    session: usize,
    utc_offset_s: Option<i32>,
    start: Moment,
    end: Moment,
    summary: Summary,
    paces: Vec<PaceClass>,
    kept: Option<TimeInTarget>,
    doubtful: bool,
    whole: bool,
}

impl Row {
    /// Whether this is the better copy of two of one run: whole before damaged, and the format that tells more.
    fn rank(&self) -> (bool, u8) {
        let format = match self.format {
            Format::Fit => 2,
            Format::Tcx => 1,
            Format::Gpx => 0,
        };
        (self.whole, format)
    }

    /// Whether two rows are one run. Where a watch had lost the date its times prove nothing, so all must agree.
    fn is_same(&self, other: &Self) -> bool {
        if self.start.is_dated() && other.start.is_dated() {
            return history::is_same_run((self.start, self.end), (other.start, other.end));
        }
        self.start == other.start && self.summary == other.summary
    }

    /// The file's name, behind what is to be known of it.
    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        let name = name.to_string_lossy();
        match (self.whole, self.doubtful) {
            (false, _) => format!("damaged: {name}"),
            (true, true) => format!("doubtful: {name}"),
            (true, false) => name.into_owned(),
        }
    }

    fn within(&self) -> Option<f64> {
        self.kept?.within_percent
    }
}

/// What was found in all files.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    rides: u64,
    others: u64,
    walks: u64,
    without_cadence: u64,
    twice: u64,
}

impl Found {
    fn take(&mut self, candidate: &Candidate, outcome: Outcome, bad: &mut Vec<(PathBuf, String)>) {
        let path = || candidate.path.clone();
        match outcome {
            // A folder holds other files too.
            Outcome::Failed(WatchError::UnknownFormat | WatchError::Empty) if !candidate.named => {}
            Outcome::Failed(error) => bad.push((path(), report::chain(&error))),
            Outcome::Read {
                rows,
                others,
                faults,
            } => {
                bad.extend(faults.into_iter().map(|fault| (path(), fault)));
                for why in others {
                    match why {
                        NoRun::NotOnFoot(Sport::Cycling) | NoRun::TooFast(_) => self.rides += 1,
                        NoRun::NotOnFoot(_) | NoRun::UnknownSport => self.others += 1,
                        NoRun::NoCadence => self.without_cadence += 1,
                        // Settings, courses and workouts are FIT files too.
                        NoRun::Empty => {}
                    }
                }
                for row in rows {
                    if row.summary.running_s > 0.0 {
                        self.rows.push(row);
                    } else {
                        self.walks += 1;
                    }
                }
            }
        }
    }

    /// Oldest first, those without a date last, each run once.
    fn sort(&mut self) {
        self.rows
            .sort_by_key(|row| (!row.start.is_dated(), row.start));
        let mut kept: Vec<Row> = Vec::with_capacity(self.rows.len());
        for row in self.rows.drain(..) {
            match kept.last_mut() {
                Some(last) if last.is_same(&row) => {
                    self.twice += 1;
                    if row.rank() > last.rank() {
                        *last = row;
                    }
                }
                _ => kept.push(row),
            }
        }
        self.rows = kept;
    }

    fn text(&self, trend: &Trend, judge: &Judge, style: Style) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            self.table(&mut text, trend, judge, style);
        }
        let mut told = vec![counted(self.rows.len() as u64, "run")];
        let left_out = [
            (self.twice, "more recorded twice"),
            (self.rides, "rides"),
            (self.walks, "walks"),
            (self.others, "of other sports"),
            (self.without_cadence, "without cadence"),
        ];
        told.extend(left_out.into_iter().filter(|(number, _)| *number > 0).map(
            |(number, what)| match (number, what.strip_suffix('s')) {
                (1, Some(one)) if what != "of other sports" => format!("1 {one}"),
                _ => format!("{number} {what}"),
            },
        ));
        if !text.is_empty() {
            text.push('\n');
        }
        style.entry(&mut text, "found", &told.join(", "));
        if let Some(line) = trend.line() {
            style.entry(&mut text, "trend", &line);
        }
        if trend.points.len() > 1 {
            let size = (style.width, super::PICTURE_HEIGHT);
            let picture = chart::line(&trend.series(judge.target), size, style.glyphs(), day);
            let _ = write!(text, "\n{picture}");
        }
        text
    }

    fn table(&self, text: &mut String, trend: &Trend, judge: &Judge, style: Style) {
        let at_pace = trend.pace.map(|seconds| format!("at {}", clock(seconds)));
        let at_pace = at_pace.unwrap_or_else(|| "at pace".into());
        let within = if judge.target.is_some() { "within" } else { "" };
        let headings = ["date", "spm", &at_pace, within, "pace", "running", "file"];
        let mut table = Table::new(headings);
        for row in &self.rows {
            let when = date(row.start, row.utc_offset_s, "%Y-%m-%d %H:%M");
            table.push([
                when.unwrap_or_else(|| "no date".into()),
                or_dash(row.summary.median_spm),
                or_dash(trend.cadence_of(row)),
                row.within()
                    .map_or("-".into(), |within| percent(within, 100.0)),
                row.summary.running_speed_mps.map_or("-".into(), pace),
                clock(row.summary.running_s),
                row.name(),
            ]);
        }
        table.write(text, style);
    }

    fn json(&self, trend: &Trend, judge: &Judge, bad: &[(PathBuf, String)]) -> Json {
        Json {
            runs: self
                .rows
                .iter()
                .map(|row| RunJson {
                    file: shown(&row.path),
                    format: row.format.name(),
                    session: row.session,
                    start: rfc3339(row.start),
                    utc_offset_s: row.utc_offset_s,
                    duration_s: row.end.seconds_since(row.start),
                    summary: row.summary,
                    cadence_at_pace_spm: trend.cadence_of(row),
                    kept: row.kept,
                    factor_doubtful: row.doubtful,
                    damaged: !row.whole,
                })
                .collect(),
            recorded_twice: self.twice,
            rides: self.rides,
            walks: self.walks,
            other_sports: self.others,
            without_cadence: self.without_cadence,
            judged_low_spm: judge.target.map(Target::low_spm),
            judged_high_spm: judge.target.map(Target::high_spm),
            comparable_pace_s_per_km: trend.pace,
            trend_spm_per_month: trend.per_month,
            faults: bad
                .iter()
                .map(|(path, fault)| FaultJson {
                    file: shown(path),
                    fault: fault.clone(),
                })
                .collect(),
        }
    }

    fn csv(&self, trend: &Trend, out: &mut impl Write) -> Result<(), Error> {
        let mut rows = csv::Writer::from_writer(out);
        for row in &self.rows {
            let written = rows.serialize(CsvRow {
                start: rfc3339(row.start),
                file: shown(&row.path),
                session: row.session,
                running_s: row.summary.running_s,
                walking_s: row.summary.walking_s,
                standing_s: row.summary.standing_s,
                cadence_spm: row.summary.median_spm,
                mean_spm: row.summary.mean_spm,
                deviation_spm: row.summary.deviation_spm,
                running_speed_mps: row.summary.running_speed_mps,
                cadence_at_pace_spm: trend.cadence_of(row),
                within_percent: row.within(),
            });
            written.map_err(super::of_csv)?;
        }
        Ok(rows.flush()?)
    }
}

/// Cadence over months, at a pace that the runs have in common.
struct Trend {
    pace: Option<f64>,
    points: Vec<(Moment, f64)>,
    per_month: Option<f64>,
}

impl Trend {
    fn new(rows: &[Row]) -> Self {
        let pace = history::common_pace(rows.iter().map(|row| row.paces.as_slice()));
        let mut trend = Self {
            pace,
            points: Vec::new(),
            per_month: None,
        };
        let dated = rows.iter().filter(|row| row.start.is_dated());
        trend.points = dated
            .filter_map(|row| Some((row.start, trend.cadence_of(row)?)))
            .collect();
        trend.per_month = history::change_per_month(&trend.points);
        trend
    }

    /// A run's cadence at the common pace; where no run has a pace, its running median.
    fn cadence_of(&self, row: &Row) -> Option<f64> {
        match self.pace {
            Some(pace) => history::cadence_at(&row.paces, pace),
            None => row.summary.median_spm,
        }
    }

    fn title(&self) -> String {
        match self.pace {
            Some(pace) => format!("Cadence at {} min/km", clock(pace)),
            None => "Cadence".into(),
        }
    }

    /// `+0.8 spm a month at 5:35 min/km, over 12 runs`.
    fn line(&self) -> Option<String> {
        let change = one_decimal(self.per_month?);
        let sign = if change.starts_with('-') { "" } else { "+" };
        let pace = self
            .pace
            .map_or(String::new(), |pace| format!(" at {} min/km", clock(pace)));
        let runs = counted(self.points.len() as u64, "run");
        Some(format!("{sign}{change} spm a month{pace}, over {runs}"))
    }

    fn series(&self, target: Option<Target>) -> Series {
        let points = self.points.iter();
        let points =
            points.map(|(at, spm)| Point::new(at.unix_ms() as f64 / 1000.0, 0.0, Some(*spm)));
        let series = Series::new(points.collect(), 24.0 * 3600.0);
        match target {
            Some(target) => series.with_band(target.low_spm(), target.high_spm()),
            None => series,
        }
    }
}

/// A place on the axis of the trend.
fn day(unix_seconds: f64) -> String {
    let at = Moment::from_unix_ms((unix_seconds * 1000.0) as i64);
    date(at, None, "%Y-%m-%d").unwrap_or_default()
}

/// The JSON object; its keys are documented in the README and stay.
#[derive(Debug, Serialize)]
struct Json {
    runs: Vec<RunJson>,
    recorded_twice: u64,
    rides: u64,
    walks: u64,
    other_sports: u64,
    without_cadence: u64,
    judged_low_spm: Option<f64>,
    judged_high_spm: Option<f64>,
    comparable_pace_s_per_km: Option<f64>,
    trend_spm_per_month: Option<f64>,
    faults: Vec<FaultJson>,
}

#[derive(Debug, Serialize)]
struct RunJson {
    file: String,
    format: &'static str,
    session: usize,
    start: Option<String>,
    utc_offset_s: Option<i32>,
    duration_s: f64,
    #[serde(flatten)]
    summary: Summary,
    cadence_at_pace_spm: Option<f64>,
    kept: Option<TimeInTarget>,
    factor_doubtful: bool,
    damaged: bool,
}

#[derive(Debug, Serialize)]
struct FaultJson {
    file: String,
    fault: String,
}

#[derive(Debug, Serialize)]
struct CsvRow {
    start: Option<String>,
    file: String,
    session: usize,
    running_s: f64,
    walking_s: f64,
    standing_s: f64,
    cadence_spm: Option<f64>,
    mean_spm: Option<f64>,
    deviation_spm: Option<f64>,
    running_speed_mps: Option<f64>,
    cadence_at_pace_spm: Option<f64>,
    within_percent: Option<f64>,
}
