//! `cadence render`: the file, and what remains when there is none.

use super::harness::{cadence, listing};
use std::fs;
use std::io::Cursor;
use tempfile::TempDir;

/// The 16-bit samples of a WAV file, its rate and its channels.
fn samples(bytes: &[u8]) -> (Vec<i16>, u32, u16) {
    let mut wav = hound::WavReader::new(Cursor::new(bytes)).unwrap();
    let spec = wav.spec();
    (
        wav.samples().map(Result::unwrap).collect(),
        spec.sample_rate,
        spec.channels,
    )
}

/// The first frame of each click on a channel: what follows at least 50 ms of silence.
fn onsets(samples: &[i16], rate: u32, channels: usize, channel: usize) -> Vec<u64> {
    let mut onsets = Vec::new();
    let mut silent = rate;
    for (frame, sample) in samples.iter().skip(channel).step_by(channels).enumerate() {
        if *sample == 0 {
            silent += 1;
        } else {
            if silent > rate / 20 {
                onsets.push(frame as u64);
            }
            silent = 0;
        }
    }
    onsets
}

#[test]
fn a_file_holds_every_click_on_its_frame() {
    let folder = TempDir::new().unwrap();
    cadence(&[
        "render",
        "170",
        "--for",
        "1m",
        "--rate",
        "44100",
        "-o",
        "click.wav",
    ])
    .folder(folder.path())
    .check();
    let (samples, rate, channels) = samples(&fs::read(folder.path().join("click.wav")).unwrap());
    assert_eq!((samples.len(), rate, channels), (44_100 * 60, 44_100, 1));
    // Beat k at 60 · 44,100 · k / 170, half up: (5,292,000 k + 170) / 340.
    let expected: Vec<u64> = (0..170).map(|k| (5_292_000 * k + 170) / 340).collect();
    assert_eq!(onsets(&samples, rate, 1, 0), expected);
}

#[test]
fn a_count_is_told_and_rendered_at_the_low_end_of_its_target() {
    let folder = TempDir::new().unwrap();
    cadence(&["render", "--count", "40", "--for", "10s", "-o", "click.wav"])
        .folder(folder.path())
        .stderr(
            "cadence  160 ±4 spm      40 steps of one foot in 30s\n\
             target   168 to 176 spm  +5% to +10% (168 is really +2.4% to +7.7%)\n\
             click    168 BPM, the low end of the target\n",
        )
        .check();
    let same = cadence(&["render", "168", "--for", "10s", "-o", "-"]).output();
    assert_eq!(
        fs::read(folder.path().join("click.wav")).unwrap(),
        same.stdout
    );
    cadence(&[
        "render",
        "--count",
        "40",
        "--for",
        "10s",
        "-o",
        "click.wav",
        "--force",
        "--quiet",
    ])
    .folder(folder.path())
    .check();
}

#[test]
fn stride_lead_in_pan_and_accent_are_heard() {
    let render = |options: &[&str]| {
        let args = [
            &["render", "120", "--for", "3s", "--rate", "8000", "-o", "-"],
            options,
        ]
        .concat();
        let output = cadence(&args).output();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
        samples(&output.stdout)
    };
    let (plain, ..) = render(&[]);
    assert_eq!(
        onsets(&plain, 8_000, 1, 0),
        [0, 4_000, 8_000, 12_000, 16_000, 20_000]
    );
    let (stride, ..) = render(&["--per", "stride"]);
    assert_eq!(onsets(&stride, 8_000, 1, 0), [0, 8_000, 16_000]);
    let (late, ..) = render(&["--lead-in", "1s"]);
    assert_eq!((onsets(&late, 8_000, 1, 0)[0], late.len()), (8_000, 32_000));
    let (panned, _, channels) = render(&["--pan"]);
    assert_eq!(channels, 2);
    assert_eq!(onsets(&panned, 8_000, 2, 0), [0, 8_000, 16_000]);
    assert_eq!(onsets(&panned, 8_000, 2, 1), [4_000, 12_000, 20_000]);
    let (accented, ..) = render(&["--accent", "left-right"]);
    assert_eq!(
        accented[..400],
        accented[8_000..8_400],
        "the same foot sounds the same"
    );
    assert_ne!(
        accented[..400],
        accented[4_000..4_400],
        "the other foot sounds lower"
    );
}

#[test]
fn the_volume_is_the_loudest_sample() {
    for (volume, loudest) in [("100%", 32_767), ("50", 16_384), ("-6dB", 16_422), ("0", 0)] {
        let output = cadence(&[
            "render", "120", "--for", "1s", "-o", "-", "--volume", volume,
        ])
        .output();
        let (samples, ..) = samples(&output.stdout);
        assert_eq!(
            samples.iter().map(|sample| sample.abs()).max(),
            Some(loudest),
            "{volume}"
        );
    }
}

#[test]
fn the_end_waits_for_the_last_click() {
    // The last beat is at 0.99 s, so its click reaches past the second.
    let output = cadence(&[
        "render",
        "60.606060606",
        "--for",
        "1s",
        "--rate",
        "8000",
        "-o",
        "-",
    ])
    .output();
    let (samples, ..) = samples(&output.stdout);
    assert_eq!(onsets(&samples, 8_000, 1, 0), [0, 7_920]);
    assert!(samples.len() > 8_000);
    let click = &samples[..samples.len() - 7_920];
    assert_eq!(
        &samples[7_920..],
        click,
        "the last click is as whole as the first"
    );
}

#[test]
fn a_file_is_overwritten_by_force_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("click.wav");
    fs::write(&file, "mine").unwrap();
    cadence(&["render", "170", "--for", "1s", "-o", "click.wav"])
        .folder(folder.path())
        .stderr("error: 'click.wav' exists: --force overwrites it\n")
        .status(1)
        .check();
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    cadence(&["render", "170", "--for", "1s", "-o", "click.wav", "--force"])
        .folder(folder.path())
        .check();
    assert_eq!(fs::metadata(&file).unwrap().len(), 96_044);
    assert_eq!(listing(folder.path()), ["click.wav"]);
}

#[test]
fn what_cannot_be_written_is_named_in_one_line() {
    let folder = TempDir::new().unwrap();
    let render = |output: &str| {
        cadence(&["render", "170", "--for", "1s", "-o", output])
            .folder(folder.path())
            .status(1)
    };
    fs::create_dir(folder.path().join("runs")).unwrap();
    render("runs")
        .stderr("error: cannot write 'runs': it is a folder; name a file in it\n")
        .check();
    render("no/click.wav")
        .stderr("error: cannot write 'no/click.wav': no folder 'no'\n")
        .check();
    #[cfg(target_os = "linux")]
    render("/dev/full")
        .stderr("error: cannot write '/dev/full': No space left on device (os error 28)\n")
        .check();
    assert_eq!(listing(folder.path()), ["runs"]);
}

#[test]
fn options_are_checked_at_the_door() {
    #[track_caller]
    fn case(args: &[&str], stderr: &str) {
        let args = [&["render", "-o", "x.wav", "--for", "1s"], args].concat();
        cadence(&args)
            .stderr(&format!("error: {stderr}\n"))
            .status(2)
            .check();
    }
    const MORE: &str = "\n\nFor more information, try '--help'.";
    case(
        &["fast"],
        "'fast' is not a tempo: write beats per minute, such as 170, or +5%, base or rest\n  fast\n  ^^^^",
    );
    case(
        &["19"],
        "a tempo of 19 BPM is out of range: 20 to 400 BPM\n  19\n  ^^",
    );
    case(
        &["170", "--rate", "4000"],
        &format!(
            "invalid value '4000' for '--rate <HZ>': write 8000 to 192000 Hz, such as 44100{MORE}"
        ),
    );
    case(
        &["170", "--volume", "120%"],
        &format!(
            "invalid value '120%' for '--volume <VOLUME>': '120%' is not a volume: write percent from 0 to 100, or decibels up to 0 such as -6dB{MORE}"
        ),
    );
    case(
        &["170", "--per", "stride", "--pan"],
        "--pan distinguishes the feet, but --per stride clicks for one foot only: use one or the other",
    );
    case(
        &["170", "--per", "stride", "--accent", "left-right"],
        "--accent left-right distinguishes the feet, but --per stride clicks for one foot only: use one or the other",
    );
    case(
        &["170", "--lead-in", "2m"],
        &format!("invalid value '2m' for '--lead-in <TIME>': too long: at most 1m{MORE}"),
    );
    cadence(&["render", "170", "--for", "0s", "-o", "x.wav"])
        .stderr("error: a run cannot last 0s: 1s to 7days\n")
        .status(2)
        .check();
    cadence(&["render", "170", "--for", "8days", "-o", "x.wav"])
        .stderr("error: a run cannot last 8days: 1s to 7days\n")
        .status(2)
        .check();
}

#[cfg(target_os = "linux")]
mod interrupted {
    use super::super::harness::CADENCE;
    use super::*;
    use rustix::process::{Pid, Signal, kill_process};
    use std::path::Path;
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    /// A render of a day, which takes seconds, stopped when it is under way.
    fn stopped_by(signal: Signal, folder: &Path) -> Child {
        let args = [
            "render",
            "170",
            "--for",
            "23h",
            "--rate",
            "192000",
            "--force",
            "-o",
            "click.wav",
        ];
        let mut child = Command::new(CADENCE)
            .args(args)
            .current_dir(folder)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while written(&child) < 1 << 22 {
            assert!(Instant::now() < deadline, "nothing is written");
            assert_eq!(child.try_wait().unwrap(), None, "it ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        child
    }

    /// Bytes that a process has written.
    fn written(child: &Child) -> u64 {
        let io = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap_or_default();
        let line = io.lines().find_map(|line| line.strip_prefix("wchar: "));
        line.and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
    }

    #[test]
    fn a_signal_leaves_the_old_file_and_no_litter() {
        for (signal, code) in [
            (Signal::INT, Some(130)),
            (Signal::TERM, Some(143)),
            (Signal::KILL, None),
        ] {
            let folder = TempDir::new().unwrap();
            fs::write(folder.path().join("click.wav"), "mine").unwrap();
            let mut child = stopped_by(signal, folder.path());
            assert_eq!(child.wait().unwrap().code(), code);
            assert_eq!(listing(folder.path()), ["click.wav"], "after {signal:?}");
            assert_eq!(fs::read(folder.path().join("click.wav")).unwrap(), b"mine");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_leaves_is_no_error() {
    let script = r#""$CADENCE" render 170 --for 1h -o - | head -c 4; echo " ${PIPESTATUS[0]}""#;
    let output = std::process::Command::new("bash")
        .args(["-c", script])
        .env("CADENCE", super::harness::CADENCE)
        .output()
        .unwrap();
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (b"RIFF 0\n".as_slice(), b"".as_slice())
    );
}

#[test]
fn options_without_an_effect_are_refused() {
    #[track_caller]
    fn case(args: &[&str], error: &str) {
        let args = [&["render", "--for", "1s", "-o", "x.wav"], args].concat();
        cadence(&args)
            .stderr(&format!("error: {error}\n"))
            .status(2)
            .check();
    }
    case(
        &["170", "--time", "1m"],
        "--time, --feet and --stopwatch describe a count: add --count",
    );
    case(
        &["170", "--raise", "8"],
        "--raise only applies without a tempo or workout: write +8% as the tempo",
    );
    case(
        &[],
        "there is nothing to play: write a tempo such as 168, a workout, --file FILE, or --count 40",
    );
}

#[test]
fn quiet_keeps_hints_too() {
    let output = cadence(&[
        "render", "--count", "30", "--for", "1s", "-o", "-", "--quiet",
    ])
    .output();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
