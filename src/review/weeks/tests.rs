//! Tests of weeks of running.

use super::*;

const HOUR: i32 = 3600;

/// A run on a day at 08:00 UTC, by a clock an hour ahead.
fn run(date: &str, minutes: f64, km: Option<f64>) -> Load {
    at(&format!("{date}T08:00:00Z"), HOUR, minutes, km)
}

fn at(time: &str, utc_offset_s: i32, minutes: f64, km: Option<f64>) -> Load {
    let time: Timestamp = time.parse().unwrap();
    Load {
        start: Moment::from_unix_ms(time.as_millisecond()),
        utc_offset_s,
        moving_s: 60.0 * minutes,
        distance_m: km.map(|km| 1000.0 * km),
    }
}

fn weeks(loads: &[Load]) -> Vec<Week> {
    Week::all(loads, Weekday::Monday, "2030-01-01".parse().unwrap())
}

/// Each as its first day, its runs and its kilometres.
fn shown(weeks: &[Week]) -> Vec<(String, usize, Option<f64>)> {
    let shown = weeks.iter();
    shown
        .map(|week| {
            (
                week.start.to_string(),
                week.runs,
                week.distance_m.map(|m| m / 1000.0),
            )
        })
        .collect()
}

#[test]
fn a_week_goes_from_monday_to_sunday_through_the_end_of_the_year() {
    // 2024-12-30 is a Monday, and 2025-01-05 the Sunday of its week.
    let loads = [
        run("2024-12-29", 30.0, Some(5.0)),
        run("2024-12-30", 30.0, Some(6.0)),
        run("2025-01-05", 30.0, Some(7.0)),
        run("2025-01-06", 30.0, Some(8.0)),
    ];
    let expected = [
        ("2024-12-23".to_owned(), 1, Some(5.0)),
        ("2024-12-30".to_owned(), 2, Some(13.0)),
        ("2025-01-06".to_owned(), 1, Some(8.0)),
    ];
    assert_eq!(shown(&weeks(&loads)), expected);
    let from_sunday = Week::all(&loads, Weekday::Sunday, "2030-01-01".parse().unwrap());
    let starts: Vec<_> = from_sunday
        .iter()
        .map(|week| week.start.to_string())
        .collect();
    assert_eq!(starts, ["2024-12-29", "2025-01-05"]);
}

#[test]
fn the_day_is_the_runners_own_on_both_sides_of_a_change_of_the_clock() {
    // In Berlin summer ended on Sunday, 27 October 2024, at 01:00 UTC. A run at 23:30 on that
    // Sunday is 22:30 UTC; a week before it was 21:30 UTC.
    let loads = [
        at("2024-10-20T21:30:00Z", 2 * HOUR, 30.0, Some(5.0)),
        at("2024-10-27T22:30:00Z", HOUR, 30.0, Some(6.0)),
        at("2024-10-27T23:30:00Z", HOUR, 30.0, Some(7.0)), // 00:30 on Monday
    ];
    let expected = [
        ("2024-10-14".to_owned(), 1, Some(5.0)),
        ("2024-10-21".to_owned(), 1, Some(6.0)),
        ("2024-10-28".to_owned(), 1, Some(7.0)),
    ];
    assert_eq!(shown(&weeks(&loads)), expected);
    // In Los Angeles a Sunday evening is Monday in UTC.
    let evening = at("2024-11-04T01:00:00Z", -8 * HOUR, 30.0, None);
    assert_eq!(weeks(&[evening])[0].start.to_string(), "2024-10-28");
}

#[test]
fn growth_over_ten_percent_is_marked_and_just_ten_is_not() {
    let marks = |before: f64, after: f64| {
        let loads = [
            run("2024-12-02", 60.0, Some(before)),
            run("2024-12-09", 60.0, Some(after)),
        ];
        let weeks = weeks(&loads);
        let change = weeks[1].distance_change_percent.map(tenths);
        (change, weeks[1].growth_marked)
    };
    assert_eq!(marks(10.0, 11.0), (Some(10.0), false));
    assert_eq!(marks(10.0, 11.2), (Some(12.0), true));
    assert_eq!(marks(10.0, 5.0), (Some(-50.0), false));
}

#[test]
fn a_week_with_a_missing_distance_is_compared_by_time() {
    let loads = [
        run("2024-12-02", 50.0, Some(10.0)),
        run("2024-12-09", 40.0, Some(8.0)),
        run("2024-12-11", 20.0, None),
    ];
    let weeks = weeks(&loads);
    assert_eq!(weeks[1].distance_m, Some(8_000.0));
    assert_eq!(
        (weeks[1].runs_without_distance, weeks[1].longest_m),
        (1, None)
    );
    let change = weeks[1].change().map(|(by, percent)| (by, tenths(percent)));
    assert_eq!(change, Some((Measure::Time, 20.0)));
    assert!(weeks[1].growth_marked);
}

#[test]
fn weeks_without_a_run_are_listed_unless_there_are_many() {
    let some = weeks(&[run("2024-12-02", 30.0, None), run("2024-12-23", 30.0, None)]);
    let runs: Vec<_> = some.iter().map(|week| week.runs).collect();
    assert_eq!(runs, [1, 0, 0, 1]);
    // After a week without a run there is nothing to grow from.
    assert_eq!(some[3].change(), None);
    let many = weeks(&[run("2004-12-06", 30.0, None), run("2024-12-23", 30.0, None)]);
    assert_eq!(many.len(), 2);
    // 7,322 days from Monday to Monday are 1,046 weeks.
    assert_eq!(many[1].weeks_left_out, 1_045);
}

#[test]
fn each_run_is_compared_with_the_longest_of_the_thirty_days_before_it() {
    let loads = [
        run("2024-11-01", 90.0, Some(15.0)),
        run("2024-12-03", 60.0, Some(10.0)), // 32 days later: nothing before it
        run("2024-12-10", 72.0, Some(12.0)),
        run("2024-12-12", 30.0, Some(5.0)),
        run("2025-01-09", 78.0, Some(13.0)), // 30 days after the one of 12 km
    ];
    let weeks = weeks(&loads);
    let long: Vec<_> = weeks
        .iter()
        .filter_map(|week| week.long_run)
        .map(|run| (run.date.to_string(), tenths(run.change_percent), run.marked))
        .collect();
    let expected = [
        ("2024-12-10".to_owned(), 20.0, true),
        ("2025-01-09".to_owned(), 8.3, false),
    ];
    assert_eq!(long, expected);
}

#[test]
fn within_a_week_the_run_that_grew_most_is_named_though_a_later_one_is_longer() {
    let loads = [
        run("2024-11-01", 60.0, Some(10.0)),
        run("2024-12-01", 60.0, Some(10.0)),
        run("2024-12-03", 120.0, Some(20.0)),
        run("2024-12-08", 126.0, Some(21.0)),
    ];
    let weeks = weeks(&loads);
    let long = weeks.last().unwrap().long_run.unwrap();
    assert_eq!(
        (long.date.to_string(), long.change_percent),
        ("2024-12-03".into(), 100.0)
    );
    assert!(long.window_whole && long.marked);
}

#[test]
fn the_week_of_today_is_not_over() {
    let loads = [run("2024-12-02", 30.0, None), run("2024-12-09", 30.0, None)];
    let unfinished = |today: &str| {
        let weeks = Week::all(&loads, Weekday::Monday, today.parse().unwrap());
        weeks.iter().map(|week| week.unfinished).collect::<Vec<_>>()
    };
    assert_eq!(unfinished("2024-12-15"), [false, true]);
    assert_eq!(unfinished("2024-12-16"), [false, false]);
}

#[test]
fn the_order_of_the_runs_changes_nothing_and_a_lost_date_is_left_out() {
    let mut loads = vec![
        run("2024-12-03", 60.0, Some(10.0)),
        run("2024-12-03", 30.0, None),
        run("2024-12-12", 30.0, Some(5.0)),
        run("1990-01-01", 30.0, Some(5.0)),
    ];
    let forwards = weeks(&loads);
    assert_eq!(forwards.iter().map(|week| week.runs).sum::<usize>(), 3);
    loads.reverse();
    assert_eq!(weeks(&loads), forwards);
}

#[test]
fn a_distance_that_is_known_of_half_a_run_is_not_its_distance() {
    let at = |second: f64| Moment::from_unix_ms(0).plus_seconds(second);
    let stretch = |second, speed| Stretch::new(at(second), 10.0, Some(160.0), speed);
    let load = |stretches: &[Stretch]| {
        let summary = Summary::of(stretches, super::super::Split::default());
        let load = Load::of(stretches, &summary, 0);
        (load.moving_s, load.distance_m)
    };
    assert_eq!(
        load(&[stretch(0.0, Some(3.0)), stretch(10.0, Some(3.0))]),
        (20.0, Some(60.0))
    );
    assert_eq!(
        load(&[stretch(0.0, Some(3.0)), stretch(10.0, None)]),
        (20.0, None)
    );
    // Nine tenths are nearly all of it.
    let mut nearly: Vec<_> = (0..9)
        .map(|index| stretch(10.0 * f64::from(index), Some(3.0)))
        .collect();
    nearly.push(stretch(90.0, None));
    assert_eq!(load(&nearly), (100.0, Some(270.0)));
    // What stood still the whole time did not move.
    let still = Stretch::new(at(0.0), 600.0, Some(0.0), Some(0.0));
    assert_eq!(load(&[still]), (0.0, Some(0.0)));
    // A single record lasts no time, and goes nowhere that is known.
    let moment = Stretch::new(at(0.0), 0.0, Some(160.0), Some(3.0));
    assert_eq!(load(&[moment]), (0.0, None));
    // A treadmill without a foot pod: neither cadence nor speed.
    assert_eq!(
        load(&[Stretch::new(at(0.0), 600.0, None, None)]),
        (600.0, None)
    );
}

#[test]
fn eight_empty_weeks_are_listed_and_nine_are_left_out() {
    let apart = |date: &str| {
        let weeks = weeks(&[run("2024-12-02", 30.0, None), run(date, 30.0, None)]);
        let last = weeks.last().unwrap();
        (weeks.len(), last.weeks_left_out, last.change())
    };
    assert_eq!(apart("2025-02-03"), (10, 0, None));
    assert_eq!(apart("2025-02-10"), (2, 9, None));
    assert_eq!(apart("2024-12-09"), (2, 0, Some((Measure::Time, 0.0))));
}

#[test]
fn a_week_holds_the_sum_and_the_longest_of_its_runs() {
    let loads = [
        run("2024-12-02", 30.0, Some(5.0)),
        run("2024-12-04", 60.0, Some(9.0)),
        run("2024-12-06", 40.0, Some(6.0)),
    ];
    let week = &weeks(&loads)[0];
    assert_eq!(
        (week.runs, week.moving_s, week.distance_m),
        (3, 7_800.0, Some(20_000.0))
    );
    assert_eq!(
        (week.longest_s, week.longest_m),
        (Some(3_600.0), Some(9_000.0))
    );
    let unknown = &weeks(&[run("2024-12-02", 30.0, None)])[0];
    assert_eq!(
        (unknown.distance_m, unknown.runs_without_distance),
        (None, 1)
    );
}

#[test]
fn weeks_that_are_still_to_come_are_not_over_either() {
    let loads = [run("2024-12-02", 30.0, None), run("2024-12-23", 30.0, None)];
    let weeks = Week::all(&loads, Weekday::Monday, "2024-12-11".parse().unwrap());
    let unfinished: Vec<_> = weeks.iter().map(|week| week.unfinished).collect();
    assert_eq!(unfinished, [false, true, true, true]);
}

#[test]
fn a_long_run_is_compared_by_time_where_a_distance_is_missing() {
    let long_run = |loads: &[Load]| weeks(loads).last().unwrap().long_run;
    let before = run("2024-12-02", 60.0, None);
    let long = long_run(&[before, run("2024-12-09", 90.0, Some(15.0))]).unwrap();
    assert_eq!(
        (long.measure, long.length, long.longest_before),
        (Measure::Time, 5_400.0, 3_600.0)
    );
    assert_eq!((long.change_percent, long.marked), (50.0, true));
    // Another runner who starts at the same time is no run before, and neither is one of no
    // length.
    assert_eq!(long_run(&[before, before]), None);
    let nothing = run("2024-12-02", 0.0, None);
    assert_eq!(long_run(&[nothing, run("2024-12-09", 90.0, None)]), None);
}

#[test]
fn thirty_days_of_recordings_are_a_whole_window() {
    let is_whole = |first: &str| {
        let loads = [
            run(first, 30.0, None),
            run("2024-12-25", 60.0, None),
            run("2024-12-31", 60.0, None),
        ];
        weeks(&loads).last().unwrap().long_run.unwrap().window_whole
    };
    assert!(is_whole("2024-12-01"));
    assert!(!is_whole("2024-12-02"));
}
