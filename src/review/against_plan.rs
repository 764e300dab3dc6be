//! A plan compared with what was run: which recording is which planned run.
//!
//! Nothing is remembered between reviews: the plan is one file, the recordings are others.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::weeks::{Load, as_text, week_start};

/// How many days before or after its own a planned run can be run. The project's own bound: most
/// schedules have two days between runs.
pub const DAYS_AROUND: i32 = 2;

/// From how much more than its planned time on a run is too long. The project's own bounds.
const LONG_SHARE: f64 = 1.25;
/// See [`LONG_SHARE`]; in seconds.
const LONG_S: f64 = 300.0;

/// Below what share of the time that the schedule asks for a run is cut short. The project's own
/// bound.
const SHORT_SHARE: f64 = 0.75;

/// How many days off a recording of another length than planned is worth: a day more than a run can
/// be off, so that a short run on the planned day leaves it to the whole one of a day later, and so
/// that one short run does not move all the runs after it. The project's own choice.
const UNFIT_DAYS: u32 = DAYS_AROUND.unsigned_abs() + 1;

/// A run of a plan: when, and how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedDay {
    /// Its day.
    pub date: Date,
    /// Seconds of all of it, warm-up and cool-down included.
    pub length_s: f64,
    /// Seconds of what the schedule asks for.
    pub asked_s: f64,
}

impl PlannedDay {
    /// Whether a recording is much shorter than what the schedule asks for.
    fn is_cut_short(&self, load: &Load) -> bool {
        load.moving_s < self.asked_s * SHORT_SHARE
    }

    /// Whether a recording is much longer than planned.
    fn is_long(&self, load: &Load) -> bool {
        load.moving_s > self.length_s * LONG_SHARE && load.moving_s > self.length_s + LONG_S
    }
}

/// What became of a planned run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannedStatus {
    /// It was run, on its day or near it.
    Done,
    /// It was begun, but most of it is missing.
    CutShort,
    /// No recording is near its day.
    Missed,
    /// There is still time for it.
    ToCome,
}

/// A planned run and its recording.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedOutcome {
    /// What became of it.
    pub status: PlannedStatus,
    /// The number of its recording among the loads.
    pub run: Option<usize>,
    /// Days from its day to the recording's; `None` where the recording has no date.
    pub days_off: Option<i32>,
    /// Whether it took much longer than planned.
    pub is_long: bool,
    /// Other recordings of the same day.
    pub also: Vec<usize>,
}

/// A calendar week of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PlannedWeek {
    /// Its first day.
    #[serde(serialize_with = "as_text")]
    pub week: Date,
    /// The number of planned runs.
    pub planned: usize,
    /// Their seconds.
    pub planned_s: f64,
    /// The number of recordings, extra ones too.
    pub runs: usize,
    /// Their seconds of moving.
    pub moving_s: f64,
}

/// A plan and the recordings.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanAdherence {
    /// Each planned run, in order.
    pub planned: Vec<PlannedOutcome>,
    /// Recordings near the plan's days that are none of its runs.
    pub extra: Vec<usize>,
    /// The number of recordings before and after the plan.
    pub outside: usize,
    /// The number of recordings without a date that were taken for planned runs, in their order.
    pub by_order: usize,
}

impl PlanAdherence {
    /// Matches planned runs, which are in order of date, with recordings: in order, each at most
    /// once, and within [`DAYS_AROUND`] of its day. As many as possible are matched; of the ways to
    /// do so the one with the fewest days off, where a recording that is cut short or too long
    /// counts as three more, then the one with the least difference in time.
    ///
    /// Recordings without a date are taken in their order for the planned runs that are left, of
    /// which only the calendar weeks are then known. `today` tells what is still to come.
    #[must_use]
    pub fn of(planned: &[PlannedDay], loads: &[Load], today: Date) -> Self {
        let mut dated: Vec<(Date, usize)> = Vec::new();
        let mut undated: Vec<usize> = Vec::new();
        for (index, load) in loads.iter().enumerate() {
            match load.day() {
                Some(day) => dated.push((day, index)),
                None => undated.push(index),
            }
        }
        let order = |a: usize, b: usize| {
            let (a, b) = (&loads[a], &loads[b]);
            let by_time = a.start.cmp(&b.start);
            by_time.then(a.moving_s.total_cmp(&b.moving_s))
        };
        dated.sort_by(|(day, a), (other, b)| day.cmp(other).then(order(*a, *b)));
        undated.sort_by(|a, b| order(*a, *b));

        let all = dated.len();
        if let Some((first, last)) = planned.first().zip(planned.last()) {
            dated.retain(|(day, _)| {
                days_between(first.date, *day) >= -DAYS_AROUND
                    && days_between(last.date, *day) <= DAYS_AROUND
            });
        } else {
            dated.clear();
        }
        let outside = all - dated.len();

        let mut matched = assign(planned, &dated, loads);
        let mut left = undated.iter();
        let mut by_order = 0;
        for (planned, run) in planned.iter().zip(&mut matched) {
            if run.is_none() && planned.date <= today {
                *run = left.next().copied();
                by_order += usize::from(run.is_some());
            }
        }
        let taken = |index: &usize| matched.contains(&Some(*index));
        let mut extra: Vec<usize> = dated.iter().map(|(_, index)| *index).collect();
        extra.extend(left);
        extra.retain(|index| !taken(index));
        let outcomes = planned.iter().zip(&matched);
        let outcomes = outcomes.map(|(planned, run)| outcome(planned, *run, &dated, loads, today));
        Self {
            planned: outcomes.collect(),
            extra,
            outside,
            by_order,
        }
    }

    /// The plan by calendar weeks: what was planned, and what was run of it or beside it. A recording
    /// without a date counts for the week of the run that it was taken for.
    #[must_use]
    pub fn weeks(
        &self,
        planned: &[PlannedDay],
        loads: &[Load],
        first_day: Weekday,
    ) -> Vec<PlannedWeek> {
        let mut weeks: BTreeMap<Date, PlannedWeek> = BTreeMap::new();
        let mut add = |day: Date, plan_s: Option<f64>, run: Option<&Load>| {
            let Some(week) = week_start(day, first_day) else {
                return;
            };
            let entry = weeks.entry(week).or_insert(PlannedWeek {
                week,
                planned: 0,
                planned_s: 0.0,
                runs: 0,
                moving_s: 0.0,
            });
            entry.planned += usize::from(plan_s.is_some());
            entry.planned_s += plan_s.unwrap_or(0.0);
            entry.runs += usize::from(run.is_some());
            entry.moving_s += run.map_or(0.0, |load| load.moving_s);
        };
        for (planned, outcome) in planned.iter().zip(&self.planned) {
            add(planned.date, Some(planned.length_s), None);
            if let Some(load) = outcome.run.map(|run| &loads[run]) {
                add(load.day().unwrap_or(planned.date), None, Some(load));
            }
        }
        for load in self.extra.iter().map(|run| &loads[*run]) {
            if let Some(day) = load.day() {
                add(day, None, Some(load));
            }
        }
        weeks.into_values().collect()
    }

    /// The number of planned runs with a status.
    #[must_use]
    pub fn count(&self, status: PlannedStatus) -> usize {
        self.numbers(status).count()
    }

    /// The places of the planned runs with a status, from zero.
    pub fn numbers(&self, status: PlannedStatus) -> impl Iterator<Item = usize> {
        let of_status = move |(_, it): &(usize, &PlannedOutcome)| it.status == status;
        let planned = self.planned.iter().enumerate().filter(of_status);
        planned.map(|(index, _)| index)
    }
}

fn outcome(
    planned: &PlannedDay,
    run: Option<usize>,
    dated: &[(Date, usize)],
    loads: &[Load],
    today: Date,
) -> PlannedOutcome {
    let Some(index) = run else {
        let is_over = days_between(planned.date, today) > DAYS_AROUND;
        return PlannedOutcome {
            status: if is_over {
                PlannedStatus::Missed
            } else {
                PlannedStatus::ToCome
            },
            run: None,
            days_off: None,
            is_long: false,
            also: Vec::new(),
        };
    };
    let load = &loads[index];
    let day = load.day();
    let same_day = dated.iter().filter(|(other, _)| day == Some(*other));
    let also = same_day.map(|(_, other)| *other);
    PlannedOutcome {
        status: if planned.is_cut_short(load) {
            PlannedStatus::CutShort
        } else {
            PlannedStatus::Done
        },
        run,
        days_off: day.map(|day| days_between(planned.date, day)),
        is_long: planned.is_long(load),
        also: also.filter(|other| *other != index).collect(),
    }
}

/// What a way to match costs: planned runs without a recording, days off with those for a length
/// that does not fit, seconds off. The least is the best.
type Cost = (u32, u32, f64);

fn plus(one: Cost, other: Cost) -> Cost {
    (one.0 + other.0, one.1 + other.1, one.2 + other.2)
}

fn is_less(a: Cost, b: Cost) -> bool {
    (a.0, a.1) < (b.0, b.1) || (a.0, a.1) == (b.0, b.1) && a.2 < b.2
}

/// How a planned run is met, seen from the last of the recordings that may be used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Not at all.
    Missed,
    /// By an earlier recording than that.
    Earlier,
    /// By that one.
    Matched,
}

/// The best cost and step of one planned run for each number of recordings that may be used.
struct Line {
    /// The number of recordings before those that are near enough.
    from: usize,
    cells: Vec<(Cost, Step)>,
}

impl Line {
    /// With more than are near enough it is the same as with all of those.
    fn at(&self, recordings: usize) -> (Cost, Step) {
        let cell = recordings.saturating_sub(self.from);
        self.cells[cell.min(self.cells.len() - 1)]
    }
}

/// Which recording each planned run is matched with: both in order, none twice. An alignment, as of
/// two texts; only what is near enough is looked at, so that it takes a time in proportion to the
/// number of pairs that could be.
fn assign(planned: &[PlannedDay], dated: &[(Date, usize)], loads: &[Load]) -> Vec<Option<usize>> {
    const MISS: Cost = (1, 0, 0.0);
    let mut lines: Vec<Line> = Vec::with_capacity(planned.len());
    for planned in planned {
        let off = |day: Date| days_between(planned.date, day);
        let from = dated.partition_point(|(day, _)| off(*day) < -DAYS_AROUND);
        let to = dated.partition_point(|(day, _)| off(*day) <= DAYS_AROUND);
        let before = |recordings: usize| match lines.last() {
            Some(line) => line.at(recordings).0,
            None => (0, 0, 0.0),
        };
        let mut cells = vec![(plus(before(from), MISS), Step::Missed)];
        for recording in from..to {
            let (day, index) = dated[recording];
            let load = &loads[index];
            let is_unfit = planned.is_cut_short(load) || planned.is_long(load);
            let days = off(day).unsigned_abs() + if is_unfit { UNFIT_DAYS } else { 0 };
            let seconds = (load.moving_s - planned.length_s).abs();
            let matched = plus(before(recording), (0, days, seconds));
            let mut best = (plus(before(recording + 1), MISS), Step::Missed);
            let (earlier, _) = cells[recording - from];
            if is_less(earlier, best.0) {
                best = (earlier, Step::Earlier);
            }
            if is_less(matched, best.0) {
                best = (matched, Step::Matched);
            }
            cells.push(best);
        }
        lines.push(Line { from, cells });
    }
    // Back from the end.
    let mut matched = vec![None; planned.len()];
    let mut recordings = dated.len();
    for (line, run) in lines.iter().zip(&mut matched).rev() {
        recordings = recordings.min(line.from + line.cells.len() - 1);
        // The first cell, which has none of the recordings that are near, is always missed.
        while line.at(recordings).1 == Step::Earlier {
            recordings -= 1;
        }
        if line.at(recordings).1 == Step::Matched {
            recordings -= 1;
            *run = Some(dated[recordings].1);
        }
    }
    matched
}

/// Days from one day to another; negative where that was earlier.
fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

#[cfg(test)]
mod tests;
