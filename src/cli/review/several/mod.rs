//! Several recordings: one row a run, oldest first, and the trend.

mod find;
mod rows;

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

use cadence::chart::{self, Labels, Point, Series};
use cadence::number::{one_decimal, signed};
use cadence::review::history::{
    self, Fingerprint, Relation, TREND_MIN_DAYS, TREND_MIN_RUNS, Trend, TrendRun,
};
use cadence::review::{NoRun, PaceClass, Summary, Target, TimeInTarget};
use cadence::watch::{Format, Moment, Sport, WatchError};

use super::args::{ReviewArgs, ReviewFormat, Units};
use super::{Judge, band, clock, date, failed, or_dash, percent_or_dash};
use crate::cli::input;
use crate::cli::report::{self, Error};
use crate::cli::table::Table;
use crate::cli::text::{Style, counted};
use find::{Candidate, Outcome};

pub(super) fn run(
    args: &ReviewArgs,
    files: &[PathBuf],
    judge: &Judge,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut bad = Vec::new();
    let paths = find::find(files, &mut bad);
    let svg = args.open_svg(paths.iter().map(|candidate| candidate.path.as_path()))?;
    let mut found = Found::default();
    for (path, outcome) in paths.iter().zip(find::read_all(&paths, judge)) {
        found.take(path, outcome, &mut bad);
    }
    found.sort();
    for (path, why) in &bad {
        report::warn(&format!("{}: {why}", input::named(path)));
    }
    for (a, b) in &found.overlapping {
        report::warn(&format!(
            "{} and {} overlap in time, but not in cadence or distance: both are counted, as if two people ran",
            input::named(a),
            input::named(b)
        ));
    }
    if found.is_empty() && bad.is_empty() {
        let names: Vec<String> = files.iter().map(|path| input::named(path)).collect();
        return Err(failed(format!("no recording in {}", names.join(", "))));
    }
    let history = History::new(&found.rows, args.units);
    match args.format {
        ReviewFormat::Text => write!(out, "{}", found.text(&history, judge, args.style()))?,
        ReviewFormat::Json => report::json(out, &found.json(&history, judge, &bad))?,
        ReviewFormat::Csv => found.csv(&history, out)?,
    }
    let labels = Labels {
        title: &history.title(),
        verdict: &history.line().unwrap_or_default(),
        line: "a run",
        band: &judge.target.map(band).unwrap_or_default(),
        axis: "date",
        value: "steps a minute",
        share: "of the runs",
    };
    super::write_svg(svg, &history.series(judge.target), &labels, day)?;
    if bad.is_empty() {
        return Ok(());
    }
    // One file may have several faults.
    bad.dedup_by(|(a, _), (b, _)| a == b);
    let number = counted(bad.len() as u64, "file");
    Err(failed(format!("{number} could not be read completely")))
}

/// In seconds.
const DAY_S: f64 = 24.0 * 3600.0;

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
    fingerprint: Fingerprint,
    kept: Option<TimeInTarget>,
    doubtful: bool,
    whole: bool,
}

impl Row {
    /// How good a copy of a run it is: whole before damaged, then the format that holds more.
    fn rank(&self) -> (bool, u8) {
        let format = match self.format {
            Format::Fit => 2,
            Format::Tcx => 1,
            Format::Gpx | Format::Log => 0,
        };
        (self.whole, format)
    }

    /// The file's name, after what is to be known of it.
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
    /// Which file is a copy of which.
    duplicates: Vec<(PathBuf, PathBuf)>,
    /// Files that hold two runs at one time.
    overlapping: Vec<(PathBuf, PathBuf)>,
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
                        NoRun::NotOnFoot(Sport::Hiking) | NoRun::TooSlow(_) => self.walks += 1,
                        NoRun::NotOnFoot(_) | NoRun::NotSteps(_) | NoRun::UnknownSport => {
                            self.others += 1;
                        }
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
            let mut overlapping = None;
            // A copy with a shifted clock lies up to 14 hours away.
            let near = |before: &&mut Row| row.start.seconds_since(before.start) <= DAY_S;
            let same = kept.iter_mut().rev().take_while(near).find(|before| {
                match before.fingerprint.relation(&row.fingerprint) {
                    Relation::Same => true,
                    Relation::Overlapping => {
                        overlapping = Some((before.path.clone(), row.path.clone()));
                        false
                    }
                    Relation::Apart => false,
                }
            });
            if let Some(before) = same {
                self.twice += 1;
                let copy = if row.rank() > before.rank() {
                    std::mem::replace(before, row)
                } else {
                    row
                };
                self.duplicates.push((copy.path, before.path.clone()));
            } else {
                self.overlapping.extend(overlapping);
                kept.push(row);
            }
        }
        self.rows = kept;
    }

    fn is_empty(&self) -> bool {
        let others = self.rides + self.others + self.walks + self.without_cadence;
        self.rows.is_empty() && others == 0
    }

    fn text(&self, history: &History, judge: &Judge, style: Style) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            self.table(&mut text, history, judge, style);
        }
        if history.points.len() > 1 {
            let size = (style.width, super::PICTURE_HEIGHT);
            let series = history.series(judge.target);
            let picture = chart::line(&series, size, style.glyphs(), day);
            let _ = write!(text, "\n{picture}");
        }
        let mut found = vec![counted(self.rows.len() as u64, "run")];
        let left_out = [
            (self.twice, "more recorded twice"),
            (self.rides, "rides"),
            (self.walks, "walks"),
            (self.others, "of other sports"),
            (self.without_cadence, "without cadence"),
        ];
        found.extend(left_out.into_iter().filter(|(number, _)| *number > 0).map(
            |(number, what)| match (number, what.strip_suffix('s')) {
                (1, Some(one)) if what != "of other sports" => format!("1 {one}"),
                _ => format!("{number} {what}"),
            },
        ));
        if !text.is_empty() {
            text.push('\n');
        }
        style.entry(&mut text, "found", &found.join(", "));
        if let Some(line) = history.line() {
            style.entry(&mut text, "trend", &line);
        }
        text
    }

    fn table(&self, text: &mut String, history: &History, judge: &Judge, style: Style) {
        let units = history.units;
        let at_pace = history
            .pace
            .map(|pace| format!("at {}", history.shown_pace(pace)));
        let at_pace = at_pace.unwrap_or_else(|| "at pace".into());
        let within = if judge.target.is_some() { "within" } else { "" };
        let headings = [
            "date",
            "spm",
            &at_pace,
            within,
            "pace",
            "running",
            units.name(),
            "file",
        ];
        let mut table = Table::new(headings);
        for row in &self.rows {
            let when = date(row.start, row.utc_offset_s, "%Y-%m-%d %H:%M");
            let speed = row.summary.running_speed_mps;
            let distance = row.summary.distance_m.filter(|metres| *metres > 0.0);
            table.push([
                when.unwrap_or_else(|| "no date".into()),
                or_dash(row.summary.median_spm),
                or_dash(history.cadence_of(row)),
                percent_or_dash(row.within()),
                speed.map_or("-".into(), |mps| units.pace(mps)),
                clock(row.summary.running_s),
                or_dash(distance.map(|metres| metres / units.metres())),
                row.name(),
            ]);
        }
        table.write(text, style);
    }
}

/// Cadence over months: at a pace that the runs have in common, and its trend.
struct History {
    pace: Option<f64>,
    points: Vec<(Moment, f64)>,
    trend: Trend,
    units: Units,
}

impl History {
    fn new(rows: &[Row], units: Units) -> Self {
        let pace = history::common_pace(rows.iter().map(|row| row.paces.as_slice()));
        // A run whose factor is in doubt may count twice what it should.
        let trusted = rows.iter().filter(|row| !row.doubtful);
        let runs = trusted.filter_map(|row| {
            Some(TrendRun {
                start: row.start,
                mean_spm: row.summary.mean_spm?,
                speed_mps: row.summary.running_speed_mps.filter(|mps| *mps > 0.0),
            })
        });
        let mut history = Self {
            pace,
            points: Vec::new(),
            trend: Trend::of(&runs.collect::<Vec<_>>()),
            units,
        };
        let dated = rows.iter().filter(|row| row.start.is_dated());
        history.points = dated
            .filter_map(|row| Some((row.start, history.cadence_of(row)?)))
            .collect();
        history
    }

    /// A run's cadence at the common pace; where no run has a pace, its running median.
    fn cadence_of(&self, row: &Row) -> Option<f64> {
        match self.pace {
            Some(pace) => history::cadence_at(&row.paces, pace),
            None => row.summary.median_spm,
        }
    }

    /// A pace in seconds a kilometre, in the unit that is shown.
    fn shown_pace(&self, s_per_km: f64) -> String {
        self.units.pace(1000.0 / s_per_km)
    }

    fn title(&self) -> String {
        match self.pace {
            Some(pace) => format!(
                "Cadence at {} min/{}",
                self.shown_pace(pace),
                self.units.name()
            ),
            None => "Cadence".into(),
        }
    }

    /// `+0.8 spm a month at the same speed (95 %: -0.3 to +1.9), over 12 runs in 84 days`.
    fn line(&self) -> Option<String> {
        let trend = &self.trend;
        if trend.runs < 2 {
            return None;
        }
        let runs = counted(trend.runs as u64, "run");
        let over = format!("over {runs} in {} days", one_decimal(trend.days.round()));
        if !trend.is_long_enough() {
            return Some(format!(
                "too short for a trend, {over}: it takes {TREND_MIN_RUNS} runs over {TREND_MIN_DAYS} days"
            ));
        }
        let Some((change, interval)) = trend.per_month.zip(trend.interval) else {
            return Some(format!("unknown, {over}: speed changed with time"));
        };
        let speed = if trend.at_one_speed {
            " at the same speed"
        } else {
            ""
        };
        let (low, high) = (signed(change - interval), signed(change + interval));
        let change = signed(change);
        Some(format!(
            "{change} spm a month{speed} (95 %: {low} to {high}), {over}"
        ))
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
    let at = Moment::from_unix_ms(0).plus_seconds(unix_seconds);
    date(at, None, "%Y-%m-%d").unwrap_or_default()
}
