//! One row a week: how much was run, how that changes, and the longest run.

use std::collections::BTreeMap;
use std::io::Write;

use cadence::chart::{self, Bar, BarLabels, SvgError};
use cadence::number::{one_decimal, signed};
use cadence::review::weeks::{LOAD_EVIDENCE, LongRun, MARKED_GROWTH_PERCENT, Measure, Week};
use jiff::Zoned;
use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::found::Found;
use super::plan::PlanToFollow;
use super::row::{zone_assumed, zone_remark};
use super::rows::FoundJson;
use crate::cli::report::Error;
use crate::cli::review::args::{ReviewArgs, Units};
use crate::cli::review::{clock, of_csv, or_dash};
use crate::cli::table::Table;
use crate::cli::text::{Style, counted};

/// The most weeks in a picture of characters: half a year.
const SHOWN: usize = 26;

/// The weeks of what was found.
pub(super) struct Weeks {
    rows: Vec<Week>,
    units: Units,
    /// The planned seconds of each week, where there is a plan.
    planned_s: Option<BTreeMap<Date, f64>>,
    first_day: Weekday,
    /// Runs that do not say their time zone.
    zone_assumed: usize,
    without_date: usize,
}

impl Weeks {
    pub(super) fn new(args: &ReviewArgs, found: &Found, plan: Option<&PlanToFollow>) -> Self {
        let first_day = args.week_start.into();
        let runs = || found.all_runs();
        Self {
            rows: Week::all(&found.loads(), first_day, Zoned::now().date()),
            units: args.units,
            planned_s: plan.map(PlanToFollow::planned_s_by_week),
            first_day,
            zone_assumed: zone_assumed(runs()),
            without_date: runs().filter(|row| !row.start.is_dated()).count(),
        }
    }

    pub(super) fn text(&self, found: &Found, style: Style) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            self.table(&mut text, style);
            let (bars, by) = self.bars();
            let shown = &bars[bars.len().saturating_sub(SHOWN)..];
            let picture = chart::bars(shown, style.width, style.glyphs(), &self.labels(by), |it| {
                one_decimal(it)
            });
            if !picture.is_empty() {
                text.push('\n');
                text.push_str(&picture);
            }
            text.push('\n');
        }
        style.entry(&mut text, "found", &found.in_words());
        for (name, line) in self.remarks() {
            style.entry(&mut text, name, &line);
        }
        text
    }

    fn table(&self, text: &mut String, style: Style) {
        let headings = [
            "week",
            self.units.name(),
            "change",
            "time",
            "runs",
            "longest",
            "30 days",
            "",
        ];
        let mut table = Table::new(headings);
        for week in &self.rows {
            if week.weeks_left_out > 0 {
                let number = week.weeks_left_out;
                table.push([
                    format!("+ {number}"),
                    "-".into(),
                    "-".into(),
                    "-".into(),
                    "0".into(),
                    "-".into(),
                    "-".into(),
                    String::new(),
                ]);
            }
            table.push([
                week.start.to_string(),
                self.distance(week),
                marked(
                    week.change().map(|(_, change)| change),
                    week.growth_marked,
                    '*',
                ),
                clock(week.moving_s),
                week.runs.to_string(),
                self.longest(week),
                marked(
                    week.long_run.map(|run| run.change_percent),
                    week.long_run.is_some_and(|run| run.marked),
                    '!',
                ),
                String::new(),
            ]);
        }
        table.write(text, style);
    }

    /// Kilometres, or more than those where a run has none.
    fn distance(&self, week: &Week) -> String {
        let metres = or_dash(week.distance_m.map(|metres| metres / self.units.metres()));
        match week.distance_m {
            Some(_) if week.runs_without_distance > 0 => format!(">{metres}"),
            _ => metres,
        }
    }

    /// The longest run: its distance, or else its time.
    fn longest(&self, week: &Week) -> String {
        match (week.longest_m, week.longest_s) {
            (Some(metres), _) => one_decimal(metres / self.units.metres()),
            (None, Some(seconds)) => clock(seconds),
            (None, None) => "-".into(),
        }
    }

    /// What is to be known of the table, each with its name.
    fn remarks(&self) -> Vec<(&'static str, String)> {
        let mut remarks = Vec::new();
        if let Some(week) = self.rows.iter().rfind(|week| week.unfinished) {
            let line = format!("the week of {} is not over yet", week.start);
            remarks.push(("so far", line));
        }
        let without = self.rows.iter().map(|week| week.runs_without_distance);
        let without: usize = without.sum();
        if without > 0 {
            let line = format!(
                "{} without a distance: > says that it is missing, and those weeks are compared by time",
                counted(without as u64, "run")
            );
            remarks.push(("distance", line));
        }
        if self.without_date > 0 {
            let line = format!(
                "{} without a date, in no week",
                counted(self.without_date as u64, "run")
            );
            remarks.push(("date", line));
        }
        remarks.extend(zone_remark(self.zone_assumed));
        let [guide, long] = LOAD_EVIDENCE;
        if self.rows.iter().any(|week| week.growth_marked) {
            remarks.push(("*", guide.to_owned()));
        }
        let marked = self.rows.iter().filter_map(|week| week.long_run);
        let marked: Vec<LongRun> = marked.filter(|run| run.marked).collect();
        if let Some(last) = marked.last() {
            remarks.push(("!", format!("{long}; the last was {}", self.long_run(last))));
            if marked.iter().any(|run| !run.window_whole) {
                let line = "in the first 30 days longer runs before them may be missing";
                remarks.push(("", line.to_owned()));
            }
        }
        remarks
    }

    /// `21 km on 2024-12-08, +23 % (17.1 km)`.
    fn long_run(&self, run: &LongRun) -> String {
        let length = |length: f64| match run.measure {
            Measure::Distance => {
                let units = length / self.units.metres();
                format!("{} {}", one_decimal(units), self.units.name())
            }
            Measure::Time => clock(length),
        };
        format!(
            "{} on {}, after {} at the most",
            length(run.length),
            run.date,
            length(run.longest_before)
        )
    }

    /// The weeks as bars: kilometres, or hours where a distance is missing or a plan has minutes. The
    /// mark is what was planned, or else what a tenth more than the week before would be.
    fn bars(&self) -> (Vec<Bar>, Measure) {
        let is_known = self.rows.iter().all(|week| week.runs_without_distance == 0);
        let by = if is_known && self.planned_s.is_none() {
            Measure::Distance
        } else {
            Measure::Time
        };
        let value = |week: &Week| match by {
            Measure::Distance => week.distance_m.unwrap_or(0.0) / self.units.metres(),
            Measure::Time => week.moving_s / 3600.0,
        };
        let before = std::iter::once(None).chain(self.rows.iter().map(Some));
        let bars = self.rows.iter().zip(before).map(|(week, before)| {
            let mark = if let Some(planned_s) = &self.planned_s {
                planned_s.get(&week.start).map(|seconds| seconds / 3600.0)
            } else {
                let before = before.filter(|_| week.weeks_left_out == 0).map(value);
                let before = before.filter(|before| *before > 0.0);
                before.map(|before| before * (1.0 + MARKED_GROWTH_PERCENT / 100.0))
            };
            Bar::new(week.start.to_string(), value(week))
                .with_mark(mark)
                .open(week.unfinished)
        });
        (bars.collect(), by)
    }

    fn labels(&self, by: Measure) -> BarLabels<'static> {
        BarLabels {
            title: "Running by the week",
            value: match (by, self.units) {
                (Measure::Time, _) => "hours",
                (Measure::Distance, Units::Km) => "km",
                (Measure::Distance, Units::Mi) => "miles",
            },
            mark: if self.planned_s.is_some() {
                "planned"
            } else {
                "the week before + 10 %"
            },
            open: "not over yet",
        }
    }

    pub(super) fn svg(&self) -> Result<String, SvgError> {
        let (bars, by) = self.bars();
        chart::bars_svg(&bars, &self.labels(by))
    }

    pub(super) fn json(&self, found: &Found) -> Json {
        Json {
            weeks: self.rows.clone(),
            week_start: day_name(self.first_day),
            time_zone_assumed: self.zone_assumed,
            runs_without_date: self.without_date,
            evidence: LOAD_EVIDENCE,
            found: found.found_json(),
        }
    }

    pub(super) fn csv(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut rows = csv::Writer::from_writer(out);
        for week in &self.rows {
            let long = week.long_run;
            let written = rows.serialize(CsvRow {
                week: week.start.to_string(),
                runs: week.runs,
                moving_s: week.moving_s,
                distance_m: week.distance_m,
                runs_without_distance: week.runs_without_distance,
                time_change_percent: week.time_change_percent,
                distance_change_percent: week.distance_change_percent,
                growth_marked: week.growth_marked,
                longest_s: week.longest_s,
                longest_m: week.longest_m,
                long_run_change_percent: long.map(|run| run.change_percent),
                long_run_marked: long.is_some_and(|run| run.marked),
                unfinished: week.unfinished,
            });
            written.map_err(of_csv)?;
        }
        Ok(rows.flush()?)
    }
}

/// A change in percent with its mark, or with a blank in its place: `+24 % *`.
fn marked(change: Option<f64>, is_marked: bool, mark: char) -> String {
    change.map_or_else(
        || "-  ".into(),
        |change| {
            let mark = if is_marked { mark } else { ' ' };
            format!("{} % {mark}", signed(change))
        },
    )
}

/// The short name of a day: `mon`.
fn day_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

/// The JSON object.
#[derive(Debug, Serialize)]
pub(super) struct Json {
    weeks: Vec<Week>,
    week_start: &'static str,
    time_zone_assumed: usize,
    runs_without_date: usize,
    evidence: [&'static str; 2],
    #[serde(flatten)]
    found: FoundJson,
}

#[derive(Debug, Serialize)]
struct CsvRow {
    week: String,
    runs: usize,
    moving_s: f64,
    distance_m: Option<f64>,
    runs_without_distance: usize,
    time_change_percent: Option<f64>,
    distance_change_percent: Option<f64>,
    growth_marked: bool,
    longest_s: Option<f64>,
    longest_m: Option<f64>,
    long_run_change_percent: Option<f64>,
    long_run_marked: bool,
    unfinished: bool,
}
