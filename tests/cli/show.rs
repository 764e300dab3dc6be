//! `cadence show`.

use super::harness::cadence;
use std::fs;
use tempfile::TempDir;

#[test]
fn a_timeline_is_a_picture_and_a_table() {
    // 74 columns of half a minute; the ramp's eight have heights of 1 + 31 · (i + ½)/8 eighths: 3,
    // 7, 11, 15, 18, 22, 26, 30.
    cadence(&[
        "show",
        "5m rest, 4m 160..168, 2x(2m 168, 2m rest), 20m 168 cue 1m/1m",
    ])
    .stdout(
        "\
168 │                ▂▆████    ████    ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
    │              ▂▆██████    ████    ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
    │            ▃▇████████    ████    ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
160 │          ▃▇██████████    ████    ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
    └──────────────────────────────────────────────────────────────────────────
     0:00                                                                 37:00
     █ click  ▒ on/off

start  length  BPM         clicks  cue
 0:00    5:00  rest             0
 5:00    4:00  160 to 168     656  on
 9:00    2:00  168            336  on
11:00    2:00  rest             0
13:00    2:00  168            336  on
15:00    2:00  rest             0
17:00   20:00  168           1680  1m on, 1m off
total   37:00                3008
",
    )
    .check();
}

#[test]
fn one_tempo_never_ends_and_has_a_lower_picture() {
    cadence(&["show", "172"])
        .stdout(
            "\
172 │██████████████████████████████████████████████████████████████████████████
    └──────────────────────────────────────────────────────────────────────────
     0:00                                                               endless

start   length  BPM   clicks  cue
 0:00  endless  172  endless  on
",
        )
        .check();
}

#[test]
fn rests_alone_have_no_picture() {
    cadence(&["show", "1h 30m rest"])
        .stdout(
            "\
start   length  BPM   clicks  cue
 0:00  1:30:00  rest       0
total  1:30:00             0
",
        )
        .check();
}

#[test]
fn a_file_serves_every_runner() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("run.txt"),
        "# Tuesday\n30m base\n7m +5% fade\n",
    )
    .unwrap();
    let shown = "\
168 │                                                            ▓▓▓▓▓▓▓▓▓▓▓▓▓▓
    │                                                            ▓▓▓▓▓▓▓▓▓▓▓▓▓▓
    │                                                            ▓▓▓▓▓▓▓▓▓▓▓▓▓▓
160 │▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▓▓▓▓▓▓▓▓▓▓▓▓▓▓
    └──────────────────────────────────────────────────────────────────────────
     0:00                                                                 37:00
     █ click  ▓ fade

start  length  BPM  clicks  cue
 0:00   30:00  160    4800  on
30:00    7:00  168    1176  fade
total   37:00         5976
";
    let count = "cadence  160 ±4 spm  40 steps of one foot in 30s\n";
    cadence(&["show", "--file", "run.txt", "--cadence", "160"])
        .folder(folder.path())
        .stdout(shown)
        .check();
    cadence(&["show", "--file", "-", "--count", "40"])
        .stdin("30m base, 7m +5% fade")
        .stdout(&format!("{count}\n{shown}"))
        .check();
}

#[test]
fn a_count_alone_is_the_low_end_of_its_target() {
    let output = cadence(&["show", "--count", "40"]).output();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("click    168 BPM, the low end of the target\n\n168 │███"));
}

#[test]
fn a_length_a_count_in_and_strides() {
    // A quarter of the ramp, from 160 to 162: 161 beats in its minute, half of them heard. Four
    // strides are eight beats.
    cadence(&["show", "4m 160..168", "--for", "1m", "--count-in", "4", "--per", "stride", "--format", "json"])
        .stdout(concat!(
            r#"{"length_s":63.0,"clicks":85,"parts":["#,
            r#"{"kind":"count_in","text":"count-in","start_s":0.0,"length_s":3.0,"from_bpm":160.0,"to_bpm":160.0,"clicks":4,"cue":"on","cue_on_s":null,"cue_off_s":null},"#,
            r#"{"kind":"segment","text":"1m 160..162","start_s":3.0,"length_s":60.0,"from_bpm":160.0,"to_bpm":162.0,"clicks":81,"cue":"on","cue_on_s":null,"cue_off_s":null}"#,
            "]}\n",
        ))
        .check();
    cadence(&["show", "10s 160.5", "--count-in", "4"])
        .stdout(
            "\
160.5 │████████████████████████████████████████████████████████████████████████
      └────────────────────────────────────────────────────────────────────────
       0:00                                                              0:11.5

 start  length  BPM    clicks  cue
  0:00  0:01.5  160.5       4  count-in
0:01.5    0:10  160.5      27  on
 total  0:11.5             31
",
        )
        .check();
}

#[test]
fn json_has_every_part() {
    cadence(&["show", "1m 170 cue 30s/30s, 2x(1m rest)", "--format", "json"])
        .stdout(concat!(
            r#"{"length_s":180.0,"clicks":85,"parts":["#,
            r#"{"kind":"segment","text":"1m 170 cue 30s/30s","start_s":0.0,"length_s":60.0,"from_bpm":170.0,"to_bpm":170.0,"clicks":85,"cue":"on_off","cue_on_s":30.0,"cue_off_s":30.0},"#,
            r#"{"kind":"segment","text":"1m rest","start_s":60.0,"length_s":60.0,"from_bpm":null,"to_bpm":null,"clicks":0,"cue":"none","cue_on_s":null,"cue_off_s":null},"#,
            r#"{"kind":"segment","text":"1m rest","start_s":120.0,"length_s":60.0,"from_bpm":null,"to_bpm":null,"clicks":0,"cue":"none","cue_on_s":null,"cue_off_s":null}"#,
            "]}\n",
        ))
        .check();
}

#[test]
fn an_error_points_at_the_place() {
    // Words that a shell has split are one text.
    cadence(&["show", "5m", "rest,", "10m", "1700"])
        .stderr(
            "\
error: a tempo of 1700 BPM is out of range: 20 to 400 BPM
  5m rest, 10m 1700
               ^^^^
",
        )
        .status(2)
        .check();
    cadence(&["show", "--file", "-"])
        .stdin("5m rest\n10m 17o\n")
        .stderr(
            "\
error: stdin: '17o' is neither a length, such as 10m or 90s, nor a tempo, such as 170
  2 | 10m 17o
          ^^^
",
        )
        .status(2)
        .check();
}

#[test]
fn what_cannot_be_run_is_told() {
    cadence(&["show", "10m +5%"])
        .stderr("error: '+5%' is relative to your cadence: add it, such as --cadence 160 or --count 40\n")
        .status(2)
        .check();
    cadence(&["show", "10m 170", "--for", "11m"])
        .stderr(
            "error: the workout lasts 10m and says nothing of what follows: ask for no more than that, or end it with \
             a tempo without a length\n",
        )
        .status(2)
        .check();
    cadence(&["show", "10m rest", "--count-in", "4"])
        .stderr(
            "error: a count-in needs a tempo, but the workout is rest from beginning to end: leave the count-in out\n",
        )
        .status(2)
        .check();
    let folder = TempDir::new().unwrap();
    cadence(&["show", "--file", "none.txt"])
        .folder(folder.path())
        .stderr("error: cannot read 'none.txt': No such file or directory (os error 2)\n")
        .status(1)
        .check();
    fs::write(folder.path().join("noise"), [0xff; 10]).unwrap();
    cadence(&["show", "--file", "noise"])
        .folder(folder.path())
        .stderr("error: cannot read 'noise': stream did not contain valid UTF-8\n")
        .status(1)
        .check();
    fs::write(folder.path().join("long"), vec![b'#'; (16 << 20) + 1]).unwrap();
    cadence(&["show", "--file", "long"])
        .folder(folder.path())
        .stderr("error: cannot read 'long': too large for a workout\n")
        .status(1)
        .check();
}

#[test]
fn a_cadence_that_nothing_is_relative_to_is_said_to_be_unused() {
    let plain = cadence(&["show", "10m 172"]).output();
    let plain = String::from_utf8(plain.stdout).unwrap();
    for (option, value) in [("--count", "40"), ("--cadence", "160")] {
        cadence(&["show", "10m 172", option, value])
            .stdout(&plain)
            .stderr(&format!(
                "warning: {option} is not used: no tempo here is relative to your cadence, as +5% would be\n"
            ))
            .check();
    }
}

#[test]
fn a_workout_is_taken_as_people_type_it() {
    let shown = cadence(&["show", "1m 30s 168, 8m 160..168"])
        .output()
        .stdout;
    let shown = String::from_utf8(shown).unwrap();
    cadence(&["show", "1:30 168 spm, 8m 160-168bpm"])
        .stdout(&shown)
        .check();
    cadence(&["show", "172,5"])
        .stderr(
            "error: a comma ends a segment here: write 172.5 for a tempo with a decimal\n  172,5\n  ^^^^^\n",
        )
        .status(2)
        .check();
    cadence(&["show", "10m 168", "--for", "30"])
        .stderr(
            "error: invalid value '30' for '--for <TIME>': '30' has no unit: write 30s for seconds, 30m \
             for minutes\n\nFor more information, try '--help'.\n",
        )
        .status(2)
        .check();
}
