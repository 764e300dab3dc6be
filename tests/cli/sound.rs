//! `--sound`: the project's timbres and a runner's own file.

use super::harness::cadence;
use std::fs;
use tempfile::TempDir;

fn wav(rate: u32, bits: u16, samples: &[i32]) -> Vec<u8> {
    let sample_format = hound::SampleFormat::Int;
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: bits,
        sample_format,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for &sample in samples {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn every_timbre_has_its_own_sound() {
    let render = |sound: &str| {
        cadence(&["render", "120", "--for", "1s", "-o", "-", "--sound", sound])
            .output()
            .stdout
    };
    let sounds = ["wood", "tick", "beep", "drum"].map(render);
    assert!(sounds.iter().all(|bytes| bytes.len() == 96_044));
    assert_eq!(std::collections::HashSet::from(sounds).len(), 4);
    assert_eq!(
        render("wood"),
        cadence(&["render", "120", "--for", "1s", "-o", "-"])
            .output()
            .stdout
    );
}

#[test]
fn a_sound_of_one_s_own_is_resampled() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("own.wav"),
        wav(24_000, 24, &[8_388_607; 240]),
    )
    .unwrap();
    let run = cadence(&[
        "render", "120", "--for", "1s", "-o", "-", "--sound", "own.wav", "--volume", "100",
    ]);
    let output = run.folder(folder.path()).output();
    let samples: Vec<i16> = hound::WavReader::new(&output.stdout[..])
        .unwrap()
        .samples()
        .map(Result::unwrap)
        .collect();
    // 10 ms are 480 frames at 48 kHz, at both beats; the resampler rounds the edges.
    for beat in [0, 24_000] {
        assert!(
            samples[beat + 8..beat + 472]
                .iter()
                .all(|&sample| sample > 16_000)
        );
        assert!(
            samples[beat + 480..beat + 24_000]
                .iter()
                .all(|&sample| sample == 0)
        );
    }
}

#[test]
fn what_is_no_sound_is_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("notes.wav"), "not a sound").unwrap();
    fs::write(
        folder.path().join("long.wav"),
        wav(8_000, 16, &vec![9_000; 16_000]),
    )
    .unwrap();
    fs::write(folder.path().join("silent.wav"), wav(8_000, 16, &[0; 800])).unwrap();
    let render = |sound: &str| {
        cadence(&[
            "render",
            "120",
            "--for",
            "1s",
            "-o",
            "click.wav",
            "--sound",
            sound,
        ])
        .folder(folder.path())
    };
    render("gong")
        .stderr(
            "error: invalid value 'gong' for '--sound <NAME|FILE>': 'gong' is no sound: wood, \
             tick, beep, drum, or a WAV file\n\nFor more information, try '--help'.\n",
        )
        .status(2)
        .check();
    render("none.wav")
        .stderr("error: cannot use the sound 'none.wav': No such file or directory (os error 2)\n")
        .status(1)
        .check();
    render("notes.wav")
        .stderr("error: cannot use the sound 'notes.wav': it cannot be read as a WAV file: Ill-formed WAVE file: no RIFF tag found\n")
        .status(1)
        .check();
    render("long.wav")
        .stderr(
            "error: cannot use the sound 'long.wav': it lasts 2.00 s: a click lasts at most 1 s\n",
        )
        .status(1)
        .check();
    render("silent.wav")
        .stderr("error: cannot use the sound 'silent.wav': there is nothing to be heard in it: record it louder\n")
        .status(1)
        .check();
    assert!(!folder.path().join("click.wav").exists());
}
