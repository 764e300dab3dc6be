//! Music under the click: no click leaves its frame for it, and it follows the keys.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::beats::{beat, rendered};
use crate::recording::{DIGITAL, Silence, Take};
use crate::run::Outcome;
use crate::server::{STEREO, Server};
use crate::synth::{self, Noise};
use crate::terminal::Terminal;

const LEFT: &str = "\x1b[D";
const LIMIT: Duration = Duration::from_secs(90);

/// Strokes on the beats alone, over a chord that changes with the bar.
fn song(path: &Path, bpm: f64, seconds: f64) {
    const HZ: f64 = 44_100.0;
    let mut noise = Noise(5);
    let chord = |t: f64, root: f64| -> f64 {
        let tones = [1.0, 1.26, 1.5].map(|ratio| (std::f64::consts::TAU * root * ratio * t).sin());
        0.03 * tones.iter().sum::<f64>()
    };
    let samples: Vec<f32> = (0..(seconds * HZ) as u64)
        .map(|frame| {
            let t = frame as f64 / HZ;
            let beats = t * bpm / 60.0;
            let since = beats.fract() * 60.0 / bpm;
            let is_snare = beats as u64 % 2 == 1;
            let level = if is_snare { 0.5 } else { 0.3 };
            let drum = (std::f64::consts::TAU * 60.0 * since).sin() * (-since * 20.0).exp();
            let stroke = noise.next() * (-since * 60.0).exp();
            let root = [220.0, 174.6, 196.0, 261.6][beats as usize / 4 % 4];
            (level * stroke + 0.3 * drum + chord(t, root)) as f32
        })
        .collect();
    synth::write(path, 44_100, &samples);
}

/// A click as a file holds it, from its first sample on.
fn click(server: &Server) -> Vec<f32> {
    let mut samples = rendered(server, "render 170 --for 1s -o -");
    // The second one is after 16,941 frames.
    samples.truncate(16_000);
    let first = samples.iter().position(|it| *it != 0).unwrap();
    let last = samples.iter().rposition(|it| *it != 0).unwrap();
    samples[first..=last]
        .iter()
        .map(|sample| f32::from(*sample) / 32_767.0)
        .collect()
}

/// The frame near another from which a sound is most like a click, and how loud that click is
/// there, by a matched filter.
fn find(sound: &[f32], click: &[f32], near: u64) -> (u64, f32) {
    let likeness = |at: u64| -> f32 {
        let part = &sound[at as usize..];
        part.iter().zip(click).map(|(a, b)| a * b).sum()
    };
    let power: f32 = click.iter().map(|it| it * it).sum();
    let around = near.saturating_sub(24)..=near + 24;
    let at = around
        .max_by(|a, b| likeness(*a).abs().total_cmp(&likeness(*b).abs()))
        .unwrap();
    (at, likeness(at) / power)
}

/// All clicks at 170 BPM from the first one on, which nothing else precedes, are within a frame of
/// their places and as loud as the first.
fn assert_on_grid(take: &Take, click: &[f32], clicks: usize) {
    let sound: Vec<f32> = take.channel(0).collect();
    let first = take.onsets(0, DIGITAL)[0];
    let (_, level) = find(&sound, click, first);
    for k in 0..clicks {
        let place = first + beat(k, 48_000, 170);
        let (at, found) = find(&sound, click, place);
        assert!(at.abs_diff(place) <= 1, "click {k}: {at} for {place}");
        assert!(
            (found / level - 1.0).abs() < 0.2,
            "click {k}: {found} for {level}"
        );
    }
}

/// The loudest sample half-way between two clicks, in the last seconds of a run.
fn between_clicks(take: &Take, clicks: std::ops::Range<usize>) -> f32 {
    let sound: Vec<f32> = take.channel(0).collect();
    let first = take.onsets(0, DIGITAL)[0];
    let half = beat(1, 48_000, 340);
    clicks
        .map(|k| (first + beat(k, 48_000, 170) + half) as usize)
        .flat_map(|at| &sound[at..at + 2_000])
        .fold(0.0, |most: f32, sample| most.max(sample.abs()))
}

fn play(server: &Server, args: &str) -> Take {
    let recording = server.record();
    let run = server.cadence(args);
    assert_eq!(run.end_within(LIMIT), Outcome::silent_success());
    recording.end()
}

#[test]
fn every_click_is_on_its_frame_while_music_joins_and_plays() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    song(&server.folder().join("song.wav"), 164.0, 30.0);
    let click = click(&server);
    let take = play(&server, "play 170 --for 20s --click 12 --music song.wav");
    // 20 s hold 56.7 beats.
    assert_on_grid(&take, &click, 57);
    assert!(between_clicks(&take, 50..56) > 0.005, "there is music");
}

#[test]
fn every_click_is_on_its_frame_over_a_podcast() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    // A second of silence, in which the first clicks are heard alone, and a voice's pitch.
    let samples: Vec<f32> = (0..44_100 * 12)
        .map(|frame| {
            let t = f64::from(frame) / 44_100.0;
            let voice = 0.3 * ((t * 140.0).fract() - 0.5) * (t * 12.0).sin();
            if t < 1.0 { 0.0 } else { voice as f32 }
        })
        .collect();
    synth::write(&server.folder().join("podcast.wav"), 44_100, &samples);
    let click = click(&server);
    let take = play(&server, "play 170 --for 10s --click 12 --over podcast.wav");
    assert_on_grid(&take, &click, 29);
    assert!(between_clicks(&take, 4..28) > 0.02, "there is a podcast");
}

/// A click on one of two sides, and where the music's stroke is.
#[derive(Debug)]
struct Beat {
    at: u64,
    /// Seconds from the click to the stroke, within half a beat to either side, and how sharp that is.
    off: f64,
    rise: f32,
}

/// The clicks of a panned run over music that is the same on both sides, and the strokes of the
/// music nearest to each: they are heard on the side on which the click is not.
fn beats(take: &Take, click: &[f32], period: f64) -> Vec<Beat> {
    let sides = [0, 1].map(|channel| take.channel(channel).collect::<Vec<f32>>());
    let difference = sides[0]
        .iter()
        .zip(&sides[1])
        .map(|(left, right)| left - right);
    let clicks = Take {
        samples: difference.collect(),
        sink: crate::server::Sink {
            channels: 1,
            ..STEREO
        },
        begin: take.begin,
    };
    let half = (period * 24_000.0) as usize;
    let onsets = clicks.onsets(0, Silence(0.02));
    let beats = onsets.iter().map(|onset| {
        let (at, level) = find(&clicks.samples, click, *onset);
        let music = &sides[usize::from(level > 0.0)];
        let (frames, rise) = stroke(music, at as usize, half).unwrap_or_default();
        let off = frames as f64 / 48_000.0;
        Beat { at, off, rise }
    });
    beats.collect()
}

/// Frames from a place to the sharpest rise of a sound within `half` of it.
fn stroke(sound: &[f32], place: usize, half: usize) -> Option<(i64, f32)> {
    const HOP: usize = 48;
    let from = place.checked_sub(half + 12 * HOP)?;
    let part = sound.get(from..place + half)?;
    let hiss: Vec<f32> = part
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .collect::<Vec<_>>()
        .chunks(HOP)
        .map(|hop| hop.iter().sum())
        .collect();
    let rise = |at: &usize| hiss[*at] - hiss[at - 12..*at].iter().sum::<f32>() / 12.0;
    let at = (12..hiss.len()).max_by(|a, b| rise(a).total_cmp(&rise(b)))?;
    let frames = (from + at * HOP + HOP / 2) as i64 - place as i64;
    Some((frames, rise(&at)))
}

/// The share of the beats from one moment to another that are within 20 ms of `off`, to either
/// side. Where a debug build on a busy machine is late there is silence, and no stroke.
fn share(take: &Take, beats: &[Beat], off: f64, from: Instant, until: Instant) -> f64 {
    let mut rises: Vec<f32> = beats.iter().map(|it| it.rise).collect();
    rises.sort_by(f32::total_cmp);
    let usual = rises[rises.len() / 2];
    let part: Vec<f64> = beats
        .iter()
        .filter(|it| it.rise > usual / 3.0)
        .filter(|it| (from..until).contains(&take.time(it.at)))
        .map(|it| it.off.abs() - off)
        .collect();
    assert!(
        part.len() > 5,
        "{} beats, usually {usual}: {beats:?}",
        part.len()
    );
    part.iter().filter(|off| off.abs() <= 0.02).count() as f64 / part.len() as f64
}

#[test]
fn click_and_music_follow_the_keys_together() {
    let Some(server) = Server::start(STEREO) else {
        return;
    };
    song(&server.folder().join("first.wav"), 166.0, 50.0);
    song(&server.folder().join("second.wav"), 163.0, 25.0);
    let click = click(&server);
    // What a debug build takes its time for is known then.
    let measured = server
        .command("tempo first.wav second.wav")
        .output()
        .unwrap();
    assert!(measured.status.success(), "{measured:?}");
    let recording = server.record();
    let args = "play 170 --pan --click 12 --music first.wav --music second.wav";
    let mut terminal = Terminal::start(&server.command(args), 80);
    let pause = |seconds| thread::sleep(Duration::from_secs(seconds));
    terminal.wait_for("playing 'first'");
    // What is said is heard half a second later, and the track begins with a beat.
    pause(2);
    let begun = Instant::now();
    pause(4);
    let slower = Instant::now();
    terminal.keys(LEFT);
    pause(8);
    let shifted = Instant::now();
    terminal.keys("h");
    pause(8);
    let next = Instant::now();
    terminal.keys("n");
    terminal.wait_for("playing 'second'");
    pause(7);
    terminal.keys("q");
    let end = Instant::now();
    assert_eq!(terminal.end_within(LIMIT).status, 0);
    let take = recording.end();

    let (before, after) = (60.0 / 170.0, 60.0 * 1.05 / 170.0);
    let beats = beats(&take, &click, before);
    let intervals: Vec<f64> = beats
        .windows(2)
        .map(|pair| (pair[1].at - pair[0].at) as f64 / 48_000.0)
        .collect();
    let changed = intervals
        .iter()
        .position(|it| *it > before + 0.0001)
        .unwrap();
    let near = |expected: f64| move |it: &f64| (it - expected).abs() < 0.0001;
    assert!(
        intervals[..changed].iter().all(near(before)),
        "{intervals:?}"
    );
    assert!(
        intervals[changed + 1..].iter().all(near(after)),
        "{intervals:?}"
    );
    // Between two clicks the tempo has changed: a part of a beat at the old one, the rest at the
    // new one.
    let part = (intervals[changed] - after) / (before - after);
    let changed = take.time(beats[changed].at) + Duration::from_secs_f64(part * before);
    let changed = changed.saturating_duration_since(slower);
    eprintln!("the tempo changes {changed:?} after the key");
    assert!(changed < Duration::from_millis(700), "{changed:?}");

    let within = |off, from: Instant, until| share(&take, &beats, off, from, until);
    let after_key = |key| key + Duration::from_secs(4);
    let shares = [
        within(0.0, begun, slower),
        within(0.0, after_key(slower), shifted),
        within(after / 2.0, after_key(shifted), next),
        within(0.0, next + Duration::from_secs(3), end),
    ];
    assert!(
        shares.iter().all(|share| *share >= 0.9),
        "{shares:?} {beats:?}"
    );
}
