//! Damaged files: cut, zeroed and flipped. No panic, no hang, and no level beyond all bounds.

use std::fs;
use std::path::Path;
use std::process::Command;

use cadence::music::decode::Decoder;

use crate::synth::Song;

/// Damaged copies of each file; `CADENCE_DAMAGED` sets another number.
const COPIES: u64 = 60;

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
        let Ok(mut reader) = Decoder::open(&damaged) else {
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
        decoded += 1;
        said += u32::from(reader.lost().is_some() || reader.damaged_packets() > 0);
    }
    assert!(
        decoded > 0 && said > 0,
        "{}: {said} of {decoded}",
        path.display()
    );
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
