//! Music on the grid of the click: rendered, decoded again, and searched for clicks and beats.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use cadence::music::decode::Decoder;

use crate::over::{assert_on_frames, check, clicks, decoded, peak};
use crate::synth::{self, Song};

const RATE: f64 = 48_000.0;

/// `cadence ARGS` in a folder, with an index in it.
fn cadence(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cadence"));
    command.env("XDG_CACHE_HOME", folder.join(".cache"));
    command.current_dir(folder).args(args).output().unwrap()
}

fn song(folder: &Path, name: &str, bpm: f64) {
    Song {
        seconds: 22.0,
        ..Song::new(bpm)
    }
    .write(&folder.join(name));
}

/// How far the eighths of drums are from a grid of beats, in seconds: where attacks pile up when
/// the sound is folded at half a beat.
fn offset(frames: &[[f32; 2]], bpm: f64) -> f64 {
    let half = 30.0 / bpm * RATE;
    let bins = 100_usize;
    let mut piled = vec![0.0; bins];
    let mut last = 0.0_f32;
    for (at, block) in frames.chunks(48).enumerate() {
        let energy: f32 = block.windows(2).map(|it| (it[1][0] - it[0][0]).abs()).sum();
        let phase = (at as f64 * 48.0 / half).fract();
        piled[(phase * bins as f64) as usize] += (energy - last).max(0.0);
        last = energy;
    }
    let most = (0..bins)
        .max_by(|a, b| piled[*a].total_cmp(&piled[*b]))
        .unwrap();
    let phase = (most as f64 + 0.5) / bins as f64;
    let phase = if phase > 0.5 { phase - 1.0 } else { phase };
    phase * half / RATE
}

#[test]
fn the_beats_of_a_track_are_the_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    song(folder, "song.wav", 164.0);
    let render = |output: &str, more: &[&str]| {
        let args = [
            "render", "170", "--for", "16s", "--music", "song.wav", "-o", output,
        ];
        check(&cadence(folder, &[&args, more].concat()), "", 0);
        decoded(&folder.join(output))
    };
    let (mix, alone) = (
        render("mix.wav", &[]),
        render("alone.wav", &["--click", "off"]),
    );
    assert_eq!(mix.len(), 16 * 48_000);
    let beats = (0..46).map(|beat| f64::from(beat) * 60.0 / 170.0 * RATE);
    assert_on_frames(&clicks(&mix, &alone), &beats.collect::<Vec<_>>());
    assert!(peak(&mix) <= 0.9 && peak(&alone) > 0.1);
    for seconds in [1..5, 6..10, 11..14] {
        let part = &alone[seconds.start * 48_000..seconds.end * 48_000];
        // A part begins between two beats.
        let ahead = (seconds.start as f64 * 170.0 / 30.0).fract() * 30.0 / 170.0;
        let half = 30.0 / 170.0;
        let off = (offset(part, 170.0) + ahead + half / 2.0).rem_euclid(half) - half / 2.0;
        assert!(off.abs() < 0.015, "{seconds:?}: {off}");
    }
    // The same every time.
    assert!(render("again.wav", &[]) == mix);
}

#[test]
fn what_cannot_be_played_is_named_and_the_next_track_comes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    song(folder, "song.wav", 168.0);
    let whole = fs::read(folder.join("song.wav")).unwrap();
    fs::write(folder.join("cut.wav"), &whole[..whole.len() / 3]).unwrap();
    let list = "#EXTM3U\nmissing.mp3\r\ncut.wav\nsong.wav\n";
    fs::write(folder.join("run.m3u8"), list).unwrap();
    let output = cadence(
        folder,
        &[
            "render", "170", "--for", "20s", "--music", "run.m3u8", "-o", "run.wav",
        ],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("warning: cannot play 'missing.mp3': "),
        "{said}"
    );
    assert!(said.contains("cut"), "{said}");
    let mix = decoded(&folder.join("run.wav"));
    assert_eq!(mix.len(), 20 * 48_000);
    // To the end there is music: between the clicks, which last a twentieth of a second.
    let between = |second: f64| (second * RATE) as usize..((second + 0.15) * RATE) as usize;
    let beat = |beat: f64| beat * 60.0 / 170.0;
    for at in [10.0, 30.0, 45.0] {
        assert!(peak(&mix[between(beat(at) + 0.15)]) > 0.01, "beat {at}");
    }
}

#[test]
fn mistakes_with_music_are_said_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("empty")).unwrap();
    fs::write(folder.join("empty/notes.txt"), "no music").unwrap();
    fs::write(folder.join("none.m3u"), "#EXTM3U\n").unwrap();
    synth::write(&folder.join("a.wav"), 8_000, &vec![0.1; 8_000]);
    let refused = |args: &[&str], stderr: &str, status| {
        let args = [&["render", "170", "--for", "9s", "-o", "out.wav"], args].concat();
        check(&cadence(folder, &args), stderr, status);
        assert!(!folder.join("out.wav").exists());
    };
    refused(
        &["--music", "missing.mp3"],
        "error: cannot read 'missing.mp3': No such file or directory (os error 2)\n",
        1,
    );
    refused(
        &["--music", "empty"],
        "error: there is no music in 'empty'\n",
        1,
    );
    refused(
        &["--music", "none.m3u"],
        "error: 'none.m3u' lists no tracks\n",
        1,
    );
    refused(
        &["--music", "empty/notes.txt"],
        "error: cannot play 'empty/notes.txt': not a music file: MP3, M4A, FLAC, Ogg Vorbis, Opus and WAV are read\n",
        1,
    );
    refused(
        &["--click", "off"],
        "error: --click is the level over music: add --music or --over\n",
        2,
    );
    refused(
        &["--strict"],
        "error: --strict and --no-index are for --music: add it\n",
        2,
    );
    refused(
        &["--over", "a.wav", "--strict"],
        "error: --strict and --no-index are for --music, not for --over\n",
        2,
    );
    refused(
        &["--music", "a.wav", "--over", "a.wav"],
        "error: the argument '--music <PATH>' cannot be used with '--over <FILE>'\n\nUsage: cadence render --output <FILE> --for <TIME> --music <PATH> [TEMPO|WORKOUT]...\n\nFor more information, try '--help'.\n",
        2,
    );
    let plan = ["plan", "faded8", "--cadence", "160", "--music", "a.wav"];
    check(
        &cadence(folder, &plan),
        "error: music is for the sound of a run: add --render FOLDER, without --encoding fit\n",
        2,
    );
    let endless = ["render", "170", "--music", "a.wav", "-o", "out.wav"];
    check(
        &cadence(folder, &endless),
        "error: this never ends: set a length, such as --for 30m\n",
        2,
    );
}

#[test]
fn a_folder_is_searched_for_what_fits_and_under_strict_for_what_is_sure() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("music")).unwrap();
    // Too far off, fit, and no beat at all.
    song(&folder.join("music"), "a.wav", 140.0);
    song(&folder.join("music"), "b.wav", 172.0);
    synth::write(&folder.join("music/c.wav"), 8_000, &vec![0.1; 8_000 * 25]);
    let args = [
        "render", "170", "--for", "6s", "--music", "music", "--strict", "-o", "run.flac",
    ];
    let output = cadence(folder, &args);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
    assert!(peak(&decoded(&folder.join("run.flac"))[48_000..]) > 0.1);
    // What was measured is known to the next scan.
    assert!(folder.join(".cache/cadence/tempo.jsonl").exists());
}

#[test]
fn the_runs_of_a_plan_have_music() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("music")).unwrap();
    // Tones have no tempo, so that they play as they are.
    for (name, hz) in [("low.wav", 300.0), ("high.wav", 700.0)] {
        let tone = (0..8_000 * 90).map(|frame| {
            (f64::from(frame) / 8_000.0 * hz * std::f64::consts::TAU).sin() as f32 * 0.2
        });
        synth::write(
            &folder.join("music").join(name),
            8_000,
            &tone.collect::<Vec<_>>(),
        );
    }
    // The shortest of all: six minutes.
    let args = "plan steptest --cadence 160 --start 2026-12-01 --warm-up 0 --cool-down 0 \
                --render phone --encoding wav --music music --click off";
    let output = cadence(folder, &args.split_whitespace().collect::<Vec<_>>());
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.as_str()), (Some(0), ""));
    let list = fs::read_to_string(folder.join("phone/steptest.m3u8")).unwrap();
    let name = list.lines().last().unwrap();
    let mut decoder = Decoder::open(&folder.join("phone").join(name)).unwrap();
    assert_eq!((decoder.channels(), decoder.sample_rate()), (2, 44_100));
    let (mut rises, mut before, mut frame) = ([0_u32; 400], 0.0, 0);
    while let Some(block) = decoder.next_block() {
        for [left, right] in block.as_chunks::<2>().0 {
            assert!((left - right).abs() < 1e-6);
            rises[frame / 44_100] += u32::from(before <= 0.0 && *left > 0.0);
            before = *left;
            frame += 1;
        }
    }
    // And the last beat.
    assert!((360 * 44_100..361 * 44_100).contains(&frame), "{frame}");
    // One after the other, and again once there are no others.
    let mut tones: Vec<u32> = rises
        .into_iter()
        .filter_map(|hz| [300, 700].into_iter().find(|tone| hz.abs_diff(*tone) <= 1))
        .collect();
    assert!(tones.len() > 340, "{rises:?}");
    tones.dedup();
    assert!(tones.len() >= 4, "{rises:?}");
}
