//! Damaged files: cut, zeroed and flipped. No panic, no hang, no level beyond all bounds, and what is
//! lost is said.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use cadence::audio::ahead::{Awaited, Remade};
use cadence::audio::click::{Sound, Timbre};
use cadence::audio::metronome::Metronome;
use cadence::audio::mix::{Balance, CEILING, ClickLevel, Ends, Mix, Waits};
use cadence::audio::source::{Short, Source};
use cadence::audio::voice::{Voice, Volume};
use cadence::music::decode::Decoder;
use cadence::music::over::{Lost, Over};
use cadence::music::soundtrack::{Entry, News, Options, Soundtrack};
use cadence::music::track::TrackTempo;
use cadence::schedule::{Cue, Frame, Pace, SampleRate, TempoMap};

use crate::synth::Song;

/// Damaged copies of each file; `CADENCE_DAMAGED` sets another number, and has all of them mixed.
const COPIES: u64 = 60;
/// Copies that are mixed, else a debug build would take minutes: one of each kind of damage.
const MIXED: u64 = 3;

/// The formats that ffmpeg makes of a WAV file.
const FORMATS: [(&str, &[&str]); 6] = [
    ("mp3", &["-c:a", "libmp3lame"]),
    ("m4a", &["-c:a", "aac"]),
    ("alac.m4a", &["-c:a", "alac"]),
    ("flac", &[]),
    ("ogg", &["-c:a", "libvorbis"]),
    ("opus", &["-c:a", "libopus"]),
];

#[test]
fn damaged_files_of_each_format_are_read_as_far_as_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("song.wav");
    let song = Song {
        seconds: 3.0,
        ..Song::new(120.0)
    };
    song.write(&wav);
    damage(&wav);
    for (extension, codec) in FORMATS {
        let path = folder.path().join(format!("song.{extension}"));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg
            .args(["-nostdin", "-loglevel", "error", "-i"])
            .arg(&wav)
            .args(codec)
            .arg(&path);
        match ffmpeg.status() {
            Ok(status) if status.success() => {}
            _ if std::env::var_os("CADENCE_REQUIRE_DECODERS").is_some() => panic!("no ffmpeg"),
            _ => return println!("skipped: no ffmpeg makes the other formats"),
        }
        // Whole it is as long as the song: what encoders add at both ends is trimmed.
        let mut decoder = Decoder::open(&path).unwrap();
        while decoder.next_block().is_some() {}
        let length = decoder.position().as_secs_f64();
        assert!((length - 3.0).abs() < 0.001, "{extension}: {length}");
        assert_eq!(
            (decoder.lost(), decoder.damaged_packets()),
            (None, 0),
            "{extension}"
        );
        damage(&path);
    }
}

/// Reads damaged copies of a file.
fn damage(path: &Path) {
    let whole = fs::read(path).unwrap();
    let damaged = path.with_extension("damaged");
    let copies = std::env::var("CADENCE_DAMAGED")
        .ok()
        .and_then(|number| number.parse().ok());
    let (mut decoded, mut said) = (0, 0);
    for seed in 0..copies.unwrap_or(COPIES) {
        fs::write(&damaged, damaged_copy(&whole, seed)).unwrap();
        let is_mixed = copies.is_some() || seed < MIXED;
        let Ok(mut reader) = Decoder::open(&damaged) else {
            if is_mixed {
                assert!(matches!(news(&damaged)[0], News::Fault { .. }), "{seed}");
            }
            continue;
        };
        let mut samples = 0_usize;
        while let Some(block) = reader.next_block() {
            assert!(
                block.iter().all(|sample| sample.abs() <= 2.0),
                "{} {seed}",
                path.display()
            );
            samples += block.len();
        }
        // Frames that are damaged may be read twice, but not without end.
        assert!(
            samples < 48_000 * 60 * 8,
            "{} {seed}: {samples}",
            path.display()
        );
        if is_mixed {
            assert_mixed(&damaged, reader.lost());
        }
        decoded += 1;
        said += u32::from(reader.lost().is_some() || reader.damaged_packets() > 0);
    }
    assert!(
        decoded > 0 && said > 0,
        "{}: {said} of {decoded}",
        path.display()
    );
}

/// Mixes a file with a click, at its own speed and brought to a tempo; what is lost of it is said.
fn assert_mixed(path: &Path, lost: Option<Duration>) {
    let said = Lost::default();
    let over = Over::open(path, map().rate(), Duration::ZERO, said.clone()).unwrap();
    mix(over);
    assert_eq!(said.get(), lost, "{}", path.display());
    let news = news(path);
    let is_said = news.iter().any(|it| matches!(it, News::CutOff { .. }));
    assert_eq!(is_said, lost.is_some(), "{news:?}");
}

/// What there is to say about a track of which the tempo is taken to be known.
fn news(path: &Path) -> Vec<News> {
    let track = TrackTempo {
        file: path.to_string_lossy().into_owned(),
        bpm: Some(120.0),
        sure: true,
        seconds: Some(3.0),
        ..TrackTempo::default()
    };
    let (sender, entries) = mpsc::channel();
    let is_named = true;
    sender.send(Entry { track, is_named }).unwrap();
    drop(sender);
    let map = map();
    let options = Options {
        rate: map.rate(),
        is_strict: false,
        waits: true,
    };
    let (soundtrack, handle) =
        Soundtrack::new(options, move || Some(Arc::clone(&map)), entries).unwrap();
    mix(soundtrack);
    handle.news()
}

/// Four seconds, at another rate than that of the files and at another tempo.
fn map() -> Arc<TempoMap> {
    let mut map = TempoMap::new(SampleRate::from_hz(48_000).unwrap());
    let pace = Pace::Steady("126".parse().unwrap());
    map.push(Duration::from_secs(4), pace, Cue::On).unwrap();
    Arc::new(map)
}

fn mix(music: impl Remade + 'static) {
    let voice = Balance::voice(&Voice::new(Sound::Timbre(Timbre::Wood)));
    let metronome = Metronome::new(map(), &voice).unwrap();
    let music = Awaited::begin(music, map().length().map(Frame::after)).unwrap();
    let balance = Balance {
        click: ClickLevel::default(),
        volume: Volume::FULL,
    };
    let when = (Waits::Yes, Ends::WithClick);
    let mut mix = Mix::new(metronome, &voice, music, &balance, when).unwrap();
    let mut block = [0.0; 4_096];
    loop {
        let filled = mix.fill(&mut block);
        assert!(block.iter().all(|sample| sample.abs() <= CEILING));
        match filled.short {
            Some(Short::Ended) => return,
            Some(Short::Failed(error)) => panic!("{error}"),
            Some(Short::Late) | None => {}
        }
    }
}

fn damaged_copy(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % end as u64).unwrap()
    };
    let mut copy = whole.to_vec();
    match seed % 3 {
        0 => copy.truncate(below(whole.len())),
        1 => {
            let first = below(whole.len());
            let end = (first + below(whole.len() / 4)).min(whole.len());
            copy[first..end].fill(0);
        }
        _ => {
            for _ in 0..=below(4) {
                copy[below(whole.len())] ^= 1 << below(8);
            }
        }
    }
    copy
}
