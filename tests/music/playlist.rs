//! `cadence playlist`.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::synth::Song;

/// What `cadence tempo --format json` printed of five tracks, in short.
const TEMPI: &str = r#"{"file":"m/a.mp3","bpm":172.0,"sure":true,"seconds":180.0,"artist":"A","title":"One"}
{"file":"m/b.mp3","bpm":86.5,"sure":true,"seconds":200.4,"title":"Two"}
{"file":"m/#c.mp3","bpm":168.0,"sure":true,"seconds":90.0}
{"file":"m/d.mp3","bpm":120.0,"sure":true,"seconds":240.0}
{"file":"m/e.mp3","bpm":94.1,"sure":false,"reason":"94.1 or 141.2","seconds":200.0}
"#;

/// `cadence playlist ARGS` in a folder, with a text on stdin; what it printed, and its status.
fn playlist(folder: &Path, args: &[&str], stdin: &str) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cadence"));
    command.arg("playlist").args(args).current_dir(folder);
    command.env("XDG_CACHE_HOME", folder.join(".cache"));
    let pipe = Stdio::piped;
    let mut child = command
        .stdin(pipe())
        .stdout(pipe())
        .stderr(pipe())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(stdout), text(stderr), status.code())
}

#[test]
fn a_playlist_on_stdout_has_its_summary_on_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let base = std::path::absolute(folder.path()).unwrap();
    let args = ["--tempos", "-", "--target", "168..176", "--ascii"];
    let (stdout, stderr, status) = playlist(folder.path(), &args, TEMPI);
    let list = "\
#EXTM3U
#EXTINF:180,A - One
m/a.mp3
#EXTINF:200,Two
m/b.mp3
#EXTINF:90,#c
m/#c.mp3
";
    let said = "\
168 to 176 spm: 3 tracks, 7:50
  172.0               3:00  A - One
  86.5 x2 = 173       3:20  Two
  168.0               1:30  #c
uncertain, left out: 1 track
  m/e.mp3  (94.1 or 141.2)

Tracks by cadence:
";
    assert_eq!((stdout.as_str(), status), (list, Some(0)));
    assert!(stderr.starts_with(said), "{stderr}");
    assert!(stderr.contains("\n  172 ####"), "{stderr}");
    assert!(
        stderr.contains("\n      # within the target  = outside\n"),
        "{stderr}"
    );
    // In the folder of the tracks a name would begin a comment: there the whole path is written.
    fs::create_dir(folder.path().join("m")).unwrap();
    let args = [
        "--tempos",
        "-",
        "--target",
        "168..176",
        "-o",
        "m/run.m3u8",
        "--strict",
    ];
    let (stdout, stderr, status) = playlist(folder.path(), &args, TEMPI);
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    assert!(stdout.starts_with("168 to 176 spm: 3 tracks, 7:50\n") && !stdout.contains("not sure"));
    let written = fs::read_to_string(folder.path().join("m/run.m3u8")).unwrap();
    let whole = base.join("m").join("#c.mp3");
    assert_eq!(
        written,
        list.replace("m/#c", "@")
            .replace("m/", "")
            .replace("@.mp3", whole.to_str().unwrap())
    );
    // It is not overwritten unasked.
    let (_, stderr, status) = playlist(folder.path(), &args, TEMPI);
    assert_eq!(
        (stderr.as_str(), status),
        (
            "error: 'm/run.m3u8' exists: --force overwrites it\n",
            Some(1)
        )
    );
}

#[test]
fn a_workout_has_tracks_for_each_segment_as_json() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.txt"), "4m rest, 3m 172, 90s +5%").unwrap();
    let args = [
        "--tempos",
        "-",
        "--workout",
        "run.txt",
        "--cadence",
        "160",
        "--format",
        "json",
    ];
    let (stdout, stderr, status) = playlist(folder.path(), &args, TEMPI);
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let tracks = json["tracks"].as_array().unwrap().iter();
    let chosen: Vec<(u64, &str)> = tracks
        .map(|track| {
            (
                track["section"].as_u64().unwrap(),
                track["file"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(chosen, [(0, "m/d.mp3"), (1, "m/a.mp3"), (2, "m/#c.mp3")]);
    assert_eq!(
        (&json["seconds"], &json["missing_s"]),
        (&510.0.into(), &0.0.into())
    );
    assert_eq!(json["unsure"][0]["reason"], "94.1 or 141.2");
}

#[test]
fn a_folder_is_measured_and_a_time_filled() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("music")).unwrap();
    for bpm in [100.0, 112.0] {
        Song::new(bpm).write(&folder.path().join(format!("music/{bpm}.wav")));
    }
    let args = [
        "music", "--target", "196..204", "--for", "45m", "-o", "run.m3u8",
    ];
    let (stdout, stderr, status) = playlist(folder.path(), &args, "");
    assert_eq!((stderr.as_str(), status), ("", Some(0)));
    let said = "\
196 to 204 spm: 1 track, 0:26
  100.0 ×2 = 200      0:26  100
44:34 short: no more tracks fit
";
    assert!(stdout.starts_with(said), "{stdout}");
    let written = fs::read_to_string(folder.path().join("run.m3u8")).unwrap();
    assert_eq!(written, "#EXTM3U\n#EXTINF:26,100\nmusic/100.wav\n");
}

#[test]
fn what_is_missing_or_no_tempo_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (_, stderr, status) = playlist(folder.path(), &["."], "");
    let text = "error: a target is missing: add --target 168..176, --cadence 160, --count 40 or --workout FILE\n";
    assert_eq!((stderr.as_str(), status), (text, Some(2)));
    let (_, stderr, status) = playlist(
        folder.path(),
        &["--tempos", "-", "--target", "170"],
        "\n{}\n",
    );
    let text = "error: stdin, line 2: not a line of `cadence tempo --format json`\n";
    assert_eq!((stderr.as_str(), status), (text, Some(2)));
}
