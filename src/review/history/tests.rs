//! Tests of copies, and of cadence at a pace that runs share.

use super::*;

const DAY_S: f64 = 24.0 * 3600.0;

#[test]
fn the_common_pace_is_the_middle_of_all_running() {
    // 100 s at 5:00, 300 s at 5:30, 100 s at 6:00: the middle of the class from 5:30 to 5:40.
    let fast = [
        PaceClass::new(30, 100.0, 170.0),
        PaceClass::new(33, 100.0, 168.0),
    ];
    let slow = [
        PaceClass::new(33, 200.0, 166.0),
        PaceClass::new(36, 100.0, 160.0),
    ];
    assert_eq!(common_pace([fast.as_slice(), slow.as_slice()]), Some(335.0));
    assert_eq!(common_pace([]), None);
}

#[test]
fn the_cadence_at_a_pace_needs_two_minutes_near_it() {
    let paces = [
        PaceClass::new(30, 1000.0, 175.0),
        PaceClass::new(33, 90.0, 168.0),
        PaceClass::new(34, 30.0, 164.0),
    ];
    // (90 · 168 + 30 · 164) / 120
    assert_eq!(cadence_at(&paces, 335.0), Some(167.0));
    assert_eq!(cadence_at(&paces[..2], 335.0), None);
    // Twenty seconds to either side are near.
    let near = |number| cadence_at(&[PaceClass::new(number, 120.0, 170.0)], 335.0);
    assert_eq!([31, 35].map(near), [Some(170.0); 2]);
    assert_eq!([30, 36].map(near), [None; 2]);
}

fn run(at: f64, mean_spm: f64, speed_mps: f64) -> TrendRun {
    let start = Moment::from_unix_ms(1_730_534_400_000).plus_seconds(at * DAY_S);
    TrendRun {
        start,
        mean_spm,
        speed_mps: Some(speed_mps),
    }
}

#[test]
fn a_runner_who_gets_faster_at_the_same_cadence_for_his_pace_has_no_trend() {
    // 8 spm for each m/s, and faster from week to week.
    let speeds = [2.5, 2.6, 2.55, 2.8, 2.9, 3.05, 3.0, 3.2];
    let weeks = (0..).zip(speeds);
    let runs: Vec<_> = weeks
        .map(|(week, speed)| run(7.0 * f64::from(week), 140.0 + 8.0 * speed, speed))
        .collect();
    let trend = Trend::of(&runs);
    assert!(
        trend.at_one_speed && trend.per_month.unwrap().abs() < 1e-6,
        "{trend:?}"
    );
}

#[test]
fn a_trend_has_an_interval() {
    // One step a minute more each ten days at one speed, and half a step of scatter.
    let scatter = [0.5, -0.5, 0.5, -0.5, 0.5, -0.5];
    let runs: Vec<_> = (0..)
        .zip(scatter)
        .map(|(index, off)| run(10.0 * f64::from(index), 160.0 + f64::from(index) + off, 3.0))
        .collect();
    let trend = Trend::of(&runs);
    let (change, interval) = (trend.per_month.unwrap(), trend.interval.unwrap());
    assert!(
        (change - 3.0).abs() < interval && interval < 1.5,
        "{trend:?}"
    );
}

#[test]
fn three_runs_or_three_days_are_no_trend() {
    let days = |days: &[f64]| {
        let runs: Vec<_> = days.iter().map(|day| run(*day, 160.0 + day, 3.0)).collect();
        let trend = Trend::of(&runs);
        assert_eq!(trend.is_long_enough(), trend.per_month.is_some());
        trend.per_month.map(f64::round)
    };
    assert_eq!(days(&[0.0, 1.0, 2.0]), None);
    assert_eq!(days(&[0.0, 10.0, 20.0, 40.0]), None);
    assert_eq!(days(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), None);
    assert_eq!(days(&[0.0, 5.0, 10.0, 15.0, 21.0]), Some(30.0));
}

fn fingerprint(start_s: f64, cadence: &[u8], distance_m: f64) -> Fingerprint {
    let start = Moment::from_unix_ms(1_730_534_400_000).plus_seconds(start_s);
    Fingerprint {
        start,
        end: start.plus_seconds(FINGERPRINT_S * cadence.len() as f64),
        distance_m: Some(distance_m),
        cadence: Packed::of(cadence),
    }
}

/// An hour that is not all the same.
fn hour() -> Vec<u8> {
    (0..360_u16)
        .map(|place| 160 + (place / 7 % 9) as u8)
        .collect()
}

#[test]
fn copies_of_a_run_are_one_even_where_they_are_rounded_cut_or_shifted() {
    let run = fingerprint(0.0, &hour(), 10_000.0);
    let rounded: Vec<u8> = hour().iter().map(|spm| spm / 2 * 2).collect();
    for (copy, what) in [
        (fingerprint(0.0, &rounded, 10_050.0), "rounded"),
        (fingerprint(3600.0, &hour(), 10_000.0), "an hour off"),
        (fingerprint(7.0, &hour(), 10_000.0), "seven seconds off"),
        (fingerprint(300.0, &hour()[30..], 9_800.0), "cut"),
    ] {
        assert_eq!(run.relation(&copy), Relation::Same, "{what}");
        assert_eq!(copy.relation(&run), Relation::Same, "{what}");
    }
}

#[test]
fn two_runners_at_one_time_are_two_runs() {
    let run = fingerprint(0.0, &hour(), 10_000.0);
    let slower: Vec<u8> = hour().iter().map(|spm| spm - 6).collect();
    assert_eq!(
        run.relation(&fingerprint(20.0, &slower, 10_000.0)),
        Relation::Overlapping
    );
    assert_eq!(
        run.relation(&fingerprint(20.0, &hour(), 9_000.0)),
        Relation::Overlapping
    );
}

/// Steps around one click, as a runner keeps to it: whole strides, and each has errors of his
/// own, 4 spm at the most.
fn to_a_click(seed: u32) -> Vec<u8> {
    let mut state = seed;
    (0..360)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            166 + 2 * ((state >> 24) as u8 / 64)
        })
        .collect()
}

#[test]
fn two_runners_on_one_click_who_start_together_are_two() {
    let run = fingerprint(0.0, &to_a_click(1), 10_000.0);
    for start_s in [0.0, 20.0] {
        let other = fingerprint(start_s, &to_a_click(2), 10_000.0);
        assert_eq!(run.relation(&other), Relation::Overlapping);
    }
    let copy = fingerprint(2.0 * 3600.0, &to_a_click(1), 10_000.0);
    assert_eq!(run.relation(&copy), Relation::Same);
}

#[test]
fn two_short_runs_of_a_day_are_two_however_alike() {
    let run = |start_s: f64| fingerprint(start_s, &hour()[..59], 1_800.0);
    assert_eq!(run(0.0).relation(&run(12.0 * 3600.0)), Relation::Apart);
    assert_eq!(run(0.0).relation(&run(0.0)), Relation::Same);
}

#[test]
fn without_a_cadence_nothing_is_a_copy() {
    let run = fingerprint(0.0, &[0; 360], 10_000.0);
    assert_eq!(run.relation(&run.clone()), Relation::Overlapping);
}

#[test]
fn a_steady_run_on_the_same_day_is_no_copy() {
    let run = |start_s: f64| fingerprint(start_s, &[168; 360], 10_000.0);
    assert_eq!(run(0.0).relation(&run(4.0 * 3600.0)), Relation::Apart);
    assert_eq!(run(0.0).relation(&run(0.0)), Relation::Same);
    let hour = |start_s: f64| fingerprint(start_s, &hour(), 10_000.0);
    assert_eq!(hour(0.0).relation(&hour(24.0 * 3600.0)), Relation::Apart);
}

#[test]
fn a_fingerprint_has_a_value_for_each_ten_seconds_and_zero_in_gaps() {
    let start = Moment::from_unix_ms(1_730_534_400_000);
    let stretch =
        |at: f64, seconds: f64, spm| Stretch::new(start.plus_seconds(at), seconds, spm, None);
    let run = [
        stretch(0.0, 25.0, Some(160.5)),
        stretch(25.0, 5.0, Some(170.0)),
        stretch(60.0, 10.0, Some(150.0)),
        stretch(70.0, 10.0, None),
    ];
    let of = Fingerprint::of_stretches(&run, Some(200.0));
    assert_eq!(of.cadence.unpacked(), [161, 161, 161, 0, 0, 0, 150, 0]);
    assert_eq!((of.start, of.end), (start, start.plus_seconds(80.0)));
    assert_eq!(of.distance_m, Some(200.0));
    assert_eq!(Fingerprint::of_stretches(&run, Some(0.0)).distance_m, None);
}

#[test]
fn two_overlap_where_more_than_half_of_the_shorter_is_in_the_longer() {
    let run = |start_s: f64, places: usize| fingerprint(start_s, &vec![160; places], 1_000.0);
    // Ten minutes and an hour.
    assert!(run(0.0, 60).overlaps(&run(299.0, 360)));
    assert!(!run(0.0, 60).overlaps(&run(300.0, 360)));
    assert!(run(1_000.0, 60).overlaps(&run(0.0, 360)));
    assert!(!run(3_600.0, 60).overlaps(&run(0.0, 360)));
}

#[test]
fn a_shifted_copy_is_known_by_ten_minutes_that_vary_up_to_fourteen_hours_off() {
    let shifted = |values: &[u8], by_s: f64| {
        fingerprint(0.0, values, 1_800.0).relation(&fingerprint(by_s, values, 1_800.0))
    };
    let hours = |hours: f64| hours * 3_600.0;
    assert_eq!(shifted(&hour()[..60], hours(12.0)), Relation::Same);
    assert_eq!(shifted(&hour(), hours(14.0)), Relation::Same);
    assert_eq!(shifted(&hour(), hours(14.0) + 1.0), Relation::Apart);
    // Four steps of change are none, nor is standing.
    let mut steady = vec![164; 60];
    (steady[0], steady[10]) = (168, 0);
    assert_eq!(shifted(&steady, hours(12.0)), Relation::Apart);
    steady[0] = 169;
    assert_eq!(shifted(&steady, hours(12.0)), Relation::Same);
}

#[test]
fn without_a_date_a_copy_begins_at_the_same_moment() {
    let at = |start: Moment| Fingerprint {
        start,
        ..fingerprint(0.0, &hour(), 10_000.0)
    };
    let lost = Moment::from_unix_ms(0);
    assert_eq!(at(lost).relation(&at(lost)), Relation::Same);
    assert_eq!(
        at(lost).relation(&at(lost.plus_seconds(60.0))),
        Relation::Apart
    );
    // On both sides of the first date that a watch can know, 899,501,056 s after 1970.
    let first = Moment::from_unix_ms(899_501_056_000);
    assert!(first.is_dated() && !first.plus_seconds(-0.001).is_dated());
    let before = at(first.plus_seconds(-60.0));
    assert_eq!(
        before.relation(&at(first.plus_seconds(60.0))),
        Relation::Apart
    );
}

#[test]
fn distances_of_one_run_differ_by_three_percent_at_the_most() {
    let run = |metres: f64| fingerprint(0.0, &hour(), metres);
    assert_eq!(run(10_000.0).relation(&run(9_700.0)), Relation::Same);
    assert_eq!(run(9_700.0).relation(&run(10_000.0)), Relation::Same);
    assert_eq!(run(10_000.0).relation(&run(9_699.0)), Relation::Overlapping);
    let unknown = Fingerprint {
        distance_m: None,
        ..run(1.0)
    };
    assert_eq!(run(10_000.0).relation(&unknown), Relation::Same);
}

#[test]
fn a_cut_copy_is_compared_place_by_place_where_nine_tenths_of_it_take_part() {
    // Values of which each differs from its neighbours, so that one place off is another run.
    let all: Vec<u8> = to_a_click(1).into_iter().chain(to_a_click(2)).collect();
    let run =
        |from: usize, to: usize| fingerprint(FINGERPRINT_S * from as f64, &all[from..to], 10_000.0);
    let whole = run(0, 360);
    assert_eq!(whole.relation(&run(30, 360)), Relation::Same);
    assert_eq!(run(30, 360).relation(&whole), Relation::Same);
    assert_eq!(whole.relation(&run(36, 396)), Relation::Same);
    assert_eq!(run(36, 396).relation(&whole), Relation::Same);
    assert_eq!(whole.relation(&run(37, 397)), Relation::Overlapping);
}

#[test]
fn values_agree_within_two_steps_for_nineteen_of_twenty() {
    let mut other = [160; 20];
    (other[0], other[1]) = (162, 163);
    assert!(agree(&[160; 20], &other));
    other[0] = 157;
    assert!(!agree(&[160; 20], &other));
    // Nothing next to hardly anything is not a cadence that both have.
    assert!(!agree(&[0; 20], &[2; 20]) && !agree(&[2; 20], &[0; 20]));
}

#[test]
fn a_trend_is_at_one_speed_where_most_runs_have_one() {
    let runs = |without: usize| {
        let days = (0..6).map(|index| 10.0 * f64::from(index));
        let runs = days.enumerate().map(|(index, day)| TrendRun {
            speed_mps: (index >= without).then_some(3.0),
            ..run(day, 160.0, 3.0)
        });
        runs.collect::<Vec<_>>()
    };
    let trend = Trend::of(&runs(3));
    assert_eq!(
        (trend.at_one_speed, trend.runs, trend.days),
        (false, 6, 50.0)
    );
    let trend = Trend::of(&runs(1));
    assert_eq!(
        (trend.at_one_speed, trend.runs, trend.days),
        (true, 5, 40.0)
    );
    assert!(Trend::of(&runs(2)).at_one_speed);
    // A lost date is left out.
    let mut runs = runs(0);
    runs[0].start = Moment::from_unix_ms(0);
    assert_eq!((Trend::of(&runs).runs, Trend::of(&[]).days), (5, 0.0));
}
