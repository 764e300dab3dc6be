//! How fast, against something real in the same run: a WAV file against a plain write of as many
//! bytes and against klick, samples against real time, and the start of `calc` against a program that
//! does nothing.
//!
//! Files go to the system's temporary folder. klick (Debian package `klick`) is left out where it
//! is not installed.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cadence::audio::click::{Sound, Timbre};
use cadence::audio::file::Encoding;
use cadence::audio::file::tags::Tags;
use cadence::audio::metronome::{Clicks, Metronome};
use cadence::audio::source::{Sample, Source};
use cadence::audio::voice::Voice;
use cadence::schedule::{Cue, Pace, SampleRate, TempoMap};
use criterion::{BatchSize, Bencher, Criterion, Throughput, criterion_group, criterion_main};

const CADENCE: &str = env!("CARGO_BIN_EXE_cadence");

/// The bytes of 30 minutes of 16-bit mono at 48 kHz.
const HALF_HOUR_BYTES: u64 = 2 * 48_000 * 60 * 30;

fn map(minutes: u64) -> Arc<TempoMap> {
    let mut map = TempoMap::new(SampleRate::from_hz(48_000).unwrap());
    map.push(
        Duration::from_secs(minutes * 60),
        Pace::Steady("170".parse().unwrap()),
        Cue::On,
    )
    .unwrap();
    Arc::new(map)
}

fn voice() -> Voice {
    Voice::new(Sound::Timbre(Timbre::Wood))
}

fn metronome<S: Sample>(minutes: u64) -> Metronome<S> {
    Metronome::new(map(minutes), &voice()).unwrap()
}

fn run(program: &str, args: &[&str]) {
    let status = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "{program} {args:?}");
}

/// Writes a file over and over; taking the old one away is not timed.
fn each_time_anew(b: &mut Bencher, file: &Path, mut write: impl FnMut(&Path)) {
    let take_away = || drop(fs::remove_file(file));
    b.iter_batched(take_away, |()| write(file), BatchSize::PerIteration);
    take_away();
}

/// 30 minutes as a file: the library, the binary and klick against as many zero bytes in blocks of 1
/// MiB.
fn half_hour(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut group = c.benchmark_group("half an hour as a file");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(HALF_HOUR_BYTES));

    group.bench_function("zero bytes", |b| {
        let zeros = vec![0_u8; 1 << 20];
        each_time_anew(b, &path("zeros"), |file| {
            let mut file = File::create(file).unwrap();
            let mut left = usize::try_from(HALF_HOUR_BYTES).unwrap();
            while left > 0 {
                let part = left.min(zeros.len());
                file.write_all(&zeros[..part]).unwrap();
                left -= part;
            }
        });
    });
    group.bench_function("Encoding::Wav.write", |b| {
        let tags = Tags::new("170".to_owned(), None);
        each_time_anew(b, &path("library.wav"), |file| {
            let mut file = File::create(file).unwrap();
            let (map, voice) = (map(30), voice());
            let clicks = Clicks { map, voice: &voice };
            Encoding::Wav
                .write(
                    &mut file,
                    &clicks,
                    &tags,
                    &mut |_| ControlFlow::Continue(()),
                )
                .unwrap();
        });
    });
    group.bench_function("cadence render", |b| {
        each_time_anew(b, &path("render.wav"), |file| {
            run(
                CADENCE,
                &[
                    "render",
                    "170",
                    "--for",
                    "30m",
                    "-o",
                    file.to_str().unwrap(),
                ],
            );
        });
    });
    if Command::new("klick")
        .arg("-h")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
    {
        group.bench_function("klick -W", |b| {
            // 1275 bars of 4 beats are the same 5100 clicks.
            each_time_anew(b, &path("klick.wav"), |file| {
                run(
                    "klick",
                    &[
                        "-W",
                        file.to_str().unwrap(),
                        "-r",
                        "48000",
                        "1275",
                        "4/4",
                        "170",
                    ],
                );
            });
        });
    }
    group.finish();
}

/// Samples in short blocks, as a device takes them: a minute of them.
fn samples(c: &mut Criterion) {
    let mut group = c.benchmark_group("a minute of samples");
    group.throughput(Throughput::Elements(48_000 * 60));
    group.bench_function("Metronome", |b| {
        b.iter(|| {
            let mut metronome = metronome::<f32>(1);
            let mut block = [0.0; 256];
            for _ in 0..48_000 * 60 / block.len() {
                black_box(metronome.fill(&mut block));
                black_box(&block);
            }
        });
    });
    group.finish();
}

/// Process start to exit.
fn start(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("empty.rs");
    let empty = folder.path().join("empty");
    fs::write(&source, "fn main() {}").unwrap();
    run(
        "rustc",
        &[
            "-O",
            "-o",
            empty.to_str().unwrap(),
            source.to_str().unwrap(),
        ],
    );
    let mut group = c.benchmark_group("start");
    group.bench_function("an empty program", |b| {
        b.iter(|| run(empty.to_str().unwrap(), &[]));
    });
    group.bench_function("cadence calc 40", |b| {
        b.iter(|| run(CADENCE, &["calc", "40"]));
    });
    group.finish();
}

criterion_group!(benches, half_hour, samples, start);
criterion_main!(benches);
