//! A day's workout of 10,000 segments, read and shown: at most 50 ms together, so that `show`
//! answers at once.

use std::hint::black_box;
use std::io::Write;
use std::process::Command;

use cadence::cadence::Cadence;
use cadence::schedule::SampleRate;
use cadence::tempo::Pulse;
use cadence::workout::{Timeline, Workout};
use criterion::{Criterion, criterion_group, criterion_main};
use tempfile::NamedTempFile;

/// 24 h: as many ramps as rests, cues and relative tempi, none of them in a repeat.
fn day() -> String {
    let four = "8.64s 160..168, 8.64s rest, 8.64s 170 cue 2s/1s, 8.64s +5%\n";
    four.repeat(2_500)
}

fn resolve(text: &str) -> Timeline {
    let workout: Workout = text.parse().expect("a workout");
    let base = Cadence::from_spm(160.0).expect("in range");
    workout.resolve(Some(base)).expect("tempi in range")
}

fn clicks(timeline: &Timeline) -> u64 {
    let rate = SampleRate::from_hz(48_000).expect("in range");
    let map = timeline.to_tempo_map(rate, Pulse::PerStep).expect("a day");
    map.section_clicks().flatten().sum()
}

fn workouts(criterion: &mut Criterion) {
    let text = day();
    let timeline = resolve(&text);
    criterion.bench_function("workout/read 10000 segments", |bencher| {
        bencher.iter(|| resolve(black_box(&text)));
    });
    criterion.bench_function(
        "workout/map 10000 segments and list their clicks",
        |bencher| {
            bencher.iter(|| clicks(black_box(&timeline)));
        },
    );
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("room for it");
    criterion.bench_function(
        "workout/show 10000 segments, the whole command",
        |bencher| {
            bencher.iter(|| {
                let mut show = Command::new(env!("CARGO_BIN_EXE_cadence"));
                show.args(["show", "--cadence", "160", "--file"])
                    .arg(file.path());
                let output = show.output().expect("a command that runs");
                let shown = String::from_utf8(output.stdout).expect("text");
                assert!(shown.lines().count() > 10_000);
            });
        },
    );
}

criterion_group!(benches, workouts);
criterion_main!(benches);
