//! Tests of how recordings are matched with a plan.

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
    assert_eq!(adherence.count(PlannedStatus::Done), 4);
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
fn of_two_on_a_day_that_both_fit_the_nearer_in_length_is_taken() {
    let adherence = review(&[0], &[run(0, 25.0), run(0, 30.0)]);
    assert_eq!(matched(&adherence), [Some(1)]);
    let adherence = review(&[0, 2], &[run(0, 31.0), run(0, 35.0), run(2, 30.0)]);
    assert_eq!(matched(&adherence), [Some(0), Some(2)]);
    // Of two that are equal the first.
    let adherence = review(&[0], &[run(0, 30.0), run(0, 30.0)]);
    assert_eq!(matched(&adherence), [Some(0)]);
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
