//! Tests of what becomes of a workout on a watch.

use proptest::prelude::*;

use super::*;
use crate::workout::tests::{items, of};
use crate::workout::{Part, Timeline};

fn watch(text: &str, end: Option<Duration>) -> WatchWorkout {
    let workout: Workout = text.parse().unwrap();
    let base = Some(Cadence::from_spm(160.0).unwrap());
    workout.for_watch(base, Tolerance::DEFAULT, end).unwrap()
}

/// Steps in short: seconds or `open`, and strides, `free` or `rest`; `3x from 0`.
fn steps(text: &str, end: Option<Duration>) -> Vec<String> {
    let shown = watch(text, end).steps.into_iter().map(|step| match step {
        WatchStep::Run { millis, goal } => {
            let time = millis.map_or("open".to_owned(), |ms| {
                format!("{}s", f64::from(ms) / 1000.0)
            });
            match goal {
                Goal::Cadence(range) => format!("{time} {}-{}", range.low, range.high),
                Goal::Free => format!("{time} free"),
                Goal::Recovery => format!("{time} rest"),
            }
        }
        WatchStep::Repeat { from, times } => format!("{times}x from {from}"),
    });
    shown.collect()
}

#[test]
fn a_range_is_rounded_outward_to_whole_strides() {
    // 168 ± 3 % is 162.96 to 173.04 spm; 200 ± 3 % is 194 to 206, whole strides already.
    assert_eq!(steps("1m 168", None), ["60s 81-87"]);
    assert_eq!(steps("1m 200", None), ["60s 97-103"]);
    let workout: Workout = "170".parse().unwrap();
    let exact = Tolerance::from_percent(0.0).unwrap();
    let range = StrideRange { low: 85, high: 85 };
    let goal = Goal::Cadence(range);
    assert_eq!(
        workout.for_watch(None, exact, None).unwrap().steps,
        [WatchStep::Run { millis: None, goal }]
    );
}

#[test]
fn a_ramp_becomes_steps_of_two_steps_a_minute() {
    // 160 to 164, ± 3 %: 155.2 to 166.86, then 157.14 to 168.92.
    assert_eq!(steps("1m 160..164", None), ["30s 77-84", "30s 78-85"]);
    assert_eq!(steps("1m 164..160", None), ["30s 78-85", "30s 77-84"]);
    assert_eq!(steps("1m 160..164.1", None).len(), 3);
    // Ten seconds in three: each moment is rounded, so that they come to ten.
    assert_eq!(
        steps("10s 100..106", None),
        ["3.333s 48-53", "3.334s 49-54", "3.333s 50-55"]
    );
}

#[test]
fn a_cue_is_a_repeat_of_a_step_with_a_target_and_one_without() {
    assert_eq!(
        steps("20m 170 cue 1m/1m", None),
        ["60s 82-88", "60s free", "10x from 0"]
    );
    assert_eq!(
        steps("5m rest, 5m 30s 170 cue 1m/1m", None),
        [
            "300s rest",
            "60s 82-88",
            "60s free",
            "2x from 1",
            "60s 82-88",
            "30s free"
        ]
    );
    assert_eq!(steps("90s 170 cue 1m/1m", None), ["60s 82-88", "30s free"]);
    // Along a ramp no pass is like the other.
    assert_eq!(
        steps("4s 160..168 cue 1s/1s", None),
        ["1s 77-84", "1s free", "1s 79-86", "1s free"]
    );
}

#[test]
fn silence_has_no_target_and_a_fade_keeps_its_own() {
    assert_eq!(
        steps("1m 170 fade, 1m 160..170 silent, 170 silent", None),
        ["60s 82-88", "60s free", "open free"]
    );
}

#[test]
fn repeats_stay_and_those_within_are_written_out() {
    assert_eq!(
        steps("5x(1m +5%, 1m rest), 1x(1m base)", None),
        ["60s 81-87", "60s rest", "5x from 0", "60s 77-83"]
    );
    assert_eq!(
        steps("3x(2x(1s 170, 1s rest), 4s 170 cue 1s/1s)", None),
        [
            "1s 82-88",
            "1s rest",
            "1s 82-88",
            "1s rest",
            "1s 82-88",
            "1s free",
            "1s 82-88",
            "1s free",
            "3x from 0"
        ]
    );
}

#[test]
fn an_end_cuts_a_repeat_in_the_middle_of_a_pass() {
    let end = |seconds| Some(Duration::from_secs(seconds));
    let text = "5x(60s 170, 30s rest), 170";
    assert_eq!(
        steps(text, end(300)),
        ["60s 82-88", "30s rest", "3x from 0", "30s 82-88"]
    );
    assert_eq!(
        steps(text, end(170)),
        ["60s 82-88", "30s rest", "60s 82-88", "20s rest"]
    );
    assert_eq!(
        steps(text, end(500)),
        ["60s 82-88", "30s rest", "5x from 0", "50s 82-88"]
    );
    // A ramp that is cut off keeps its slope: two of its four steps are left.
    assert_eq!(steps("8s 160..168", end(4)), ["2s 77-84", "2s 78-85"]);
    let workout: Workout = "1m 170".parse().unwrap();
    assert_eq!(
        workout.for_watch(None, Tolerance::DEFAULT, end(61)),
        Err(WorkoutError::TooShort(Duration::from_secs(60)))
    );
}

#[test]
fn what_a_watch_cannot_do_is_said() {
    let endless = watch("170 cue 1m/1m", None);
    assert_eq!(endless.caveats, [Caveat::EndlessCue]);
    assert_eq!(endless.steps.len(), 1);
    let many: Vec<String> = (0..51).map(|i| format!("1m {}", 150 + i)).collect();
    assert_eq!(watch(&many[..50].join(","), None).caveats, []);
    assert_eq!(
        watch(&many.join(","), None).caveats,
        [Caveat::ManySteps(51)]
    );
    let too_many: Workout = "2x(100x(21s 160..200), 1s rest)".parse().unwrap();
    assert_eq!(
        too_many
            .for_watch(None, Tolerance::DEFAULT, None)
            .unwrap()
            .steps
            .len(),
        2002
    );
    let too_many: Workout = "2x(300x(21s 160..200), 1s rest)".parse().unwrap();
    assert_eq!(
        too_many.for_watch(None, Tolerance::DEFAULT, None),
        Err(WorkoutError::TooManySteps)
    );
}

/// The steps as they are run, repeats played out: milliseconds and a goal each.
fn run(steps: &[WatchStep]) -> Vec<(u64, Goal)> {
    let mut run = Vec::new();
    let mut starts = Vec::new();
    for step in steps {
        starts.push(run.len());
        match *step {
            WatchStep::Run { millis, goal } => run.push((u64::from(millis.unwrap()), goal)),
            WatchStep::Repeat { from, times } => {
                let pass = run[starts[from]..].to_vec();
                run.extend(pass.repeat(times as usize - 1));
            }
        }
    }
    run
}

/// The part of a timeline at a moment, and the time since its start.
fn part_at(timeline: &Timeline, time: Duration) -> (&Part, Duration) {
    let part = timeline.parts().iter().rfind(|part| part.start() <= time);
    let part = part.unwrap();
    (part, time.saturating_sub(part.start()))
}

/// By how much the passes of a cue, rounded to whole milliseconds, are off in all.
fn what_its_passes_are_off(part: &Part) -> Duration {
    let (Cue::OnOff { on, off }, Some(length)) = (part.cue(), part.length()) else {
        return Duration::ZERO;
    };
    let cycle = on + off;
    let rounded =
        Duration::from_millis(u64::try_from((cycle.as_nanos() + 500_000) / 1_000_000).unwrap());
    let passes = u32::try_from(length.as_nanos() / cycle.as_nanos()).unwrap();
    rounded.abs_diff(cycle) * passes
}

proptest! {
    #[test]
    fn at_every_moment_the_range_holds_the_tempo_and_its_tolerance(
        items in items(),
        cut in prop::option::of(0.05_f64..1.0),
        at in prop::collection::vec(0.0_f64..1.0, 20),
        tolerance in 0.0_f64..20.0,
    ) {
        let workout = of(items);
        let base = Some(Cadence::from_spm(160.0).unwrap());
        let length = workout.length().unwrap();
        let end = cut.map(|cut| length.mul_f64(cut).max(Segment::MIN_LENGTH));
        let length = end.unwrap_or(length);
        let mut timeline = workout.resolve(base).unwrap();
        if let Some(end) = end {
            timeline = timeline.lasting(end).unwrap();
        }
        let tolerance = Tolerance::from_percent(tolerance).unwrap();
        let watch = match workout.for_watch(base, tolerance, end) {
            Err(WorkoutError::TooManySteps) => return Ok(()),
            watch => watch.unwrap(),
        };
        let run = run(&watch.steps);
        let total = Duration::from_millis(run.iter().map(|step| step.0).sum());
        let segments = u32::try_from(timeline.parts().len()).unwrap();
        let passes_off: Duration = timeline.parts().iter().map(what_its_passes_are_off).sum();
        prop_assert!(total.abs_diff(length) <= segments * Duration::from_millis(1) + passes_off);
        for share in at {
            let time = length.mul_f64(share);
            let (part, into) = part_at(&timeline, time);
            // Where a step begins or ends within some milliseconds either is right.
            let mut start = Duration::ZERO;
            let mut goal = None;
            let slack = (segments + 1) * Duration::from_millis(1) + passes_off;
            for (millis, its) in &run {
                let end = start + Duration::from_millis(*millis);
                if start + slack <= time && time + slack < end {
                    goal = Some(*its);
                }
                start = end;
            }
            let Some(goal) = goal else { continue };
            let is_off = match part.cue() {
                Cue::OnOff { on, off } => into.as_nanos() % (on + off).as_nanos() >= on.as_nanos(),
                cue => cue == Cue::Off,
            };
            let bpm = match part.pace() {
                Pace::Rest => {
                    prop_assert_eq!(goal, Goal::Recovery);
                    continue;
                }
                _ if is_off => {
                    prop_assert_eq!(goal, Goal::Free);
                    continue;
                }
                Pace::Steady(tempo) => tempo.bpm(),
                Pace::Ramp(from, to) => {
                    let share = into.div_duration_f64(part.length().unwrap());
                    from.bpm() + (to.bpm() - from.bpm()) * share
                }
            };
            let Goal::Cadence(range) = goal else {
                panic!("{goal:?} in {part}");
            };
            let by = bpm * tolerance.percent() / 100.0;
            let (low, high) = (2.0 * f64::from(range.low), 2.0 * f64::from(range.high));
            prop_assert!(low <= bpm - by + 1e-6 && bpm + by <= high + 1e-6);
            // No wider than a stride of rounding and a step of a ramp at either end.
            prop_assert!(bpm - by - low < 4.5 && high - bpm - by < 4.5, "{low} {bpm} {high}");
        }
    }
}
