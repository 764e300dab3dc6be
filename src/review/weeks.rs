//! Weeks of running: how much, how it changes, and the longest run.
//!
//! Only what was recorded is known here; whether it was too much is not. What is marked is what a
//! runner may want to look at, and the evidence is named with it.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Serialize, Serializer};

use super::stretch::Stretch;
use super::summary::Summary;
use crate::number::tenths;
use crate::watch::Moment;

/// A change from week to week that is marked, in percent: the common guide of 10 % a week, which is
/// not proven protection (Buist 2008, n=532; Nielsen 2014, n=874).
pub const MARKED_GROWTH_PERCENT: f64 = 10.0;

/// How much longer a run is than the longest of [`LONG_RUN_DAYS`] before it to be marked, in
/// percent: from there on more runners were injured (Frandsen 2025, n=5,205).
pub const LONG_RUN_PERCENT: f64 = 10.0;

/// The days with which a long run is compared (Frandsen 2025).
pub const LONG_RUN_DAYS: u32 = 30;

/// What is known of the marks, and what is not.
pub const LOAD_EVIDENCE: [&str; 2] = [
    "10 % a week is a common guide, not proven protection (Buist 2008, n=532; Nielsen 2014, n=874)",
    "one run more than 10 % longer than the longest of the 30 days before went with more injuries \
     (Frandsen 2025, n=5,205); that a shorter one prevents them is not known",
];

/// The most weeks in a row without a run that are listed. The project's own bound: a clock that is
/// years off must not make a thousand rows.
const LISTED_GAP: i32 = 8;

/// The share of the moving time for which the speed must be known, for a distance to be that of the
/// whole run. The project's own bound.
const KNOWN_SHARE: f64 = 0.9;

/// What one run adds to a week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// When it began.
    pub start: Moment,
    /// How far the runner's clock was ahead of UTC.
    pub utc_offset_s: i32,
    /// Seconds of moving.
    pub moving_s: f64,
    /// Metres, where they are known of nearly all of it.
    pub distance_m: Option<f64>,
}

impl Load {
    /// The load of a run's stretches, of which `summary` is the summary.
    #[must_use]
    pub fn of(stretches: &[Stretch], summary: &Summary, utc_offset_s: i32) -> Self {
        let (mut known_s, mut whole_s) = (0.0, 0.0);
        for stretch in stretches {
            whole_s += stretch.seconds();
            known_s += stretch.speed_mps().map_or(0.0, |_| stretch.seconds());
        }
        // Without a cadence and without a speed, the watch's time is all that is known.
        let moving_s = match summary.moving_s {
            0.0 if known_s <= 0.0 => whole_s,
            moving_s => moving_s,
        };
        let is_known = known_s > 0.0 && known_s >= KNOWN_SHARE * moving_s;
        let start = stretches.first().map(Stretch::start);
        Self {
            start: start.unwrap_or(Moment::from_unix_ms(0)),
            utc_offset_s,
            moving_s,
            distance_m: summary.distance_m.filter(|_| is_known),
        }
    }

    /// The day on the runner's own calendar; `None` where the watch had lost the date.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        day_of(self.start, self.utc_offset_s)
    }
}

/// The day of a moment on a clock that is ahead of UTC; `None` where the watch had lost the date.
#[must_use]
pub fn day_of(at: Moment, utc_offset_s: i32) -> Option<Date> {
    let local = at.plus_seconds(f64::from(utc_offset_s)).unix_ms();
    let local = Timestamp::from_millisecond(local).ok()?;
    at.is_dated().then(|| local.to_zoned(TimeZone::UTC).date())
}

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Metres.
    Distance,
    /// Seconds of moving, where not all distances are known.
    Time,
}

/// A run next to the longest of the 30 days before it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LongRun {
    /// Its day.
    #[serde(serialize_with = "as_text")]
    pub date: Date,
    /// What was compared.
    pub measure: Measure,
    /// How long it was, in metres or seconds.
    pub length: f64,
    /// The longest before it.
    pub longest_before: f64,
    /// How much longer it was than that, in percent.
    pub change_percent: f64,
    /// Whether it is marked: [`LONG_RUN_PERCENT`].
    pub marked: bool,
    /// Whether there is a recording from 30 days before it, or earlier: without one, longer runs
    /// may be missing.
    pub window_whole: bool,
}

/// A week on the runner's own calendar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Week {
    /// Its first day.
    #[serde(rename = "week", serialize_with = "as_text")]
    pub start: Date,
    /// The number of runs.
    pub runs: usize,
    /// Seconds of moving.
    pub moving_s: f64,
    /// Metres of those runs whose distance is known; `None` where that is none of them.
    pub distance_m: Option<f64>,
    /// The number of those whose distance is not known.
    pub runs_without_distance: usize,
    /// The change of the time to the week before, in percent; `None` after a week without a run.
    pub time_change_percent: Option<f64>,
    /// The change of the distance; `None` where it is not known of all runs of both weeks, too.
    pub distance_change_percent: Option<f64>,
    /// Whether it grew by more than [`MARKED_GROWTH_PERCENT`]: in distance, else in time.
    pub growth_marked: bool,
    /// The longest run, in seconds of moving.
    pub longest_s: Option<f64>,
    /// The longest run, in metres; `None` where not all distances are known.
    pub longest_m: Option<f64>,
    /// That run of the week which is longest next to the 30 days before it; `None` where there was
    /// no run in them.
    pub long_run: Option<LongRun>,
    /// Whether it is not over yet.
    pub unfinished: bool,
    /// Weeks without a run right before it that are not listed.
    pub weeks_left_out: i32,
}

impl Week {
    /// The change to the week before, by distance where that is known, else by time.
    #[must_use]
    pub fn change(&self) -> Option<(Measure, f64)> {
        let by_distance = self
            .distance_change_percent
            .map(|it| (Measure::Distance, it));
        by_distance.or(self.time_change_percent.map(|it| (Measure::Time, it)))
    }

    /// The weeks from the first run to the last, in order; those without a run too, unless there
    /// are many in a row. `today` tells which is not over. Runs without a date are left out.
    #[must_use]
    pub fn all(loads: &[Load], first_day: Weekday, today: Date) -> Vec<Self> {
        let mut runs: Vec<(Date, Load)> = loads
            .iter()
            .filter_map(|load| Some((load.day()?, *load)))
            .collect();
        runs.sort_by(|(_, a), (_, b)| {
            let by_time = a
                .start
                .cmp(&b.start)
                .then(a.moving_s.total_cmp(&b.moving_s));
            let metres = |load: &Load| load.distance_m.unwrap_or(0.0);
            by_time.then(metres(a).total_cmp(&metres(b)))
        });
        let mut by_week: BTreeMap<Date, Vec<usize>> = BTreeMap::new();
        for (index, (day, _)) in runs.iter().enumerate() {
            if let Some(start) = week_start(*day, first_day) {
                by_week.entry(start).or_default().push(index);
            }
        }
        let this_week = week_start(today, first_day).unwrap_or(today);
        let mut weeks: Vec<Self> = Vec::new();
        for (start, indices) in by_week {
            let mut weeks_left_out = 0;
            if let Some(last) = weeks.last().map(|week| week.start) {
                let between = (start - last).get_days() / 7 - 1;
                if between <= LISTED_GAP {
                    let empty = (1..=between).filter_map(|week| plus_weeks(last, week));
                    let empty: Vec<_> = empty
                        .map(|start| Self::empty(start, start >= this_week))
                        .collect();
                    weeks.extend(empty);
                } else {
                    weeks_left_out = between;
                }
            }
            let mut week = Self::empty(start, start >= this_week);
            week.weeks_left_out = weeks_left_out;
            week.fill(&runs, &indices);
            if let Some(before) = weeks.last().filter(|_| weeks_left_out == 0) {
                week.compare(before);
            }
            weeks.push(week);
        }
        weeks
    }

    fn empty(start: Date, unfinished: bool) -> Self {
        Self {
            start,
            runs: 0,
            moving_s: 0.0,
            distance_m: None,
            runs_without_distance: 0,
            time_change_percent: None,
            distance_change_percent: None,
            growth_marked: false,
            longest_s: None,
            longest_m: None,
            long_run: None,
            unfinished,
            weeks_left_out: 0,
        }
    }

    fn fill(&mut self, runs: &[(Date, Load)], indices: &[usize]) {
        let loads = || indices.iter().map(|index| &runs[*index].1);
        self.runs = indices.len();
        self.moving_s = loads().map(|load| load.moving_s).sum();
        self.longest_s = loads().map(|load| load.moving_s).reduce(f64::max);
        let known = || loads().filter_map(|load| load.distance_m);
        self.distance_m = (known().count() > 0).then(|| known().sum());
        self.runs_without_distance = self.runs - known().count();
        self.longest_m = known()
            .reduce(f64::max)
            .filter(|_| self.runs_without_distance == 0);
        let long = indices.iter().filter_map(|index| LongRun::of(runs, *index));
        self.long_run = long.max_by(|a, b| a.change_percent.total_cmp(&b.change_percent));
    }

    fn compare(&mut self, before: &Self) {
        let change = |now: f64, before: f64| (before > 0.0).then(|| (now / before - 1.0) * 100.0);
        self.time_change_percent = change(self.moving_s, before.moving_s);
        let is_known = self.runs_without_distance + before.runs_without_distance == 0;
        let both = self.distance_m.zip(before.distance_m);
        self.distance_change_percent = both
            .filter(|_| is_known)
            .and_then(|(now, before)| change(now, before));
        self.growth_marked = self
            .change()
            .is_some_and(|(_, percent)| is_over(percent, MARKED_GROWTH_PERCENT));
    }
}

impl LongRun {
    /// A run next to those before it; `runs` are in order of time.
    fn of(runs: &[(Date, Load)], index: usize) -> Option<Self> {
        const WINDOW_S: f64 = LONG_RUN_DAYS as f64 * 24.0 * 3600.0;
        let (date, run) = &runs[index];
        let is_near = |load: &Load| run.start.seconds_since(load.start) <= WINDOW_S;
        let before = runs[..index].iter().rev().map(|(_, load)| load);
        // What began at the same time is another runner, or a copy: not a run before.
        let before = before
            .take_while(|load| is_near(load))
            .filter(|load| load.start < run.start);
        let (mut longest_s, mut longest_m) = (0.0_f64, run.distance_m.map(|_| 0.0_f64));
        for load in before {
            longest_s = longest_s.max(load.moving_s);
            longest_m = longest_m.zip(load.distance_m).map(|(a, b)| a.max(b));
        }
        let (measure, length, longest_before) = match run.distance_m.zip(longest_m) {
            Some((metres, longest)) => (Measure::Distance, metres, longest),
            None => (Measure::Time, run.moving_s, longest_s),
        };
        if longest_before <= 0.0 {
            return None;
        }
        let change_percent = (length / longest_before - 1.0) * 100.0;
        let (_, first) = &runs[0];
        Some(Self {
            date: *date,
            measure,
            length,
            longest_before,
            change_percent,
            marked: is_over(change_percent, LONG_RUN_PERCENT),
            window_whole: run.start.seconds_since(first.start) >= WINDOW_S,
        })
    }
}

/// Whether a change is over a limit, as it is shown: what reads "+10 %" is not.
fn is_over(percent: f64, limit: f64) -> bool {
    tenths(percent) > limit
}

/// The first day of the week of a day.
#[must_use]
pub fn week_start(day: Date, first_day: Weekday) -> Option<Date> {
    let since = day.weekday().since(first_day);
    day.checked_sub(Span::new().days(i64::from(since))).ok()
}

fn plus_weeks(day: Date, weeks: i32) -> Option<Date> {
    day.checked_add(Span::new().weeks(i64::from(weeks))).ok()
}

/// Writes a value as its text.
pub(super) fn as_text<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

#[cfg(test)]
mod tests;
