//! Tests of how a run is compared with what was prescribed.

use super::*;
use crate::review::run::tests::{START, run_of, session};
use crate::watch::Timer;
use crate::workout::Workout;

fn cadence(spm: f64) -> Cadence {
    Cadence::from_spm(spm).unwrap()
}

#[test]
fn what_was_kept_of_a_raise_is_summed_where_there_was_one() {
    let mut kept = RaiseKept::default();
    // Half a percent above 160 is a raise, and less is none.
    kept.add(60.0, 150.0, 160.7, 160.0);
    assert_eq!(kept.percent(), None);
    kept.add(20.0, 165.0, 168.0, 160.0);
    kept.add(20.0, 168.0, 174.0, 160.0);
    kept.add(10.0, 160.8, 160.8, 160.0);
    // 60 and 120 of off, over 160, 280 and 8 of raise.
    assert!((kept.percent().unwrap() - (1.0 - 180.0 / 448.0) * 100.0).abs() < 1e-9);
    assert_eq!(kept.blocks, [-4.5]);
    // As much above the base as below it is no raise to keep a share of.
    let mut kept = RaiseKept::default();
    kept.add(20.0, 205.0, 208.0, 200.0);
    kept.add(20.0, 195.0, 192.0, 200.0);
    assert_eq!(kept.percent(), None);
    // Exactly half a percent is one.
    kept.add(20.0, 201.0, 201.0, 200.0);
    assert_eq!(kept.percent(), Some(100.0));
}

fn prescribed(at: f64, seconds: f64, from: f64, to: f64) -> Prescription {
    Prescription {
        start: START.plus_seconds(at),
        seconds,
        from: cadence(from),
        to: cadence(to),
    }
}

fn stretch(at: f64, spm: f64) -> Stretch {
    Stretch::new(START.plus_seconds(at), 10.0, Some(spm), None)
}

/// Ten seconds each, one after the other, judged against one tempo throughout.
fn held(spm: impl IntoIterator<Item = f64>, asked: f64, base: Option<f64>) -> Adherence {
    let starts = (0..).map(|index| f64::from(index) * 10.0);
    let run: Vec<Stretch> = starts.zip(spm).map(|(at, spm)| stretch(at, spm)).collect();
    let asked = [prescribed(0.0, 36_000.0, asked, asked)];
    Adherence::of(&run, &asked, 3.0, Split::default(), base.map(cadence))
}

#[test]
fn a_ramp_prescribes_a_cadence_for_each_moment() {
    let ramp = prescribed(0.0, 100.0, 160.0, 170.0);
    let at = |seconds: f64| ramp.at(START.plus_seconds(seconds));
    assert_eq!(
        [at(0.0), at(50.0), at(90.0)],
        [Some(160.0), Some(165.0), Some(169.0)]
    );
    assert_eq!([at(-0.001), at(100.0)], [None, None]);
}

#[test]
fn what_is_prescribed_is_compared_with_what_is_run_at_that_time() {
    // 160 for 20 s, nothing for 10 s, 170 for 10 s; the walking in the second stretch is not
    // judged.
    let asked = [
        prescribed(0.0, 20.0, 160.0, 160.0),
        prescribed(30.0, 10.0, 170.0, 170.0),
    ];
    let run = [
        stretch(0.0, 164.0),
        stretch(10.0, 110.0),
        stretch(20.0, 150.0),
        stretch(30.0, 178.5),
    ];
    let adherence = Adherence::of(&run, &asked, 3.0, Split::default(), None);
    assert_eq!(
        (adherence.running_s, adherence.within_percent),
        (20.0, Some(50.0))
    );
    // 164 is 2.5 % above 160, 178.5 is 5 % above 170.
    assert!((adherence.deviation_percent.unwrap() - 3.75).abs() < 1e-9);
    assert_eq!(
        (adherence.mean_spm, adherence.asked_mean_spm),
        (Some(171.25), Some(165.0))
    );
    assert_eq!(adherence.raise_kept_percent, None);
    let nothing = Adherence::of(&[], &asked, 3.0, Split::default(), None);
    assert_eq!(nothing, Adherence::default());
}

#[test]
fn back_at_the_base_nothing_of_the_raise_is_kept_however_small_it_was() {
    // +3 % of 160 is 164.8, and 160 lies within 3 % of it.
    let adherence = held([160.0; 30], 164.8, Some(160.0));
    assert!(adherence.raise_kept_percent.unwrap().abs() < 1e-9);
    assert_eq!(adherence.within_percent, Some(100.0));
}

#[test]
fn the_share_that_is_kept_is_of_the_raise_and_not_of_the_cadence() {
    // 163.2 is 2.9 % below 168, and 40 % of the way from 160 to it.
    let adherence = held([163.2; 30], 168.0, Some(160.0));
    assert!((adherence.raise_kept_percent.unwrap() - 40.0).abs() < 1e-3);
    assert!(adherence.raise_kept_uncertainty_percent.unwrap() < 1e-3);
}

#[test]
fn swings_around_the_target_have_a_wide_interval_and_little_time_within() {
    // Each minute 9 % above or below 168, by turns.
    let swings = (0..60).map(|index| if index / 6 % 2 == 0 { 183.12 } else { 152.88 });
    let adherence = held(swings, 168.0, Some(160.0));
    assert!((adherence.raise_kept_percent.unwrap() - 100.0).abs() < 1e-3);
    assert_eq!(adherence.within_percent, Some(0.0));
    // Twenty blocks with a standard deviation of 15.5 spm: 2.093 · 15.5 / √20 = 7.3 spm of a
    // raise of 8.
    let uncertainty = adherence.raise_kept_uncertainty_percent.unwrap();
    assert!((uncertainty - 90.7).abs() < 0.1, "{uncertainty}");
}

#[test]
fn without_a_base_or_a_raise_no_share_is_kept() {
    assert_eq!(held([160.0; 30], 168.0, None).raise_kept_percent, None);
    assert_eq!(
        held([160.0; 30], 160.0, Some(160.0)).raise_kept_percent,
        None
    );
    // A minute and a half is too short to say how sure that is.
    let short = held([164.0; 9], 168.0, Some(160.0));
    assert_eq!(short.raise_kept_percent.map(f64::round), Some(50.0));
    assert_eq!(short.raise_kept_uncertainty_percent, None);
}

#[test]
fn time_without_pauses_closes_up() {
    let pause = Pause {
        start: START.plus_seconds(10.0),
        end: START.plus_seconds(70.0),
    };
    let moved = without_pauses(&[stretch(0.0, 160.0), stretch(70.0, 170.0)], &[pause]);
    assert_eq!(moved, [stretch(0.0, 160.0), stretch(10.0, 170.0)]);
}

/// A run with a record of the cadence at these seconds, each holding until the next.
fn recorded(records: impl IntoIterator<Item = (f64, f64)>, timer: &[(f64, Timer)]) -> Run {
    let records = records.into_iter();
    let session = session(records.map(|(at, spm)| (at, spm, 3.0)), timer);
    run_of(&session, Split::default())
}

fn compared(run: &Run, workout: &str, offset_s: f64, pauses: SoundInPauses) -> WorkoutAdherence {
    let workout: Workout = workout.parse().unwrap();
    let rules = WorkoutRules {
        offset_s,
        tolerance_percent: 3.0,
        base: Some(cadence(160.0)),
        pauses,
    };
    WorkoutAdherence::of(run, &workout.resolve(None).unwrap(), &rules)
}

#[test]
fn a_workout_is_compared_segment_by_segment_and_by_what_was_heard() {
    // The recording begins ten seconds into it.
    let workout = "20s 160, 20s rest, 20s 160..180, 40s 170 cue 10s/10s, 20s 164 silent, \
        20s 150 fade, 175";
    let spm = [
        164.0, 150.0, 150.0, 165.0, 175.0, 170.0, 161.5, 170.0, 161.5, 164.0, 164.0, 150.0, 150.0,
        175.0, 175.0, 175.0,
    ];
    let run = recorded((0..).map(|index| f64::from(index) * 10.0).zip(spm), &[]);
    let kept = compared(&run, workout, 10.0, SoundInPauses::Without);
    let of = |what: fn(&SegmentAdherence) -> Option<f64>| -> Vec<_> {
        kept.segments.iter().map(what).collect()
    };
    let starts = [-10.0, 10.0, 30.0, 50.0, 90.0, 110.0, 130.0].map(Some);
    assert_eq!(of(|it| Some(it.start_s)), starts);
    let lengths = [20.0, 20.0, 20.0, 40.0, 20.0, 20.0].map(Some);
    assert_eq!(of(|it| it.length_s), [&lengths[..], &[None]].concat());
    let ran = [10.0, 20.0, 20.0, 40.0, 20.0, 20.0, 20.0].map(Some);
    assert_eq!(of(|it| Some(it.running_s)), ran);
    let medians = [164.0, 150.0, 165.0, 161.5, 164.0, 150.0, 175.0].map(Some);
    assert_eq!(of(|it| it.cadence_spm), medians);
    let deviations = [2.5, 0.0, -2.5, 0.0, 0.0, 0.0].map(Some);
    let tenth = |percent: f64| (percent * 10.0).round() / 10.0;
    let mut deviating = of(|it| it.deviation_percent);
    assert_eq!(deviating.remove(1), None);
    let deviating: Vec<_> = deviating.iter().map(|it| it.map(tenth)).collect();
    assert_eq!(deviating, deviations);
    let mut within = of(|it| it.within_percent);
    assert_eq!(within.remove(1), None);
    assert_eq!(within, [100.0, 100.0, 50.0, 100.0, 100.0, 100.0].map(Some));
    let cues: Vec<_> = kept.segments.iter().map(|it| it.cue).collect();
    assert_eq!(cues, ["on", "none", "on", "on_off", "silent", "fade", "on"]);
    let asked: Vec<_> = kept.segments.iter().map(|it| it.asked_spm).collect();
    assert_eq!(
        asked[..3],
        [Some((160.0, 160.0)), None, Some((160.0, 180.0))]
    );
    // 164 for 160 is the one that is off while clicks are heard; 161.5 for 170 is half of what
    // is not.
    let heard = kept.with_cue.unwrap();
    assert_eq!(heard.running_s, 90.0);
    assert!((heard.deviation_percent.unwrap() - 2.5 / 9.0).abs() < 1e-9);
    let unheard = kept.without_cue.unwrap();
    assert_eq!(
        (unheard.running_s, unheard.deviation_percent.map(tenth)),
        (40.0, Some(-2.5))
    );
    assert_eq!((kept.rest_spm, kept.base_spm), (Some(150.0), Some(160.0)));
    // The ramp's asked cadence is that of each moment, heard or not.
    assert_eq!(
        heard.asked_mean_spm,
        Some((1_600.0 + 3_400.0 + 3_400.0 + 3_000.0 + 3_500.0) / 90.0)
    );
}

#[test]
fn a_cue_cuts_a_ramp_into_pieces_up_to_its_end() {
    let pieces_of = |text: &str| {
        let workout: Workout = text.parse().unwrap();
        let timeline = workout.resolve(None).unwrap();
        let part = &timeline.parts()[0];
        let end = START.plus_seconds(part.length().unwrap().as_secs_f64());
        pieces(part, START, end)
    };
    let ramp = [
        (prescribed(0.0, 10.0, 160.0, 168.0), true),
        (prescribed(10.0, 5.0, 168.0, 172.0), false),
        (prescribed(15.0, 10.0, 172.0, 180.0), true),
    ];
    assert_eq!(pieces_of("25s 160..180 cue 10s/5s"), ramp);
    let cut = (prescribed(15.0, 5.0, 170.0, 170.0), true);
    assert_eq!(pieces_of("20s 170 cue 10s/5s")[2..], [cut]);
    assert_eq!(pieces_of("20s rest"), []);
}

#[test]
fn what_was_never_heard_or_never_run_is_none() {
    let run = recorded([(0.0, 160.0), (10.0, 160.0)], &[]);
    let kept = compared(&run, "20s 160 silent", 0.0, SoundInPauses::Without);
    assert_eq!(kept.with_cue, None);
    assert_eq!(kept.without_cue.map(|it| it.running_s), Some(10.0));
    assert_eq!((kept.rest_spm, kept.pauses, kept.paused_s), (None, 0, 0.0));
}

#[test]
fn in_a_pause_the_sound_waits_or_goes_on() {
    let records = [
        (0.0, 160.0),
        (10.0, 160.0),
        (80.0, 170.0),
        (90.0, 170.0),
        (100.0, 170.0),
    ];
    let timer = [
        (0.0, Timer::Start),
        (20.0, Timer::Stop),
        (80.0, Timer::Start),
    ];
    let run = recorded(records, &timer);
    let kept = |pauses: SoundInPauses| {
        let kept = compared(&run, "20s 160, 20s 170", 0.0, pauses);
        assert_eq!((kept.pauses, kept.paused_s), (1, 60.0));
        let spm: Vec<_> = kept.segments.iter().map(|it| it.cadence_spm).collect();
        (spm, kept.with_cue.unwrap().running_s, kept.pauses_assumed)
    };
    assert_eq!(
        kept(SoundInPauses::With),
        (vec![Some(160.0), Some(170.0)], 40.0, "with")
    );
    assert_eq!(
        kept(SoundInPauses::Without),
        (vec![Some(160.0), None], 20.0, "without")
    );
}
