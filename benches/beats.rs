//! How well beats are found, and how well music keeps to the clicks: `cargo bench --bench beats
//! [FOLDER…]`.
//!
//! Each folder has tracks and their tempi in `truth.tsv` (file, tempo, style, jitter, bars of intro,
//! drift over a minute), as `../shared/music/gen.py` renders them, or in `REFERENCE.tsv` (file,
//! tempo), where no beats are known. Prints three tables: beats against the truth; the beats of
//! tracks that were brought to another tempo against the grid, found anew in what was made; and
//! those of an hour of tracks, one after the other.

mod reference;

use std::fs;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use cadence::audio::source::Source;
use cadence::music::beats::{Half, listen};
use cadence::music::soundtrack::{Entry, Options, Soundtrack};
use cadence::music::track::TrackTempo;
use cadence::schedule::{Cue, Pace, SampleRate, TempoMap};
use reference::{Reference, folders, median, references};

const RATE: u32 = 44_100;
/// The level of beats that is compared, in beats a minute: this and below its double.
const LEVEL: f64 = 130.0;
/// The tempo of the hour.
const HOUR_BPM: f64 = 168.0;

fn main() {
    let folders = folders();
    println!(
        "| tracks | found | F at least 0.9 | half sure | of those right | within 20 ms | bias | worst bias |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for folder in &folders {
        found(folder);
    }
    println!(
        "\n| brought to +4 % | tracks | beats | median | 90 % within | within 10 ms | within 20 ms | off in tempo | x real time |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for folder in &folders {
        retimed(folder);
    }
    println!("\n| an hour at {HOUR_BPM} | beats | first ten minutes | last ten minutes | drift |");
    println!("|---|---|---|---|---|");
    for folder in &folders {
        hour(folder);
    }
}

/// The times of the beats of a rendered track: its tempo changes evenly over a minute.
fn truth(reference: &Reference, bpm: f64) -> Vec<f64> {
    let drift = reference.drift.unwrap_or(0.0);
    let beats = (0..).map(|beat| {
        let x = f64::from(beat) / bpm;
        60.0 * (x + drift / 2.0 * (x * x - x))
    });
    beats.take_while(|time| *time < 60.0).collect()
}

fn at_level(bpm: f64) -> f64 {
    bpm * 2_f64.powf((LEVEL / bpm).log2().ceil())
}

fn found(folder: &Path) {
    let (mut tracks, mut good, mut sure, mut right) = (0, 0, 0, 0);
    let (mut offs, mut biases) = (Vec::new(), Vec::new());
    for reference in references(folder).iter().filter(|it| it.drift.is_some()) {
        let bpm = at_level(reference.bpm);
        let truth = truth(reference, bpm);
        let Some(beats) = listen(&reference.path, bpm).ok().and_then(|it| it.beats) else {
            continue;
        };
        // The last bar goes on past the minute for which the truth is known.
        let known = beats.times().partition_point(|time| *time < 60.0);
        let errors = matched(&beats.times()[..known], &truth);
        let f = 2.0 * errors.len() as f64 / (known + truth.len()) as f64;
        tracks += 1;
        good += i32::from(f >= 0.9);
        if beats.half() == Half::Sure {
            sure += 1;
            right += i32::from(f >= 0.9);
        }
        let bias = median(errors.clone());
        if std::env::var_os("VERBOSE").is_some() {
            println!(
                "{} {f:.2} {:?} {:.1} ms",
                reference.path.display(),
                beats.half(),
                bias * 1e3
            );
        }
        if f >= 0.9 {
            biases.push(bias);
        }
        offs.extend(errors);
    }
    let near = offs.iter().filter(|off| off.abs() <= 0.02).count();
    let worst = biases
        .iter()
        .fold(0.0, |worst: f64, bias| worst.max(bias.abs()));
    if tracks > 0 {
        println!(
            "| {} | {tracks} | {good} | {sure} | {right} | {:.1} % | {:.1} ms | {:.1} ms |",
            folder.display(),
            100.0 * near as f64 / offs.len() as f64,
            1e3 * median(biases),
            1e3 * worst,
        );
    }
}

/// How far beats are from the truth, of those within 70 ms of it.
fn matched(beats: &[f64], truth: &[f64]) -> Vec<f64> {
    let (mut beats, mut truth) = (beats.iter().peekable(), truth.iter().peekable());
    let mut errors = Vec::new();
    while let (Some(beat), Some(true_one)) = (beats.peek(), truth.peek()) {
        let error = **beat - **true_one;
        if error.abs() <= 0.07 {
            errors.push(error);
        }
        if error <= 0.07 {
            beats.next();
        }
        if error >= -0.07 {
            truth.next();
        }
    }
    errors
}

/// The tracks of a folder of which the tempo and the half of the beat are sure.
fn sure(folder: &Path) -> impl Iterator<Item = TrackTempo> {
    references(folder).into_iter().filter_map(|reference| {
        let track = TrackTempo::measure(&reference.path, || true).filter(|track| track.sure)?;
        let beats = listen(&reference.path, at_level(track.bpm?)).ok()?.beats?;
        (beats.half() == Half::Sure).then_some(track)
    })
}

/// Brings each track that is sure to another tempo, and finds its beats anew.
fn retimed(folder: &Path) {
    let (mut tracks, mut offs, mut tempi) = (0, Vec::new(), Vec::new());
    let (mut music_s, mut took) = (0.0, Duration::ZERO);
    let file = std::env::temp_dir().join(format!("cadence-beats-{}.wav", std::process::id()));
    for track in sure(folder) {
        let (Some(bpm), Some(seconds)) = (track.bpm, track.seconds) else {
            continue;
        };
        let name = track.name();
        let target = (at_level(bpm) * 1.04 * 10.0).round() / 10.0;
        let began = Instant::now();
        let entry = Entry {
            track,
            is_named: true,
        };
        let Some(made) = make(vec![entry], target, seconds, &file) else {
            continue;
        };
        took += began.elapsed();
        music_s += made;
        let Some(beats) = listen(&file, target).ok().and_then(|it| it.beats) else {
            continue;
        };
        tracks += 1;
        let period = 60.0 / target;
        // The fade at the start and the last beats, where there is little to be heard, left out.
        let times: Vec<f64> = beats
            .times()
            .iter()
            .copied()
            .filter(|time| *time > 3.0 && *time < made - 3.0)
            .collect();
        let errors: Vec<f64> = times.iter().map(|time| off_grid(*time, period)).collect();
        let tilt = slope(&times, &errors);
        tempi.push(tilt.abs());
        if std::env::var_os("VERBOSE").is_some() {
            let off = 1e3 * median(errors.clone());
            println!("{name} {off:.1} ms, tempo off by {:.4} %", 100.0 * tilt);
        }
        offs.extend(errors.iter().map(|error| error.abs()));
    }
    let _ = fs::remove_file(&file);
    offs.sort_by(f64::total_cmp);
    let share = |limit: f64| {
        100.0 * offs.iter().filter(|off| **off <= limit).count() as f64 / offs.len() as f64
    };
    if tracks > 0 {
        println!(
            "| {} | {tracks} | {} | {:.1} ms | {:.1} ms | {:.1} % | {:.1} % | {:.4} % | {:.0} |",
            folder.display(),
            offs.len(),
            1e3 * offs[offs.len() / 2],
            1e3 * offs[offs.len() * 9 / 10],
            share(0.0100),
            share(0.0200),
            100.0 * tempi.iter().copied().fold(0.0, f64::max),
            music_s / took.as_secs_f64(),
        );
    }
}

/// An hour of those tracks that are sure and can be brought to its tempo, one after the other.
fn hour(folder: &Path) {
    let file = std::env::temp_dir().join(format!("cadence-hour-{}.wav", std::process::id()));
    let entries = sure(folder).map(|track| Entry {
        track,
        is_named: false,
    });
    let made = make(entries.collect(), HOUR_BPM, 3_600.0, &file);
    let beats = made.and_then(|_| listen(&file, HOUR_BPM).ok()?.beats);
    let _ = fs::remove_file(&file);
    let Some(beats) = beats else {
        return;
    };
    let period = 60.0 / HOUR_BPM;
    // Between two tracks no beat is to be heard.
    let (times, errors): (Vec<f64>, Vec<f64>) = beats
        .times()
        .iter()
        .map(|time| (*time, off_grid(*time, period)))
        .filter(|(_, error)| error.abs() <= 0.05)
        .unzip();
    let within = |from: f64, to: f64| {
        let pairs = times.iter().zip(&errors);
        let within = pairs.filter(|(time, _)| (from..to).contains(*time));
        1e3 * median(within.map(|(_, error)| *error).collect())
    };
    println!(
        "| {} | {} of {} | {:+.2} ms | {:+.2} ms | {:+.2} ms |",
        folder.display(),
        times.len(),
        beats.times().len(),
        within(0.0, 600.0),
        within(3_000.0, 3_600.0),
        3_600e3 * slope(&times, &errors),
    );
}

/// How long after the nearest beat of a grid a time is.
fn off_grid(time: f64, period: f64) -> f64 {
    time - (time / period).round() * period
}

/// The slope of the line through points in order: the median of the slopes from each one to the one
/// half of all points later. A few that are far off do not tilt it.
///
/// H. Theil, "A rank-invariant method of linear and polynomial regression analysis", 1950, the
/// incomplete method.
fn slope(x: &[f64], y: &[f64]) -> f64 {
    let half = x.len() / 2;
    let pairs = (half..x.len()).map(|later| (later - half, later));
    median(pairs.map(|(a, b)| (y[b] - y[a]) / (x[b] - x[a])).collect())
}

/// Writes tracks at another tempo; the seconds that they have then, which are little more than
/// `seconds` and a minute.
fn make(entries: Vec<Entry>, bpm: f64, seconds: f64, file: &Path) -> Option<f64> {
    let rate = SampleRate::from_hz(RATE).ok()?;
    let mut map = TempoMap::new(rate);
    map.push(
        Duration::from_secs(86_400),
        Pace::Steady(format!("{bpm:.1}").parse().ok()?),
        Cue::On,
    )
    .ok()?;
    let map = Arc::new(map);
    let (sender, received) = mpsc::channel();
    for entry in entries {
        sender.send(entry).ok()?;
    }
    drop(sender);
    let options = Options {
        rate,
        is_strict: false,
        waits: true,
    };
    let (mut soundtrack, handle) =
        Soundtrack::new(options, move || Some(Arc::clone(&map)), received).ok()?;
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(file, spec).ok()?;
    let mut block = [0.0; 1_024];
    let mut made = 0.0;
    while made < seconds + 60.0 {
        let _ = soundtrack.fill(&mut block);
        if handle.now_playing().is_none() {
            break;
        }
        for sample in block {
            writer.write_sample(sample).ok()?;
        }
        made += 512.0 / f64::from(RATE);
    }
    writer.finalize().ok()?;
    Some(made)
}
