//! A plan compared with what was run of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use cadence::cadence::Cadence;
use cadence::chart::{self, Bar, BarLabels, SvgError};
use cadence::number::whole;
use cadence::plan::Plan;
use cadence::review::weeks::{Load, week_start};
use cadence::review::{
    Adherence, DAYS_AROUND, PlanAdherence, PlannedDay, PlannedOutcome, PlannedStatus, PlannedWeek,
    Run, WorkoutAdherence, WorkoutRules,
};
use cadence::tolerance::Tolerance;
use cadence::workout::Timeline;
use jiff::Zoned;
use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::found::Found;
use super::row::{Row, zone_assumed, zone_remark};
use super::rows::FoundJson;
use crate::cli::input;
use crate::cli::report::Error;
use crate::cli::review::{clock, of_csv, percent_or_dash, rfc3339, shown};
use crate::cli::table::Table;
use crate::cli::text::{Style, counted, csv_cell};

/// A plan that recordings are compared with.
pub(in crate::cli::review) struct PlanToFollow {
    plan: Plan,
    days: Vec<PlannedDay>,
    timelines: Vec<Timeline>,
    rules: WorkoutRules,
    first_day: Weekday,
}

/// How well a run followed one of the plan's workouts.
#[derive(Clone, Copy)]
pub(super) struct PlanKept {
    /// The number of that workout, from zero.
    planned: usize,
    with_cue: Option<Adherence>,
    without_cue: Option<Adherence>,
}

impl PlanToFollow {
    /// Reads what `plan --format json` wrote.
    pub(in crate::cli::review) fn read(
        path: &Path,
        rules: WorkoutRules,
        first_day: Weekday,
    ) -> Result<Self, Error> {
        let tried = || format!("cannot read {}", input::named(path));
        let plan = if input::is_stdin(path) {
            Plan::from_json(std::io::stdin().lock())
        } else {
            let file = File::open(path).map_err(|error| Error::failed(tried(), error))?;
            Plan::from_json(file)
        };
        let plan = plan.map_err(|error| Error::failed(tried(), error))?;
        let base = Cadence::from_spm(plan.base.bpm()).ok();
        let tolerance_percent = plan
            .tolerance
            .map_or(rules.tolerance_percent, Tolerance::percent);
        let timelines = plan.runs.iter().map(|run| run.workout.resolve(None));
        let timelines = timelines.collect::<Result<_, _>>().map_err(Error::usage)?;
        let days = plan.runs.iter().map(|run| PlannedDay {
            date: run.date,
            length_s: run.length.as_secs_f64(),
            asked_s: run.asked.as_secs_f64(),
        });
        Ok(Self {
            days: days.collect(),
            timelines,
            rules: WorkoutRules {
                base,
                tolerance_percent,
                ..rules
            },
            first_day,
            plan,
        })
    }

    /// The planned seconds of each calendar week.
    pub(super) fn planned_s_by_week(&self) -> BTreeMap<Date, f64> {
        let mut weeks = BTreeMap::new();
        for planned in &self.days {
            if let Some(week) = week_start(planned.date, self.first_day) {
                *weeks.entry(week).or_insert(0.0) += planned.length_s;
            }
        }
        weeks
    }

    /// How well a run followed those workouts that it may be: most recordings are near one or two.
    pub(super) fn judge(&self, run: &Run, load: &Load) -> Box<[PlanKept]> {
        let day = load.day();
        let is_near = |planned: &PlannedDay| {
            day.is_none_or(|day| (day - planned.date).get_days().abs() <= DAYS_AROUND)
        };
        let near = self.days.iter().enumerate().filter(|(_, it)| is_near(it));
        near.map(|(planned, _)| {
            let kept = WorkoutAdherence::of(run, &self.timelines[planned], &self.rules);
            PlanKept {
                planned,
                with_cue: kept.with_cue,
                without_cue: kept.without_cue,
            }
        })
        .collect()
    }
}

impl PlanKept {
    /// The share of what was asked that was within the tolerance, the cue heard or not.
    fn within_percent(&self) -> Option<f64> {
        let totals = [self.with_cue, self.without_cue];
        let mut running_s = 0.0;
        let mut within_s = 0.0;
        for total in totals.iter().flatten() {
            running_s += total.running_s;
            within_s += total.running_s * total.within_percent.unwrap_or(0.0);
        }
        (running_s > 0.0).then(|| within_s / running_s)
    }
}

/// What is shown of a plan and its runs.
pub(super) struct Followed<'a> {
    follow: &'a PlanToFollow,
    runs: Vec<&'a Row>,
    adherence: PlanAdherence,
    weeks: Vec<PlannedWeek>,
}

impl<'a> Followed<'a> {
    pub(super) fn new(follow: &'a PlanToFollow, found: &'a Found) -> Self {
        let loads = found.loads();
        let adherence = PlanAdherence::of(&follow.days, &loads, Zoned::now().date());
        let weeks = adherence.weeks(&follow.days, &loads, follow.first_day);
        Self {
            follow,
            runs: found.all_runs().collect(),
            adherence,
            weeks,
        }
    }

    /// Each planned run's number and outcome.
    fn outcomes(&self) -> impl Iterator<Item = (usize, &PlannedOutcome)> {
        self.adherence.planned.iter().enumerate()
    }

    /// How well a planned run's recording followed it.
    fn kept(&self, planned: usize, outcome: &PlannedOutcome) -> Option<&PlanKept> {
        let row = self.runs[outcome.run?];
        row.plan.iter().find(|kept| kept.planned == planned)
    }

    /// `6 of 8 done, 3 and 8 missed, run 5 took 60 min where 34 were planned`.
    fn verdict(&self) -> String {
        let of_status = |status| self.adherence.numbers(status).collect::<Vec<_>>();
        let done = of_status(PlannedStatus::Done).len();
        let mut parts = vec![format!("{done} of {} done", self.follow.days.len())];
        let mut name = |places: &[usize], what: &str| {
            if !places.is_empty() {
                parts.push(format!("{} {what}", self.list(places)));
            }
        };
        name(&of_status(PlannedStatus::Missed), "missed");
        name(&of_status(PlannedStatus::CutShort), "cut short");
        let of_days = |is_one: fn(i32) -> bool| -> Vec<usize> {
            let off = |outcome: &PlannedOutcome| outcome.days_off.is_some_and(is_one);
            self.outcomes()
                .filter(|(_, outcome)| off(outcome))
                .map(|(place, _)| place)
                .collect()
        };
        name(&of_days(|days| days > 0), "late");
        name(&of_days(|days| days < 0), "early");
        for (place, outcome) in self.outcomes().filter(|(_, outcome)| outcome.is_long) {
            parts.push(format!(
                "run {} {}",
                self.number(place),
                self.took(place, outcome)
            ));
        }
        let extra = self.adherence.extra.len();
        if extra > 0 {
            parts.push(format!("{extra} extra"));
        }
        for (place, _) in self.outcomes().filter(|(_, it)| !it.also.is_empty()) {
            parts.push(format!(
                "more than one on the day of run {}",
                self.number(place)
            ));
        }
        let to_come = of_status(PlannedStatus::ToCome).len();
        if to_come > 0 {
            parts.push(format!("{to_come} to come"));
        }
        parts.join(", ")
    }

    fn number(&self, place: usize) -> usize {
        self.follow.plan.runs[place].number
    }

    /// `3`, `3 and 8`, `3, 5 and 8`.
    fn list(&self, places: &[usize]) -> String {
        let numbers: Vec<String> = places
            .iter()
            .map(|place| self.number(*place).to_string())
            .collect();
        match numbers.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// `took 60 min where 34 were planned`.
    fn took(&self, place: usize, outcome: &PlannedOutcome) -> String {
        let moving_s = outcome.run.map_or(0.0, |run| self.runs[run].load.moving_s);
        let minutes = |seconds: f64| whole(seconds / 60.0);
        format!(
            "took {} min where {} were planned",
            minutes(moving_s),
            minutes(self.follow.days[place].length_s)
        )
    }

    /// What became of a planned run, in words.
    fn what(&self, place: usize, outcome: &PlannedOutcome) -> String {
        // Writing to a string cannot fail.
        let mut what = match outcome.status {
            PlannedStatus::Done => "done".to_owned(),
            PlannedStatus::CutShort => "cut short".into(),
            PlannedStatus::Missed => "missed".into(),
            PlannedStatus::ToCome => "to come".into(),
        };
        match outcome.days_off {
            Some(0) => {}
            Some(days) => {
                let when = if days > 0 { "late" } else { "early" };
                let days = counted(days.unsigned_abs().into(), "day");
                let _ = write!(what, " {days} {when}");
            }
            None if outcome.run.is_some() => what.push_str(", by order"),
            None => {}
        }
        if outcome.is_long {
            let _ = write!(what, ", {}", self.took(place, outcome));
        }
        if !outcome.also.is_empty() {
            what.push_str(", one of several on its day");
        }
        what
    }

    pub(super) fn text(&self, found: &Found, style: Style) -> String {
        let mut text = String::new();
        self.table(&mut text, style);
        let picture = chart::bars(&self.bars(), style.width, style.glyphs(), &LABELS, |it| {
            whole(it).to_string()
        });
        if !picture.is_empty() {
            text.push('\n');
            text.push_str(&picture);
        }
        text.push('\n');
        style.entry(&mut text, "plan", &self.verdict());
        style.entry(&mut text, "found", &found.in_words());
        for (name, line) in self.remarks() {
            style.entry(&mut text, name, &line);
        }
        text
    }

    fn table(&self, text: &mut String, style: Style) {
        let mut table = Table::new(["run", "day", "took", "within", "what"]).with_texts(&[1]);
        for (place, outcome) in self.outcomes() {
            let took = outcome.run.map(|run| clock(self.runs[run].load.moving_s));
            let kept = self.kept(place, outcome);
            table.push([
                self.number(place).to_string(),
                self.follow.days[place].date.to_string(),
                took.unwrap_or_else(|| "-".into()),
                percent_or_dash(kept.and_then(PlanKept::within_percent)),
                self.what(place, outcome),
            ]);
        }
        for run in &self.adherence.extra {
            let load = self.runs[*run].load;
            let day = load.day().map(|day| day.to_string());
            table.push([
                "+".into(),
                day.unwrap_or_else(|| "no date".into()),
                clock(load.moving_s),
                "-".into(),
                "extra".into(),
            ]);
        }
        table.write(text, style);
    }

    fn remarks(&self) -> Vec<(&'static str, String)> {
        let mut remarks = Vec::new();
        let judged = format!(
            "what the schedule asks for, within \u{b1}{} %, without warm-up and cool-down; each \
             recording is taken to begin with the warm-up (--offset moves it)",
            self.follow.rules.tolerance_percent
        );
        remarks.push(("judged", judged));
        if self.adherence.outside > 0 {
            let runs = counted(self.adherence.outside as u64, "run");
            remarks.push((
                "outside",
                format!("{runs} before or after the plan, not counted"),
            ));
        }
        if self.adherence.by_order > 0 {
            let line = format!(
                "{} without a date: taken in their order for the runs that were left, each in the \
                 calendar week of its plan; late or early cannot be said",
                counted(self.adherence.by_order as u64, "run")
            );
            remarks.push(("date", line));
        }
        remarks.extend(zone_remark(zone_assumed(self.runs.iter().copied())));
        remarks
    }

    /// The weeks in minutes, with what was planned as the mark.
    fn bars(&self) -> Vec<Bar> {
        let bars = self.weeks.iter().map(|week| {
            let planned = (week.planned > 0).then_some(week.planned_s / 60.0);
            Bar::new(week.week.to_string(), week.moving_s / 60.0).with_mark(planned)
        });
        bars.collect()
    }

    pub(super) fn svg(&self) -> Result<String, SvgError> {
        chart::bars_svg(&self.bars(), &LABELS)
    }

    pub(super) fn json(&self, found: &Found) -> Json {
        let planned = self.outcomes().map(|(place, outcome)| {
            let run = &self.follow.plan.runs[place];
            let row = outcome.run.map(|index| self.runs[index]);
            let kept = self.kept(place, outcome);
            PlannedJson {
                run: run.number,
                date: run.date.to_string(),
                target_bpm: run.target.bpm(),
                length_s: run.length.as_secs_f64(),
                asked_s: run.asked.as_secs_f64(),
                status: outcome.status,
                days_off: outcome.days_off,
                long: outcome.is_long,
                recording: row.map(recording),
                within_percent: kept.and_then(PlanKept::within_percent),
                with_cue: kept.and_then(|kept| kept.with_cue),
                without_cue: kept.and_then(|kept| kept.without_cue),
                same_day: outcome
                    .also
                    .iter()
                    .map(|run| recording(self.runs[*run]))
                    .collect(),
            }
        });
        let extra = self.adherence.extra.iter();
        Json {
            verdict: self.verdict(),
            schedule: self.follow.plan.schedule.name.clone(),
            done: self.adherence.count(PlannedStatus::Done),
            planned: planned.collect(),
            extra: extra.map(|run| recording(self.runs[*run])).collect(),
            outside_plan: self.adherence.outside,
            matched_by_order: self.adherence.by_order,
            plan_weeks: self.weeks.clone(),
            time_zone_assumed: zone_assumed(self.runs.iter().copied()),
            found: found.found_json(),
        }
    }

    pub(super) fn csv(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut rows = csv::Writer::from_writer(out);
        for planned in self.planned_csv() {
            rows.serialize(planned).map_err(of_csv)?;
        }
        for row in self.adherence.extra.iter().map(|run| self.runs[*run]) {
            let extra = CsvRow {
                status: "extra",
                file: csv_cell(&shown(&row.path)).into_owned(),
                start: rfc3339(row.start),
                moving_s: Some(row.load.moving_s),
                ..CsvRow::default()
            };
            rows.serialize(extra).map_err(of_csv)?;
        }
        Ok(rows.flush()?)
    }

    fn planned_csv(&self) -> impl Iterator<Item = CsvRow> {
        self.outcomes().map(|(place, outcome)| {
            let run = &self.follow.plan.runs[place];
            let row = outcome.run.map(|index| self.runs[index]);
            let kept = self.kept(place, outcome);
            CsvRow {
                run: Some(run.number),
                date: Some(run.date.to_string()),
                status: match outcome.status {
                    PlannedStatus::Done => "done",
                    PlannedStatus::CutShort => "cut_short",
                    PlannedStatus::Missed => "missed",
                    PlannedStatus::ToCome => "to_come",
                },
                days_off: outcome.days_off,
                long: Some(outcome.is_long),
                target_bpm: Some(run.target.bpm()),
                length_s: Some(run.length.as_secs_f64()),
                asked_s: Some(run.asked.as_secs_f64()),
                file: row.map_or_else(String::new, |row| csv_cell(&shown(&row.path)).into_owned()),
                start: row.and_then(|row| rfc3339(row.start)),
                moving_s: row.map(|row| row.load.moving_s),
                within_percent: kept.and_then(PlanKept::within_percent),
            }
        })
    }
}

const LABELS: BarLabels<'static> = BarLabels {
    title: "Minutes run and planned, by the week",
    value: "minutes",
    mark: "planned",
    open: "not over yet",
};

fn recording(row: &Row) -> RecordingJson {
    RecordingJson {
        file: shown(&row.path),
        start: rfc3339(row.start),
        moving_s: row.load.moving_s,
        cadence_spm: row.summary.median_spm,
    }
}

/// The JSON object.
#[derive(Debug, Serialize)]
pub(super) struct Json {
    verdict: String,
    schedule: String,
    done: usize,
    planned: Vec<PlannedJson>,
    extra: Vec<RecordingJson>,
    outside_plan: usize,
    matched_by_order: usize,
    plan_weeks: Vec<PlannedWeek>,
    time_zone_assumed: usize,
    #[serde(flatten)]
    found: FoundJson,
}

#[derive(Debug, Serialize)]
struct PlannedJson {
    run: usize,
    date: String,
    target_bpm: f64,
    length_s: f64,
    asked_s: f64,
    status: PlannedStatus,
    days_off: Option<i32>,
    long: bool,
    recording: Option<RecordingJson>,
    within_percent: Option<f64>,
    with_cue: Option<Adherence>,
    without_cue: Option<Adherence>,
    same_day: Vec<RecordingJson>,
}

#[derive(Debug, Serialize)]
struct RecordingJson {
    file: String,
    start: Option<String>,
    moving_s: f64,
    cadence_spm: Option<f64>,
}

#[derive(Debug, Default, Serialize)]
struct CsvRow {
    run: Option<usize>,
    date: Option<String>,
    status: &'static str,
    days_off: Option<i32>,
    long: Option<bool>,
    target_bpm: Option<f64>,
    length_s: Option<f64>,
    asked_s: Option<f64>,
    file: String,
    start: Option<String>,
    moving_s: Option<f64>,
    within_percent: Option<f64>,
}
