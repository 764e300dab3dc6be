//! A podcast under the click: rendered, decoded again, and searched for its clicks.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use cadence::music::decode::Decoder;
use ebur128::{EbuR128, Mode};

use crate::synth::{self, Noise, Song};

const RATE: u32 = 48_000;

fn cadence(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cadence"));
    command.current_dir(folder).args(args).output().unwrap()
}

#[track_caller]
pub(crate) fn check(output: &Output, stderr: &str, status: i32) {
    let seen = String::from_utf8_lossy(&output.stderr);
    let seen = (seen.as_ref(), output.status.code());
    assert_eq!(seen, (stderr, Some(status)));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

/// Something like a voice: a low buzz in syllables, with pauses.
fn podcast(path: &Path, seconds: u32) {
    let mut noise = Noise(7);
    let frames = 44_100 * seconds;
    let samples: Vec<f32> = (0..frames)
        .map(|frame| {
            let t = f64::from(frame) / 44_100.0;
            let syllable = (t * 4.0 * std::f64::consts::PI).sin().max(0.0);
            let buzz = (t * 140.0).fract() - 0.5 + 0.05 * noise.next();
            (0.3 * syllable * buzz) as f32
        })
        .collect();
    synth::write(path, 44_100, &samples);
}

/// The frames of a file, left and right.
pub(crate) fn decoded(path: &Path) -> Vec<[f32; 2]> {
    let mut decoder = Decoder::open(path).unwrap();
    assert_eq!((decoder.channels(), decoder.sample_rate()), (2, RATE));
    let mut all = Vec::new();
    while let Some(block) = decoder.next_block() {
        all.extend_from_slice(block.as_chunks::<2>().0);
    }
    all
}

pub(crate) fn peak(frames: &[[f32; 2]]) -> f32 {
    let samples = frames.as_flattened().iter();
    samples.fold(0.0, |peak, sample| peak.max(sample.abs()))
}

fn loudness(frames: &[[f32; 2]]) -> f64 {
    let mut meter = EbuR128::new(2, RATE, Mode::I).unwrap();
    meter.add_frames_f32(frames.as_flattened()).unwrap();
    meter.loudness_global().unwrap()
}

/// Where a file differs from the same without clicks: the first frame of each click.
pub(crate) fn clicks(with: &[[f32; 2]], without: &[[f32; 2]]) -> Vec<usize> {
    assert_eq!(with.len(), without.len());
    let mut clicks: Vec<usize> = Vec::new();
    let mut last = None;
    for (frame, (with, without)) in with.iter().zip(without).enumerate() {
        if (with[0] - without[0]).abs() > 1e-5 || (with[1] - without[1]).abs() > 1e-5 {
            // A click has no pauses.
            if last.is_none_or(|last| frame > last + 4_800) {
                clicks.push(frame);
            }
            last = Some(frame);
        }
    }
    clicks
}

#[track_caller]
pub(crate) fn assert_on_frames(found: &[usize], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            (*found as f64 - expected).abs() <= 1.0,
            "{found} {expected}"
        );
    }
}

#[test]
fn a_podcast_plays_whole_with_each_click_on_its_frame() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    podcast(&folder.join("podcast.wav"), 8);
    let render = |output: &str, more: &[&str]| {
        let args = ["render", "168", "--over", "podcast.wav", "-o", output];
        check(&cadence(folder, &[&args, more].concat()), "", 0);
        decoded(&folder.join(output))
    };
    let alone = render("alone.wav", &["--click", "off"]);
    assert_eq!(alone.len(), 8 * 48_000);
    assert!(
        // Its level is known from what was heard so far, and its peaks are held down.
        (loudness(&alone) + 18.0).abs() < 0.6,
        "{}",
        loudness(&alone)
    );
    // 168 a minute over 8 s.
    let beats: Vec<f64> = (0..23)
        .map(|beat| f64::from(beat) * 60.0 / 168.0 * 48_000.0)
        .collect();
    for (output, more) in [
        ("click.wav", [].as_slice()),
        ("louder.wav", &["--click", "12"]),
        ("pan.wav", &["--pan", "--click=-6dB", "--sound", "beep"]),
    ] {
        let mix = render(output, more);
        assert!(peak(&mix) <= 0.9, "{output}: {}", peak(&mix));
        if output != "louder.wav" {
            assert_on_frames(&clicks(&mix, &alone), &beats);
        }
    }
    // Louder clicks: the music is softer, so that both fit.
    let louder = decoded(&folder.join("louder.wav"));
    let soft = loudness(&louder[14_000..17_000]);
    assert!(soft.is_nan() || soft < -18.0);
    // All encodings hold the same.
    let mix = decoded(&folder.join("click.wav"));
    for output in ["click.flac", "click.mp3", "click.ogg"] {
        let other = render(output, &[]);
        assert_eq!(other.len(), mix.len(), "{output}");
        assert!(peak(&other) <= 1.0, "{output}: {}", peak(&other));
        let differs = other.iter().zip(&mix).map(|(a, b)| (a[0] - b[0]).powi(2));
        let error = (differs.sum::<f32>() / mix.len() as f32).sqrt();
        assert!(error < 0.02, "{output}: {error}");
    }
}

#[test]
fn in_rests_the_podcast_is_alone_and_after_its_end_the_click() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    podcast(&folder.join("podcast.wav"), 8);
    let render = |output: &str, more: &[&str]| {
        let args = [
            "render",
            "3s 180, 3s rest, 4s 120",
            "--over",
            "podcast.wav",
            "--no-signals",
            "-o",
            output,
        ];
        check(&cadence(folder, &[&args, more].concat()), "", 0);
        decoded(&folder.join(output))
    };
    let (mix, alone) = (
        render("mix.wav", &[]),
        render("alone.wav", &["--click", "off"]),
    );
    assert_eq!(mix.len(), 10 * 48_000);
    let beats = (0..9).map(|beat| f64::from(beat) * 16_000.0);
    let beats = beats.chain((0..8).map(|beat| 6.0 * 48_000.0 + f64::from(beat) * 24_000.0));
    assert_on_frames(&clicks(&mix, &alone), &beats.collect::<Vec<_>>());
    assert!(peak(&alone[3 * 48_000..6 * 48_000]) > 0.05);
    assert!(peak(&alone[8 * 48_000 + 100..]) < 1e-4);
    // A lead-in holds both back.
    let late = render("late.wav", &["--lead-in", "500ms", "--click", "off"]);
    assert_eq!(late.len(), alone.len() + 24_000);
    assert!(peak(&late[..24_000]) < 1e-4);
    for frame in (0..4 * 48_000).step_by(997) {
        assert!((late[frame + 24_000][0] - alone[frame][0]).abs() < 1e-3);
    }
}

#[test]
fn what_is_damaged_is_said_and_never_too_loud() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let song = folder.join("song.wav");
    Song {
        seconds: 12.0,
        ..Song::new(120.0)
    }
    .write(&song);
    let mut bytes = fs::read(&song).unwrap();
    bytes.truncate(bytes.len() / 2);
    // And noise at full scale in between.
    let mut noise = Noise(3);
    for byte in &mut bytes[300_000..400_000] {
        *byte = (noise.next() * 255.0) as u8;
    }
    fs::write(&song, bytes).unwrap();
    let args = [
        "render", "170", "--for", "8s", "--over", "song.wav", "-f", "-o",
    ];
    let said = "warning: 'song.wav' is damaged or cut off: 6s missing\n";
    check(&cadence(folder, &[&args[..], &["a.wav"]].concat()), said, 0);
    check(
        &cadence(folder, &[&args[..], &["a.wav", "-q"]].concat()),
        "",
        0,
    );
    let mix = decoded(&folder.join("a.wav"));
    assert_eq!(mix.len(), 8 * 48_000);
    assert!(peak(&mix) <= 0.9);
}

#[test]
fn mistakes_are_said_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("notes.txt"), "no music at all").unwrap();
    let refused = |args: &[&str], stderr: &str, status| {
        let output = cadence(folder, &[&["render", "170", "-o", "a.wav"], args].concat());
        check(&output, stderr, status);
        assert!(!folder.join("a.wav").exists());
    };
    refused(
        &["--over", "missing.mp3"],
        "error: cannot play 'missing.mp3': No such file or directory (os error 2)\n",
        1,
    );
    refused(
        &["--over", "notes.txt"],
        "error: cannot play 'notes.txt': not a music file: MP3, M4A, FLAC, Ogg Vorbis, Opus and WAV are read\n",
        1,
    );
    refused(
        &["--for", "1m", "--click", "3"],
        "error: --click is the level over music: add --music or --over\n",
        2,
    );
    refused(
        &["--over", "notes.txt", "--click", "loud"],
        "error: invalid value 'loud' for '--click <LEVEL>': 'loud' is not a level: write decibels over the music, -30 to 30, or off\n\nFor more information, try '--help'.\n",
        2,
    );
}
