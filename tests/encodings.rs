//! Each encoding, written by the binary and read back by players' decoders: rodio's, and where they
//! are installed ffmpeg and the format's own. With `CADENCE_REQUIRE_DECODERS=1` a decoder that is
//! missing is a failure.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "samples and frames of a minute, which fit"
)]
use std::env;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What came out of a decoder.
#[derive(Debug)]
struct Decoded {
    /// Who decoded it, and what.
    by: String,
    /// Interleaved.
    samples: Vec<i16>,
}

/// `cadence render ARGS -o FILE`, which prints nothing.
#[track_caller]
fn render(args: &[&str], file: &Path) {
    let output = cadence(&[&["render"], args, &["-o", file.to_str().unwrap()]].concat());
    let printed = [output.stdout, output.stderr].concat();
    let seen = (String::from_utf8_lossy(&printed), output.status.code());
    assert_eq!(seen, ("".into(), Some(0)), "{args:?}");
}

fn cadence(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cadence"));
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn wav(file: &Path) -> Vec<i16> {
    let mut wav = hound::WavReader::open(file).unwrap();
    wav.samples().map(Result::unwrap).collect()
}

/// The same file by each decoder that there is.
fn decoded(file: &Path) -> Vec<Decoded> {
    const RAW: [&str; 5] = ["-f", "s16le", "-c:a", "pcm_s16le", "-"];
    const FLAC: [&str; 4] = [
        "-sdc",
        "--force-raw-format",
        "--endian=little",
        "--sign=signed",
    ];
    let name = file.to_str().unwrap();
    let own: &[&str] = match file.extension().unwrap().to_str().unwrap() {
        "flac" => &[&["flac"], &FLAC[..], &[name]].concat(),
        "mp3" => &["mpg123", "-q", "-s", name],
        "ogg" => &["oggdec", "-Q", "-R", "-o", "-", name],
        other => panic!("no decoder for {other}"),
    };
    let ffmpeg = [&["ffmpeg", "-v", "error", "-i", name], &RAW[..]].concat();
    let others = [ffmpeg.as_slice(), own];
    let mut all = vec![by_rodio(file)];
    all.extend(others.iter().filter_map(|command| by_command(command)));
    all
}

fn by_rodio(file: &Path) -> Decoded {
    let decoder = rodio::Decoder::try_from(File::open(file).unwrap()).unwrap();
    Decoded {
        by: format!("rodio, {}", file.display()),
        samples: decoder
            .map(|sample| (sample * 32_768.0).round() as i16)
            .collect(),
    }
}

fn by_command(command: &[&str]) -> Option<Decoded> {
    match Command::new(command[0]).args(&command[1..]).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            assert!(
                env::var_os("CADENCE_REQUIRE_DECODERS").is_none(),
                "{} is not installed",
                command[0]
            );
            eprintln!("skipped: {} is not installed", command[0]);
            None
        }
        output => {
            let output = output.unwrap();
            assert!(output.status.success(), "{command:?}: {output:?}");
            let samples = output.stdout.chunks_exact(2);
            Some(Decoded {
                by: command.join(" "),
                samples: samples
                    .map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]]))
                    .collect(),
            })
        }
    }
}

/// Where clicks begin: what is heard after 20 ms of silence.
fn onsets(channel: &[i16], rate: usize) -> Vec<usize> {
    let mut heard_until = None;
    let mut onsets = Vec::new();
    for (frame, sample) in channel.iter().enumerate() {
        if *sample != 0 {
            if heard_until.is_none_or(|until| frame - until > rate / 50) {
                onsets.push(frame);
            }
            heard_until = Some(frame);
        }
    }
    onsets
}

/// By how many frames a click comes late: where the decoded sound is most like what it was, within
/// 50 frames to either side.
fn delay(was: &[i16], is: &[i16], onset: usize) -> i64 {
    let length = 400.min(was.len() - onset - 50);
    let likeness = |delay: i64| -> i64 {
        let from = (onset as i64 + delay) as usize;
        let pairs = was[onset..onset + length]
            .iter()
            .zip(&is[from..from + length]);
        pairs
            .map(|(was, is)| i64::from(*was) * i64::from(*is))
            .sum()
    };
    (-50..=50).max_by_key(|&delay| likeness(delay)).unwrap()
}

/// Each channel's samples.
fn channels(samples: &[i16], channels: usize) -> Vec<Vec<i16>> {
    let channel = |channel| {
        samples
            .iter()
            .skip(channel)
            .step_by(channels)
            .copied()
            .collect()
    };
    (0..channels).map(channel).collect()
}

/// Renders the same as WAV and encoded; gives the first, and the second by each decoder.
fn both(folder: &TempDir, args: &[&str], extension: &str) -> (Vec<i16>, Vec<Decoded>) {
    let file = |extension| -> PathBuf { folder.path().join("run").with_extension(extension) };
    let forced = [args, &["--force"]].concat();
    render(&forced, &file("wav"));
    render(&forced, &file(extension));
    (wav(&file("wav")), decoded(&file(extension)))
}

#[test]
fn flac_holds_the_very_samples() {
    let folder = TempDir::new().unwrap();
    for args in [
        &["170", "--for", "75.01s", "--rate", "44100"][..], // more than one block, the last frame 2,469 long
        &["170", "--for", "3s", "--pan", "--accent", "left-right"],
        &["173.3", "--for", "4.096s", "--rate", "8000"], // whole frames
        &["170", "--for", "4.0961s", "--rate", "10000"], // one sample in the last frame
        &["170", "--for", "1s", "--rate", "96000"],
    ] {
        let (was, decoded) = both(&folder, args, "flac");
        for is in decoded {
            assert!(is.samples == was, "{args:?} by {}", is.by);
        }
    }
}

#[test]
fn mp3_and_ogg_hold_every_click_on_its_frame_and_nothing_more() {
    let folder = TempDir::new().unwrap();
    for (extension, args, rate, channel_count) in [
        ("mp3", &["170", "--for", "40.007s"][..], 48_000, 1), // seven blocks
        (
            "mp3",
            &["170", "--for", "3s", "--rate", "44100", "--pan"],
            44_100,
            2,
        ),
        (
            "mp3",
            &["170", "--for", "3.01s", "--rate", "16000"],
            16_000,
            1,
        ),
        (
            "mp3",
            &["170", "--for", "1s", "--rate", "32000", "--lead-in", "3s"],
            32_000,
            1,
        ),
        ("ogg", &["170", "--for", "40.007s"], 48_000, 1),
        (
            "ogg",
            &["170", "--for", "3s", "--rate", "44100", "--pan"],
            44_100,
            2,
        ),
        ("ogg", &["170", "--for", "1s", "--rate", "8000"], 8_000, 1),
        (
            "ogg",
            &["170", "--for", "1s", "--rate", "96000", "--lead-in", "3s"],
            96_000,
            1,
        ),
    ] {
        let (was, decoded) = both(&folder, args, extension);
        let was = channels(&was, channel_count);
        for is in decoded {
            let by = format!("{args:?} by {}", is.by);
            let is = channels(&is.samples, channel_count);
            for (was, is) in was.iter().zip(&is) {
                assert_eq!(is.len(), was.len(), "{by}");
                let onsets = onsets(was, rate);
                assert!(!onsets.is_empty());
                // The first has nothing before it to be moved into.
                for onset in onsets.into_iter().filter(|&onset| onset >= 50) {
                    assert!(
                        delay(was, is, onset).abs() <= 1,
                        "{by}: the click at {onset}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_file_says_what_it_is() {
    let folder = TempDir::new().unwrap();
    for extension in ["flac", "mp3", "ogg"] {
        let file = folder.path().join("run").with_extension(extension);
        render(&["170.5", "--for", "90s"], &file);
        let bytes = fs::read(&file).unwrap();
        let says = |text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        let (length, tempo) = match extension {
            "mp3" => ("90000TBPM", "171"),
            _ => ("LENGTH=90000", "BPM=170.5"),
        };
        for text in ["1m 30s 170.5", length, tempo] {
            assert!(says(text), "{extension}: {text}");
        }
    }
}

#[test]
fn a_title_is_the_workout_and_a_tempo_is_the_only_one() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("run.flac");
    for (workout, title, tempo) in [
        (
            "2s rest, 2x(1s 168, 1s rest)",
            "2s rest, 1s 168, 1s rest, 1s 168, 1s rest",
            Some("168"),
        ),
        ("1s 168, 1s 170", "1s 168, 1s 170", None),
        ("2s 160..170", "2s 160..170", None),
        (
            "9x(1s 168, 1s rest)",
            "1s 168, 1s rest, 1s 168, 1s rest, 1s 168, 1s rest, 1s 168, 1s rest, \
          1s 168, 1s rest, 1s 168, 1s rest, …",
            Some("168"),
        ),
    ] {
        render(&[workout, "--rate", "8000", "--force"], &file);
        let bytes = fs::read(&file).unwrap();
        let head = String::from_utf8_lossy(&bytes[..400]);
        let says = |text: &str| head.contains(text);
        assert!(says(&format!("TITLE={title}")), "{workout}: {head}");
        assert!(
            says("ARTIST=cadence") && says("ALBUM=cadence"),
            "{workout}: {head}"
        );
        let bpm = tempo.map(|tempo| format!("BPM={tempo}"));
        assert!(
            bpm.map_or(!says("BPM="), |bpm| says(&bpm)),
            "{workout}: {head}"
        );
    }
}

#[test]
fn the_encoding_is_chosen_by_name_or_by_option() {
    let folder = TempDir::new().unwrap();
    let begins = |args: &[&str], name: &str| {
        let file = folder.path().join(name);
        render(&[&["170", "--for", "1s"], args].concat(), &file);
        String::from_utf8_lossy(&fs::read(&file).unwrap()[..3]).into_owned()
    };
    assert_eq!(begins(&[], "run.FLAC"), "fLa");
    assert_eq!(begins(&[], "run.mp3"), "ID3");
    assert_eq!(begins(&[], "run.ogg"), "Ogg");
    assert_eq!(begins(&[], "run"), "RIF");
    assert_eq!(begins(&["--encoding", "ogg"], "run.bin"), "Ogg");

    for encoding in ["wav", "flac", "mp3", "ogg"] {
        let file = folder.path().join(format!("same.{encoding}"));
        render(&["170", "--for", "20s"], &file);
        let args = [
            "render",
            "170",
            "--for",
            "20s",
            "--encoding",
            encoding,
            "-o",
            "-",
        ];
        assert!(
            cadence(&args).stdout == fs::read(file).unwrap(),
            "{encoding} on stdout"
        );
    }
}

#[test]
fn what_cannot_be_encoded_is_a_usage_error_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    for (name, rate, error) in [
        (
            "run.opus",
            "48000",
            "'.opus' names no encoding: .wav, .flac, .mp3 or .ogg",
        ),
        (
            "run.flac",
            "192000",
            "flac has no rate of 192000 Hz: up to 96000 Hz",
        ),
        (
            "run.mp3",
            "96000",
            "mp3 has no rate of 96000 Hz: 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000 Hz",
        ),
    ] {
        let file = folder.path().join(name);
        let args = [
            "render",
            "170",
            "--for",
            "1s",
            "--rate",
            rate,
            "-o",
            file.to_str().unwrap(),
        ];
        let output = cadence(&args);
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            format!("error: {error}\n")
        );
        assert_eq!((output.status.code(), file.exists()), (Some(2), false));
    }
}
