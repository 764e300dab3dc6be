//! Recordings: megabytes a second in each format, and runs a second over a folder, against
//! Python's readers on the same file in the same run.
//!
//! fitdecode and fitparse are left out where they are not installed: `pip install fitdecode
//! fitparse`, and `PYTHON` names the interpreter that has them. Where `../shared/watch` is, its
//! largest recording is read too.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cadence::review::{Rules, Run};
use cadence::watch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tempfile::TempDir;

#[path = "../tests/watch/writer.rs"]
mod writer;

const CADENCE: &str = env!("CARGO_BIN_EXE_cadence");

/// An hour of steps that are not all the same.
fn hour() -> Vec<u8> {
    (0..3_600_u32)
        .map(|second| 80 + (second / 7 % 9) as u8)
        .collect()
}

/// Reads a recording and finds its cadence.
fn cadence_of(bytes: &[u8]) -> Option<f64> {
    let recording = watch::read(bytes).ok()?;
    let run = Run::from_session(recording.sessions.first()?, &Rules::default()).ok()?;
    run.summary.median_spm
}

/// The largest real recording, where it is at hand.
fn real() -> Option<PathBuf> {
    let file = "../shared/watch/mit_garmin_fr965_run_walk.fit";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    path.is_file().then_some(path)
}

fn formats(c: &mut Criterion) {
    let mut group = c.benchmark_group("watch/read");
    let mut files = vec![
        ("hour.fit", writer::fit(writer::START, &hour())),
        (
            "hour.tcx",
            writer::tcx(writer::START_UNIX, &hour()).into_bytes(),
        ),
        (
            "hour.gpx",
            writer::gpx(writer::START_UNIX, &hour()).into_bytes(),
        ),
    ];
    if let Some(path) = real() {
        files.push(("real.fit", fs::read(path).unwrap()));
    }
    for (name, bytes) in files {
        assert!(cadence_of(&bytes).is_some(), "{name}");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| cadence_of(black_box(&bytes))));
    }
    group.finish();
}

/// What Python takes to read every message of a file, without its own start.
fn python(reader: &str, path: &Path, times: u64) -> Option<Duration> {
    let read = match reader {
        "fitdecode" => "for _ in fitdecode.FitReader(path): pass",
        _ => "for _ in fitparse.FitFile(path).get_messages(): pass",
    };
    let script = format!(
        "import sys, time, {reader}\npath, times = sys.argv[1], int(sys.argv[2])\nbegin = time.perf_counter()\n\
         for _ in range(times):\n  {read}\nprint(time.perf_counter() - begin)"
    );
    let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut command = Command::new(program);
    command
        .args(["-c", &script])
        .arg(path)
        .arg(times.to_string());
    let output = command.stderr(Stdio::null()).output().ok()?;
    let seconds = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}

fn peers(c: &mut Criterion) {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("hour.fit");
    fs::write(&made, writer::fit(writer::START, &hour())).unwrap();
    let path = real().unwrap_or(made);
    let bytes = fs::metadata(&path).unwrap().len();
    let mut group = c.benchmark_group("watch/peers");
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    for reader in ["fitdecode", "fitparse"] {
        if python(reader, &path, 1).is_none() {
            eprintln!("left out: {reader} is not installed");
            continue;
        }
        group.bench_function(reader, |b| {
            b.iter_custom(|times| python(reader, &path, times).unwrap());
        });
    }
    group.finish();
}

/// A thousand runs of an hour, a day apart.
fn folder(c: &mut Criterion) {
    let folder = TempDir::new().unwrap();
    for day in 0..1_000 {
        let file = writer::fit(writer::START + day * 24 * 3_600, &hour());
        fs::write(folder.path().join(format!("{day:04}.fit")), file).unwrap();
    }
    let mut group = c.benchmark_group("watch/folder");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(1_000));
    group.bench_function("1000 runs", |b| {
        b.iter(|| {
            let mut command = Command::new(CADENCE);
            command
                .arg("review")
                .arg(folder.path())
                .stdout(Stdio::null());
            assert!(command.status().unwrap().success());
        });
    });
    group.finish();
}

criterion_group!(benches, formats, peers, folder);
criterion_main!(benches);
