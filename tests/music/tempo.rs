//! `cadence tempo`, and its index.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::synth::{self, Noise, Song};

const CADENCE: &str = env!("CARGO_BIN_EXE_cadence");

/// `cadence tempo ARGS` in a folder, with a cache folder of its own.
fn tempo(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(CADENCE);
    command.arg("tempo").args(args).current_dir(folder);
    command
        .env("XDG_CACHE_HOME", folder.join(".cache"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

fn records(output: &Output) -> Vec<Value> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn tempi_are_exact_to_a_hundredth_of_a_percent_at_all_rates() {
    let folder = folder();
    // By name.
    let songs = [
        (118.0, 44_100),
        (131.3, 48_000),
        (172.0, 96_000),
        (84.5, 22_050),
    ];
    for (bpm, rate) in songs {
        let song = Song {
            rate,
            ..Song::new(bpm)
        };
        song.write(&folder.path().join(format!("{bpm}.wav")));
    }
    let output = tempo(folder.path(), &[".", "--format", "json", "--no-index"]);
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    let records = records(&output);
    for (record, (bpm, _)) in records.iter().zip(songs) {
        assert_eq!(
            (&record["sure"], &record["taken"]),
            (&true.into(), &"measured".into())
        );
        let found = record["bpm"].as_f64().unwrap();
        // It may be taken at half or twice.
        let fold = 2_f64.powf((found / bpm).log2().round());
        assert!((found / fold / bpm - 1.0).abs() < 1e-4, "{found} for {bpm}");
    }
    assert_eq!(records.len(), 4);
    // And nothing was kept.
    assert!(!folder.path().join(".cache").exists());
}

#[test]
fn a_line_of_text_says_what_the_runner_meets() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    Song::new(105.0).write(&at("a.wav"));
    synth::tag(
        &at("a.wav"),
        &[("TPE1", "The Band"), ("TIT2", "A Song"), ("TBPM", "105")],
    );
    let mut noise = Noise(7);
    let rain: Vec<f32> = (0..44_100 * 25)
        .map(|_| noise.next() as f32 * 0.2)
        .collect();
    synth::write(&at("b.wav"), 44_100, &rain);
    synth::write(&at("c.wav"), 44_100, &rain[..44_100 * 5]);
    synth::write(&at("d.wav"), 44_100, &vec![0.0; 44_100 * 25]);
    fs::write(at("notes.txt"), "not music").unwrap();
    let output = tempo(folder.path(), &["."]);
    let expected = "\
105.0 ×2 = 210     0:26  ./a.wav  The Band - A Song  [tag 105; measured taken]
unsure             0:25  ./b.wav  (no steady beat)
unsure             0:05  ./c.wav  (shorter than 20 s)
unsure             0:25  ./d.wav  (no steady beat)
4 tracks, 1 of them sure
";
    assert_eq!(
        (
            text(&output.stdout),
            text(&output.stderr),
            output.status.code()
        ),
        (expected, "", Some(0))
    );
    let output = tempo(folder.path(), &["a.wav", "b.wav", "--print", "bpm"]);
    let said = (
        text(&output.stdout),
        text(&output.stderr),
        output.status.code(),
    );
    assert_eq!(
        said,
        ("105.00\n\n", "warning: 'b.wav': no steady beat\n", Some(0))
    );
    let output = tempo(folder.path(), &["c.wav", "--format", "csv"]);
    let expected = "\
file,bpm,cadence,sure,reason,taken,measured_bpm,tag_bpm,artist,title,seconds,gain_db,lost_s
c.wav,,,false,shorter than 20 s,,,,,,5.0,,
";
    assert_eq!(text(&output.stdout), expected);
}

#[test]
fn what_is_no_music_is_refused_by_name() {
    let folder = folder();
    fs::write(folder.path().join("song.mp3"), "not music").unwrap();
    let output = tempo(folder.path(), &["song.mp3"]);
    let expected = "unread                   song.mp3  \
        (not a music file: MP3, M4A, FLAC, Ogg Vorbis, Opus and WAV are read)\n";
    assert_eq!(text(&output.stdout), expected);
    let said = (text(&output.stderr), output.status.code());
    assert_eq!(said, ("error: 1 file could not be read\n", Some(1)));
    let output = tempo(folder.path(), &["missing.mp3"]);
    assert!(
        text(&output.stderr).starts_with("error: cannot read 'missing.mp3': "),
        "{output:?}"
    );
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
}

#[test]
fn a_second_scan_reads_the_index_and_not_the_music() {
    let folder = folder();
    let song = folder.path().join("song.wav");
    Song::new(120.0).write(&song);
    let first = tempo(folder.path(), &["song.wav"]);
    assert!(text(&first.stdout).starts_with("120.0 "), "{first:?}");
    // The same size and time, and nothing that could be measured.
    let found = fs::metadata(&song).unwrap();
    fs::write(&song, vec![0; usize::try_from(found.len()).unwrap()]).unwrap();
    let file = File::options().write(true).open(&song).unwrap();
    file.set_modified(found.modified().unwrap()).unwrap();
    drop(file);
    assert_eq!(tempo(folder.path(), &["song.wav"]).stdout, first.stdout);
    assert_eq!(
        tempo(folder.path(), &["song.wav", "--no-index"])
            .status
            .code(),
        Some(1)
    );
    // A damaged index is said, and measured anew.
    fs::write(
        folder.path().join(".cache/cadence/tempo.jsonl"),
        "nonsense\n",
    )
    .unwrap();
    let output = tempo(folder.path(), &["song.wav"]);
    assert!(
        text(&output.stderr)
            .contains("is of another version or damaged: it is built anew\nerror: 1 file")
    );
}

#[test]
fn a_cache_folder_that_cannot_be_written_stops_nothing() {
    let folder = folder();
    Song::new(120.0).write(&folder.path().join("song.wav"));
    fs::write(
        folder.path().join(".cache"),
        "a file where the folder would be",
    )
    .unwrap();
    let output = tempo(folder.path(), &["song.wav"]);
    assert!(text(&output.stdout).starts_with("120.0 "), "{output:?}");
    assert!(
        text(&output.stderr).contains("warning: cannot keep the index"),
        "{output:?}"
    );
    assert_eq!(output.status.code(), Some(0));
}

/// The line that the help shows for a large archive.
#[cfg(unix)]
#[test]
fn two_workers_share_an_archive_by_xargs() {
    let folder = folder();
    for bpm in [96.0, 112.0, 128.0, 144.0] {
        Song::new(bpm).write(&folder.path().join(format!("{bpm}.wav")));
    }
    let line =
        format!("find . -name '*.wav' -print0 | xargs -0 -n1 -P2 {CADENCE} tempo --format json");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path());
    let output = command
        .env("XDG_CACHE_HOME", folder.path().join(".cache"))
        .output()
        .unwrap();
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    let mut tempi: Vec<f64> = records(&output)
        .iter()
        .map(|track| track["bpm"].as_f64().unwrap().round())
        .collect();
    tempi.sort_by(f64::total_cmp);
    assert_eq!(tempi, [96.0, 112.0, 128.0, 144.0]);
    // Both have kept what they measured.
    let index = fs::read_to_string(folder.path().join(".cache/cadence/tempo.jsonl")).unwrap();
    assert_eq!(index.lines().count(), 5);
}

#[test]
fn a_track_with_two_tempi_is_not_sure() {
    let folder = folder();
    let mut samples = Song::new(120.0).samples();
    samples.extend(Song::new(150.0).samples());
    synth::write(&folder.path().join("two.wav"), 44_100, &samples);
    let output = tempo(folder.path(), &["two.wav"]);
    let expected = "unsure             0:52  two.wav  (tempo varies)\n";
    assert_eq!(text(&output.stdout), expected);
}
