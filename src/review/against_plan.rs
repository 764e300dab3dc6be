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
        while recordings > line.from && line.at(recordings).1 == Step::Earlier {
            recordings -= 1;
        }
        if recordings > line.from && line.at(recordings).1 == Step::Matched {
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
mod tests {
    use super::*;
    use crate::watch::Moment;
    use jiff::Span;
    use proptest::prelude::*;

    use PlannedStatus::{Missed, ToCome};

    const LATER: &str = "2027-01-01";

    /// 1 December 2026, a Tuesday, and a number of days.
    fn day(days: i64) -> Date {
        let first: Date = "2026-12-01".parse().unwrap();
        first.checked_add(Span::new().days(days)).unwrap()
    }

    /// Half an hour with its warm-up, 20 minutes of it asked.
    fn planned(days: &[i64]) -> Vec<PlannedDay> {
        let planned = days.iter().map(|days| PlannedDay {
            date: day(*days),
            length_s: 1_800.0,
            asked_s: 1_200.0,
        });
        planned.collect()
    }

    /// A run at noon of a day.
    fn run(days: i64, minutes: f64) -> Load {
        let ms = 1_796_126_400_000 + days * 86_400_000;
        Load {
            start: Moment::from_unix_ms(ms),
            utc_offset_s: 0,
            moving_s: 60.0 * minutes,
            distance_m: None,
        }
    }

    fn undated(order: i64, minutes: f64) -> Load {
        let start = Moment::from_unix_ms(order);
        Load {
            start,
            ..run(0, minutes)
        }
    }

    fn review(days: &[i64], runs: &[Load]) -> PlanAdherence {
        PlanAdherence::of(&planned(days), runs, LATER.parse().unwrap())
    }

    /// The recording of each planned run.
    fn matched(adherence: &PlanAdherence) -> Vec<Option<usize>> {
        adherence.planned.iter().map(|it| it.run).collect()
    }

    #[test]
    fn the_test_runs_are_on_their_days() {
        assert_eq!(run(0, 1.0).day(), Some(day(0)));
    }

    #[test]
    fn late_missed_extra_long_and_two_on_a_day_are_told_apart() {
        let runs = [
            run(0, 30.0),
            run(3, 31.0), // a day late
            run(7, 75.0), // too long
            run(9, 30.0), // of two on a day the one of the right length
            run(9, 8.0),
            run(5, 12.0),  // cut short, a day late
            run(12, 30.0), // after the last, by three days
        ];
        let adherence = review(&[0, 2, 4, 7, 9], &runs);
        assert_eq!(
            matched(&adherence),
            [Some(0), Some(1), Some(5), Some(2), Some(3)]
        );
        let off: Vec<_> = adherence.planned.iter().map(|it| it.days_off).collect();
        assert_eq!(off, [Some(0), Some(1), Some(1), Some(0), Some(0)]);
        let numbers = |status| adherence.numbers(status).collect::<Vec<_>>();
        assert_eq!(numbers(PlannedStatus::CutShort), [2]);
        assert_eq!(numbers(PlannedStatus::Done), [0, 1, 3, 4]);
        assert!(adherence.planned[3].is_long && !adherence.planned[1].is_long);
        assert_eq!(adherence.planned[4].also, [4]);
        assert_eq!((adherence.extra, adherence.outside), (vec![4], 1));
    }

    #[test]
    fn a_short_extra_run_on_the_planned_day_does_not_take_the_place_of_the_whole_one() {
        // Eight minutes in the morning, the run itself a day later.
        let adherence = review(&[0], &[run(0, 8.0), run(1, 30.0)]);
        assert_eq!(
            (matched(&adherence), adherence.extra),
            (vec![Some(1)], vec![0])
        );
        let adherence = review(&[2], &[run(0, 30.0), run(2, 8.0), run(2, 90.0)]);
        assert_eq!(matched(&adherence), [Some(0)]);
        // With no other it is the planned run, cut short.
        let adherence = review(&[0, 2], &[run(0, 8.0), run(2, 30.0)]);
        assert_eq!(matched(&adherence), [Some(0), Some(1)]);
        // It does not move those after it, of which each is on its day.
        let runs = [run(0, 8.0), run(2, 30.0), run(4, 30.0), run(5, 30.0)];
        let adherence = review(&[0, 2, 4], &runs);
        assert_eq!(matched(&adherence), [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn what_was_run_on_its_day_is_not_moved_to_fill_a_gap() {
        // The second of four was missed; each of the others is on its day.
        let adherence = review(&[0, 2, 4, 6], &[run(0, 30.0), run(4, 30.0), run(6, 30.0)]);
        assert_eq!(matched(&adherence), [Some(0), None, Some(1), Some(2)]);
        assert_eq!(adherence.count(PlannedStatus::Missed), 1);
    }

    #[test]
    fn three_days_late_is_missed_and_the_run_is_extra() {
        let adherence = review(&[0, 9], &[run(3, 30.0), run(9, 30.0)]);
        assert_eq!(matched(&adherence), [None, Some(1)]);
        assert_eq!(adherence.extra, [0]);
    }

    #[test]
    fn a_run_of_three_quarters_is_done_and_a_quarter_over_is_long() {
        let status = |minutes| {
            let adherence = review(&[0], &[run(0, minutes)]);
            (adherence.planned[0].status, adherence.planned[0].is_long)
        };
        // 20 minutes are asked, 30 planned.
        assert_eq!(status(14.9), (PlannedStatus::CutShort, false));
        assert_eq!(status(15.0), (PlannedStatus::Done, false));
        assert_eq!(status(37.5), (PlannedStatus::Done, false));
        assert_eq!(status(37.6), (PlannedStatus::Done, true));
        // Of ten minutes a quarter is little: five minutes over are still as planned.
        let short = PlannedDay {
            length_s: 600.0,
            ..planned(&[0])[0]
        };
        assert!(!short.is_long(&run(0, 15.0)) && short.is_long(&run(0, 15.1)));
    }

    #[test]
    fn a_run_of_the_right_length_two_days_off_comes_before_a_long_one_on_the_day() {
        let adherence = review(&[0], &[run(0, 40.0), run(2, 15.0)]);
        assert_eq!(matched(&adherence), [Some(1)]);
    }

    #[test]
    fn runs_without_a_date_are_taken_in_their_order_for_what_is_left() {
        let runs = [
            undated(2, 28.0),
            run(2, 30.0),
            undated(1, 30.0),
            undated(3, 30.0),
        ];
        let adherence = review(&[0, 2, 4], &runs);
        assert_eq!(matched(&adherence), [Some(2), Some(1), Some(0)]);
        assert_eq!((adherence.by_order, &adherence.extra[..]), (2, &[3][..]));
        assert_eq!(adherence.planned[0].days_off, None);
    }

    #[test]
    fn what_is_still_to_come_is_not_missed() {
        let statuses = |today: i64| {
            let adherence = PlanAdherence::of(&planned(&[0, 2]), &[], day(today));
            adherence
                .planned
                .iter()
                .map(|it| it.status)
                .collect::<Vec<_>>()
        };
        assert_eq!(statuses(2), [ToCome, ToCome]);
        assert_eq!(statuses(3), [Missed, ToCome]);
        assert_eq!(statuses(5), [Missed, Missed]);
    }

    #[test]
    fn the_weeks_of_a_plan_count_what_was_planned_and_what_was_run() {
        // Tuesday and Thursday of one week, Tuesday of the next; an extra run, and one without a
        // date for the last.
        let days = planned(&[0, 2, 7]);
        let runs = [run(0, 30.0), run(2, 20.0), run(3, 10.0), undated(1, 25.0)];
        let adherence = PlanAdherence::of(&days, &runs, LATER.parse().unwrap());
        let weeks = adherence.weeks(&days, &runs, Weekday::Monday);
        let shown: Vec<_> = weeks
            .iter()
            .map(|week| {
                (
                    week.week.to_string(),
                    week.planned,
                    week.runs,
                    week.moving_s / 60.0,
                )
            })
            .collect();
        let expected = [
            ("2026-11-30".to_owned(), 2, 3, 60.0),
            ("2026-12-07".to_owned(), 1, 1, 25.0),
        ];
        assert_eq!(shown, expected);
        assert_eq!(weeks[0].planned_s, 3_600.0);
    }

    #[test]
    fn without_a_plan_or_without_runs_there_is_nothing_to_match() {
        let adherence = review(&[], &[run(0, 30.0)]);
        assert_eq!((adherence.planned.len(), adherence.outside), (0, 1));
        assert_eq!(matched(&review(&[0], &[])), [None]);
    }

    /// The most pairs that any way of matching has, by trying all of them.
    fn most(planned: &[i64], runs: &[i64]) -> usize {
        let (Some((first, rest)), false) = (planned.split_first(), runs.is_empty()) else {
            return 0;
        };
        let without = most(rest, runs);
        let with = (0..runs.len())
            .filter(|index| (runs[*index] - first).abs() <= i64::from(DAYS_AROUND))
            .map(|index| 1 + most(rest, &runs[index + 1..]))
            .max();
        without.max(with.unwrap_or(0))
    }

    proptest! {
        #[test]
        fn each_is_matched_at_most_once_in_order_and_near_its_day_whatever_the_order_of_the_files(
            mut days in prop::collection::vec(0_i64..40, 0..12),
            runs in prop::collection::vec((-4_i64..44, 1_u8..90), 0..16),
            turn in 0_usize..16,
        ) {
            days.sort_unstable();
            let loads: Vec<Load> = runs.iter().map(|(day, minutes)| run(*day, f64::from(*minutes))).collect();
            let adherence = review(&days, &loads);
            let pairs: Vec<(usize, usize)> = matched(&adherence)
                .iter()
                .enumerate()
                .filter_map(|(number, run)| Some((number, (*run)?)))
                .collect();
            for (number, run) in &pairs {
                prop_assert!((runs[*run].0 - days[*number]).abs() <= i64::from(DAYS_AROUND));
            }
            let mut used: Vec<usize> = pairs.iter().map(|(_, run)| *run).collect();
            let in_order = used.windows(2).all(|pair| runs[pair[0]].0 <= runs[pair[1]].0);
            prop_assert!(in_order, "{:?}", used);
            used.extend(&adherence.extra);
            used.sort_unstable();
            let before = used.len();
            used.dedup();
            prop_assert_eq!(used.len(), before, "a recording is used twice");
            prop_assert_eq!(used.len() + adherence.outside, loads.len());

            // No way of matching has more.
            let mut of_day: Vec<i64> = runs.iter().map(|(day, _)| *day).collect();
            of_day.sort_unstable();
            prop_assert_eq!(pairs.len(), most(&days, &of_day));

            // In another order of the files the same runs are matched.
            let mut turned = loads.clone();
            turned.rotate_left(turn % loads.len().max(1));
            let again = review(&days, &turned);
            let times = |adherence: &PlanAdherence, loads: &[Load]| -> Vec<Option<(Moment, f64)>> {
                let runs = matched(adherence).into_iter();
                runs.map(|run| run.map(|run| (loads[run].start, loads[run].moving_s))).collect()
            };
            prop_assert_eq!(times(&adherence, &loads), times(&again, &turned));
        }
    }
}
