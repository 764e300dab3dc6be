//! Tests of what becomes of a session, and the sessions that other tests of `review` are made of.

use super::*;
use crate::review::FactorReason;
use crate::watch::{Distance, Format, Lap, Span, Speed, Timer};

pub(in crate::review) const START: Moment = Moment::from_unix_ms(0);

fn at(seconds: f64) -> Moment {
    START.plus_seconds(seconds)
}

fn reading(raw: f64) -> Reading {
    Reading::from_number(raw).unwrap()
}

/// A run whose records are a second, a cadence in steps a minute, and a speed each.
pub(in crate::review) fn session(
    records: impl IntoIterator<Item = (f64, f64, f64)>,
    timer: &[(f64, Timer)],
) -> Session {
    let record = |(second, spm, mps): (f64, f64, f64)| Record {
        at: at(second),
        cadence: reading(spm / 2.0),
        developer_cadence: Reading::Missing,
        speed: Speed::from_mps(mps).ok(),
    };
    Session {
        sport: Sport::Running,
        records: records.into_iter().map(record).collect(),
        timer: timer.iter().map(|(it, event)| (at(*it), *event)).collect(),
        ..Session::default()
    }
}

/// Ten seconds of each cadence and speed, one after the other.
pub(in crate::review) fn in_tens(held: &[(f64, f64)]) -> Session {
    // A record lasts until the next one.
    let held = held.iter().chain(held.last());
    let tens = (0..).map(|index| f64::from(index) * 10.0);
    session(tens.zip(held).map(|(at, (spm, mps))| (at, *spm, *mps)), &[])
}

pub(in crate::review) fn run_of(session: &Session, split: Split) -> Run {
    let rules = Rules {
        split,
        ..Rules::default()
    };
    Run::from_session(session, &rules).unwrap()
}

/// Ten seconds of each of these cadences at 3 m/s.
fn steady(spm: &[f64]) -> Run {
    let held: Vec<_> = spm.iter().map(|spm| (*spm, 3.0)).collect();
    run_of(&in_tens(&held), Split::at(Cadence::WALK_TO_RUN))
}

fn lap(start: f64, raw: f64) -> Lap {
    Lap {
        start: at(start),
        length: Span::from_seconds(60.0).ok(),
        distance: Distance::from_metres(180.0).ok(),
        cadence: reading(raw),
    }
}

#[test]
fn a_devices_own_field_comes_before_a_developers_and_both_before_the_laps() {
    let record = |native: f64, developer: f64| Record {
        at: START,
        cadence: reading(native),
        developer_cadence: reading(developer),
        speed: None,
    };
    let basis = |records: &[Record], laps: &[Lap]| {
        let session = Session {
            records: records.to_vec(),
            laps: laps.to_vec(),
            ..Session::default()
        };
        find_basis(&session, Sport::Running).map(|(basis, of)| {
            let read = records.first().and_then(|record| of(record).raw());
            (basis, read)
        })
    };
    assert_eq!(
        basis(&[record(80.0, 81.0)], &[]),
        Ok((Basis::Records, Some(80.0)))
    );
    assert_eq!(
        basis(&[record(0.0, 81.0)], &[]),
        Ok((Basis::DeveloperField, Some(81.0)))
    );
    let laps = [lap(0.0, 82.0)];
    assert_eq!(
        basis(&[record(0.0, 0.0)], &laps),
        Ok((Basis::Laps, Some(0.0)))
    );
    assert_eq!(basis(&[], &[]), Err(NoRun::Empty));
    assert_eq!(basis(&[record(0.0, 0.0)], &[]), Err(NoRun::NoCadence));
    assert_eq!(basis(&[], &[lap(0.0, 0.0)]), Err(NoRun::NoCadence));
    let ride = Session {
        records: vec![record(0.0, 0.0)],
        ..Session::default()
    };
    for sport in [Sport::Cycling, Sport::Hiking, Sport::Other] {
        let refused = find_basis(&ride, sport).map(|(basis, _)| basis);
        assert_eq!(refused, Err(NoRun::NotOnFoot(sport)));
    }
}

#[test]
fn records_are_counted_before_anything_is_dropped() {
    let mut session = session([(0.0, 160.0, 3.0), (1.0, 0.0, 3.0), (2.0, 180.0, 3.0)], &[]);
    session.records.push(Record {
        cadence: reading(255.0),
        ..session.records[0]
    });
    session.records.push(Record {
        cadence: Reading::Missing,
        ..session.records[0]
    });
    let run = run_of(&session, Split::default());
    let expected = RecordCounts {
        total: 5,
        with_cadence: 3,
        zero: 1,
        invalid: 1,
        mean_spm: Some(170.0),
    };
    assert_eq!((run.records, run.basis), (expected, Basis::Records));
    assert_eq!(run.factor.percentile_95, 90.0);
}

#[test]
fn laps_alone_have_no_mean_of_records() {
    let session = Session {
        sport: Sport::Running,
        laps: vec![lap(0.0, 80.0), lap(60.0, 84.0)],
        ..Session::default()
    };
    let run = run_of(&session, Split::default());
    assert_eq!((run.basis, run.factor.percentile_95), (Basis::Laps, 84.0));
    assert_eq!((run.records, run.gap_s), (RecordCounts::default(), 0.0));
    assert_eq!(run.summary.mean_spm, Some(164.0));
}

#[test]
fn the_devices_average_counts_what_its_own_field_does() {
    let mut session = session([(0.0, 160.0, 3.0), (10.0, 160.0, 3.0)], &[]);
    assert_eq!(run_of(&session, Split::default()).device_average_spm, None);
    session.cadence = reading(0.0);
    assert_eq!(run_of(&session, Split::default()).device_average_spm, None);
    session.cadence = reading(79.0);
    let run = run_of(&session, Split::default());
    assert_eq!(run.device_average_spm, Some(158.0));
    // A pod's field in steps, beside the watch's own average in strides.
    for record in &mut session.records {
        record.cadence = Reading::Missing;
        record.developer_cadence = reading(160.0);
    }
    let run = run_of(&session, Split::default());
    assert_eq!(run.factor.reason, FactorReason::Values);
    assert_eq!(
        (run.basis, run.device_average_spm),
        (Basis::DeveloperField, Some(158.0))
    );
}

#[test]
fn the_runs_of_a_recording_keep_their_places_in_it() {
    let ride = Session {
        sport: Sport::Cycling,
        ..in_tens(&[(160.0, 8.0)])
    };
    let recording = Recording {
        format: Format::Fit,
        sessions: vec![ride, in_tens(&[(160.0, 3.0)])],
        utc_offset_s: None,
        faults: Vec::new(),
    };
    let (runs, others) = Run::all(&recording, &Rules::default());
    let places: Vec<_> = runs.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, [1]);
    assert_eq!(others, [NoRun::NotOnFoot(Sport::Cycling)]);
}

#[test]
fn a_run_without_a_cadence_has_its_time_all_the_same() {
    let mut session = in_tens(&[(0.0, 3.0), (0.0, 3.0)]);
    let seconds = |session: &Session, rules: &Rules| {
        let stretches = Run::stretches_without_cadence(session, rules)?;
        assert!(stretches.iter().all(|it| it.spm().is_none()));
        Some(stretches.iter().map(Stretch::seconds).sum::<f64>())
    };
    let as_recorded = Rules::default();
    assert_eq!(seconds(&session, &as_recorded), Some(20.0));
    let walk = Rules {
        sport: Some(Sport::Walking),
        ..as_recorded
    };
    assert_eq!(seconds(&session, &walk), None);
    session.records.clear();
    session.laps = vec![Lap {
        cadence: Reading::Missing,
        ..lap(0.0, 80.0)
    }];
    assert_eq!(seconds(&session, &as_recorded), Some(60.0));
    assert_eq!(seconds(&in_tens(&[(160.0, 3.0)]), &as_recorded), None);
}

#[test]
fn the_main_run_has_the_most_running_else_the_most_walking() {
    let runs = |runs: &[&[f64]]| {
        let runs = runs.iter().map(|spm| steady(spm)).enumerate().collect();
        Run::main(runs).map(|(place, _)| place)
    };
    assert_eq!(runs(&[&[160.0; 3], &[160.0, 100.0, 100.0, 100.0]]), Some(0));
    assert_eq!(runs(&[&[100.0; 3], &[100.0; 2]]), Some(0));
    assert_eq!(runs(&[&[160.0; 2], &[170.0; 2]]), Some(1));
    assert_eq!(runs(&[]), None);
}

#[test]
fn a_run_lasts_from_its_first_stretch_to_the_end_of_its_last() {
    let session = session(
        [(5.0, 160.0, 3.0), (15.0, 162.0, 3.0), (25.0, 160.0, 3.0)],
        &[],
    );
    let mut run = run_of(&session, Split::default());
    assert_eq!((run.start(), run.end()), (at(5.0), at(25.0)));
    assert_eq!(run.cadence().map(Cadence::spm), Some(160.0));
    run.stretches.truncate(1);
    assert_eq!(run.end(), at(15.0));
    run.stretches.clear();
    assert_eq!((run.start(), run.end()), (START, START));
    assert_eq!(steady(&[100.0]).cadence(), None);
    // Half at 3 m/s, which are 5:33 a kilometre.
    let paces = steady(&[160.0, 100.0]).paces();
    let paces: Vec<_> = paces
        .iter()
        .map(|it| (it.pace_s_per_km(), it.seconds))
        .collect();
    assert_eq!(paces, [(330.0, 10.0)]);
}

#[test]
fn an_average_is_explained_by_what_is_within_one_step_of_it() {
    let pools = |device: Option<f64>, gap_s: f64, unknown_s: f64| {
        let summary = Summary {
            mean_spm: Some(165.0),
            mean_moving_spm: Some(160.0),
            mean_with_zeros_spm: Some(150.0),
            unknown_s,
            ..Summary::default()
        };
        let run = Run {
            summary,
            gap_s,
            device_average_spm: device,
            ..steady(&[160.0])
        };
        run.device_pools().map(DevicePools::name)
    };
    let whole = |device| pools(Some(device), 0.0, 0.0);
    assert_eq!(whole(166.0), Some("running"));
    assert_eq!(whole(164.0), Some("running"));
    assert_eq!(whole(163.5), Some("unexplained"));
    assert_eq!(whole(161.0), Some("moving"));
    assert_eq!(whole(149.0), Some("everything"));
    assert_eq!(pools(Some(140.0), 15.0, 15.0), Some("unexplained"));
    assert_eq!(pools(Some(140.0), 15.0, 15.5), Some("gaps"));
    assert_eq!(pools(None, 60.0, 0.0), None);
}

#[test]
fn a_drift_is_that_of_the_first_and_the_last_quarter_of_ten_minutes() {
    // A quarter of a step faster every ten seconds.
    let rising = |tens: u32| -> Vec<f64> {
        let rising = (0..tens).map(|index| 160.0 + 0.25 * f64::from(index));
        [100.0; 5].into_iter().chain(rising).collect()
    };
    // Sixteen stretches a quarter: up to the eighth is half of them.
    assert_eq!(steady(&rising(64)).drift(), Some((161.75, 173.75)));
    assert_eq!(steady(&rising(59)).drift(), None);
    assert!(steady(&rising(60)).drift().is_some());
}

#[test]
fn a_lap_is_summed_up_from_its_start_to_the_next_ones() {
    let mut session = in_tens(&[(160.0, 3.0), (160.0, 3.0), (170.0, 3.0), (172.0, 3.0)]);
    session.laps = vec![lap(20.0, 80.0), lap(0.0, 80.0), lap(0.0, 80.0)];
    let run = run_of(&session, Split::default());
    let laps: Vec<_> = run
        .laps
        .iter()
        .map(|lap| {
            (
                lap.start,
                lap.end,
                lap.summary.running_s,
                lap.summary.mean_spm,
            )
        })
        .collect();
    // The last record lasts no time, and still lies in the last lap.
    let expected = [
        (START, at(20.0), 20.0, Some(160.0)),
        (at(20.0), at(41.0), 20.0, Some(171.0)),
    ];
    assert_eq!(laps, expected);
}

#[test]
fn names_are_stable() {
    use DevicePools::{Everything, Gaps, Moving, Running, Unexplained};
    let bases = [Basis::Records, Basis::DeveloperField, Basis::Laps].map(Basis::name);
    assert_eq!(bases, ["records", "developer_field", "laps"]);
    let pools = [Running, Moving, Everything, Gaps, Unexplained].map(DevicePools::name);
    assert_eq!(
        pools,
        ["running", "moving", "everything", "gaps", "unexplained"]
    );
    let in_doubt = [
        NoRun::TooFast(6.0),
        NoRun::TooSlow(1.0),
        NoRun::NotSteps(30.0),
        NoRun::UnknownSport,
    ];
    assert!(in_doubt.iter().all(NoRun::is_sport_in_doubt));
    let certain = [
        NoRun::Empty,
        NoRun::NoCadence,
        NoRun::NotOnFoot(Sport::Cycling),
    ];
    assert!(!certain.iter().any(NoRun::is_sport_in_doubt));
}
