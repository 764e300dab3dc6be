//! Workouts written for a watch, and read back: by fitparser, and where they are installed by
//! garmin-fit-sdk and fitdecode from `PyPI`. `CADENCE_PYTHON` names a Python that has both; with
//! `CADENCE_REQUIRE_FIT_READERS=1` one that lacks them is a failure.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use cadence::cadence::Cadence;
use cadence::tolerance::Tolerance;
use cadence::watch::{self, WatchError, WorkoutDate, WorkoutFile};
use cadence::workout::{Goal, WatchStep, WatchWorkout, Workout};
use fitparser::Value;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// The text of a workout, as a runner might write it on a strange day.
fn texts() -> impl Strategy<Value = String> {
    let length = (1_u32..600).prop_map(|seconds| format!("{seconds}s"));
    let tempo = prop_oneof![
        (20_u32..=400).prop_map(|bpm| bpm.to_string()),
        (200_u32..4000).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)),
        (-50_i32..=50).prop_map(|percent| format!("{percent:+}%")),
        Just("base".to_owned()),
    ];
    let cue = (1_u32..90, 1_u32..90).prop_map(|(on, off)| format!(" cue {on}s/{off}s"));
    let cue = prop_oneof![
        Just(String::new()),
        Just(" silent".to_owned()),
        Just(" fade".to_owned()),
        cue,
    ];
    let steady = (length.clone(), tempo.clone(), cue.clone())
        .prop_map(|(length, tempo, cue)| format!("{length} {tempo}{cue}"));
    let ramp = (150_u32..180, 1_u32..30, 10_u32..600, cue)
        .prop_map(|(from, by, length, cue)| format!("{length}s {from}..{}{cue}", from + by));
    let rest = length.prop_map(|length| format!("{length} rest"));
    let segment = prop_oneof![steady, ramp, rest];
    let item = segment.prop_recursive(3, 12, 4, |inner| {
        (1_u32..6, prop::collection::vec(inner, 1..4))
            .prop_map(|(times, items)| format!("{times}x({})", items.join(", ")))
    });
    let endless = prop::option::of(tempo);
    (prop::collection::vec(item, 1..6), endless).prop_map(|(mut items, endless)| {
        items.extend(endless);
        items.join(", ")
    })
}

/// The workout on a watch; `None` where it has too many steps.
fn on_watch(text: &str) -> Option<WatchWorkout> {
    let workout: Workout = text.parse().unwrap();
    let base = Some(Cadence::from_spm(160.0).unwrap());
    workout.for_watch(base, Tolerance::DEFAULT, None).ok()
}

fn bytes(workout: &WatchWorkout, name: &str) -> Vec<u8> {
    let file = WorkoutFile {
        workout,
        name: name.parse().unwrap(),
        made: WorkoutDate::FIXED,
    };
    file.to_bytes()
}

/// The steps in the words of `read_workouts.py`.
fn shown(workout: &WatchWorkout) -> String {
    let mut text = String::new();
    for (index, step) in workout.steps.iter().enumerate() {
        let line = match *step {
            WatchStep::Run { millis, goal } => {
                let time = millis.map_or("open".to_owned(), |millis| millis.to_string());
                match goal {
                    Goal::Cadence(range) => format!("run {time} {} {}", range.low, range.high),
                    Goal::Free => format!("free {time}"),
                    Goal::Recovery => format!("rest {time}"),
                }
            }
            WatchStep::Repeat { from, times } => format!("repeat {from} {times}"),
        };
        writeln!(text, "{index} {line}").unwrap();
    }
    text
}

/// The steps as fitparser reads them, in the same words.
fn by_fitparser(bytes: &[u8]) -> String {
    let records = fitparser::from_bytes(bytes).unwrap();
    let steps = records
        .iter()
        .filter(|record| record.kind() == fitparser::profile::MesgNum::WorkoutStep);
    let mut text = String::new();
    for step in steps {
        let field = |name: &str| {
            let field = step.fields().iter().find(|field| field.name() == name);
            field.map(|field| field.value().clone())
        };
        let word = |name| match field(name) {
            Some(Value::String(word)) => word,
            other => panic!("{name}: {other:?}"),
        };
        let number = |name: &str| -> f64 {
            let value = field(name).unwrap_or_else(|| panic!("{name} is missing in {step:?}"));
            value.try_into().unwrap()
        };
        let index = number("message_index");
        let kind = word("duration_type");
        if kind == "repeat_until_steps_cmplt" {
            let (from, times) = (number("duration_step"), number("repeat_steps"));
            writeln!(text, "{index} repeat {from} {times}").unwrap();
            continue;
        }
        let time = match kind.as_str() {
            "open" => "open".to_owned(),
            _ => format!("{}", (number("duration_time") * 1000.0).round()),
        };
        match (word("target_type").as_str(), word("intensity").as_str()) {
            ("cadence", "active") => {
                let (low, high) = (
                    number("custom_target_cadence_low"),
                    number("custom_target_cadence_high"),
                );
                writeln!(text, "{index} run {time} {low} {high}").unwrap();
            }
            (_, "recovery") => writeln!(text, "{index} rest {time}").unwrap(),
            _ => writeln!(text, "{index} free {time}").unwrap(),
        }
    }
    text
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same_steps_and_not_as_a_recording(text in texts()) {
        let Some(workout) = on_watch(&text) else { return Ok(()) };
        let bytes = bytes(&workout, "random");
        prop_assert_eq!(by_fitparser(&bytes), shown(&workout));
        let refused = watch::read(bytes.as_slice()).unwrap_err();
        prop_assert!(matches!(refused, WatchError::Workout), "{refused:?}");
    }
}

#[test]
fn other_readers_read_200_random_workouts_as_the_same_steps() {
    let python = env::var("CADENCE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_readers = Command::new(&python)
        .args(["-c", "import fitdecode, garmin_fit_sdk"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has_readers {
        assert!(
            env::var_os("CADENCE_REQUIRE_FIT_READERS").is_none(),
            "{python} lacks garmin-fit-sdk or fitdecode"
        );
        eprintln!("skipped: {python} lacks garmin-fit-sdk or fitdecode");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    let mut expected = String::new();
    let mut written = 0;
    while written < 200 {
        let text = texts().new_tree(&mut runner).unwrap().current();
        let Some(workout) = on_watch(&text) else {
            continue;
        };
        let name = format!("workout {written}");
        let path = folder.path().join(format!("{written:03}.fit"));
        fs::write(path, bytes(&workout, &name)).unwrap();
        let steps = shown(&workout);
        for reader in ["by_garmin", "by_fitdecode"] {
            write!(expected, "{written:03} {reader} {name}\n{steps}").unwrap();
        }
        written += 1;
    }
    let output = Command::new(&python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/watch/read_workouts.py"
        ))
        .arg(folder.path())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let read = String::from_utf8_lossy(&output.stdout);
    for (read, expected) in read.lines().zip(expected.lines()) {
        assert_eq!(read, expected);
    }
    assert_eq!(read.lines().count(), expected.lines().count());
}
