//! `cadence play --follow -`, as far as it needs no device; and its log, read by `review`.

use std::fmt::Write as _;
use std::fs;

use tempfile::TempDir;

use super::harness::cadence;

#[cfg(feature = "playback")]
#[test]
fn stdin_is_read_for_one_thing() {
    cadence(&["play", "--follow", "-", "--file", "-"])
        .stderr(
            "error: --follow - and --file - cannot both read stdin: name the file of the workout\n",
        )
        .status(2)
        .check();
    cadence(&["play", "168", "--follow", "pod.txt"])
        .stderr(
            "error: invalid value 'pod.txt' for '--follow <FILE>': only stdin can be followed: write \
             `--follow -` and pipe the values in\n\nFor more information, try '--help'.\n",
        )
        .status(2)
        .check();
}

#[cfg(feature = "playback")]
#[test]
fn a_log_that_exists_is_kept() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("run.csv"), "mine").unwrap();
    cadence(&["play", "168", "--follow", "-", "--log", "run.csv"])
        .folder(folder.path())
        .stderr("error: 'run.csv' exists: --force overwrites it\n")
        .status(1)
        .check();
}

#[test]
fn a_log_is_reviewed_as_a_recording() {
    let folder = TempDir::new().unwrap();
    let (mut csv, mut json) = (
        "time,cadence_spm,target_spm,click\n".to_owned(),
        String::new(),
    );
    for second in 0..600 {
        // 100 steps a minute are a walk's: the unit is known, so that they are not doubled.
        let (time, spm) = (
            format!("2026-12-01T07:{:02}:{:02}Z", second / 60, second % 60),
            if second < 60 { 100 } else { 168 },
        );
        writeln!(csv, "{time},{spm},168,on").unwrap();
        writeln!(
            json,
            "{{\"time\":\"{time}\",\"cadence_spm\":{spm},\"target_spm\":168.0,\"click\":\"on\"}}"
        )
        .unwrap();
    }
    for (name, log) in [("run.csv", csv), ("run.jsonl", json)] {
        fs::write(folder.path().join(name), log).unwrap();
        cadence(&["review", name, "--print", "cadence"])
            .folder(folder.path())
            .stdout("168\n")
            .check();
        let shown = cadence(&["review", name]).folder(folder.path()).output();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(
            shown.contains("counted   steps \u{d7}1: the field's unit says so"),
            "{shown}"
        );
    }
}

/// Ten minutes at 168 with the click, then ten at 164 without it, by a log of either form.
fn log(is_csv: bool, more: &str) -> String {
    let mut log = String::new();
    if is_csv {
        log += "time,cadence_spm,target_spm,click,base_spm,tolerance_percent\n";
    }
    for second in 0..1_200 {
        let (minute, second) = (second / 60, second % 60);
        let (spm, click) = if minute < 10 {
            (168, "on")
        } else {
            (164, "off")
        };
        let time = format!("2026-12-01T07:{minute:02}:{second:02}Z");
        if is_csv {
            writeln!(log, "{time},{spm},168,{click},160,2").unwrap();
        } else {
            writeln!(
                log,
                "{{\"time\":\"{time}\",\"cadence_spm\":{spm},\"target_spm\":168.0,\"click\":\"{click}\",\
                 \"base_spm\":160.0,\"tolerance_percent\":2.0}}"
            )
            .unwrap();
        }
    }
    log + more
}

#[test]
fn a_log_says_what_was_kept_with_the_click_and_without_it() {
    let folder = TempDir::new().unwrap();
    let summary = "{\"summary\":{\"tolerance_percent\":2.0,\"all\":null}}\n";
    for (name, text) in [
        ("run.csv", log(true, "")),
        ("run.jsonl", log(false, summary)),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        let review = |args: &[&str]| {
            let args = [&["review", name], args].concat();
            let output = cadence(&args).folder(folder.path()).output();
            // The summary is no damage.
            assert_eq!(
                (output.status.code(), output.stderr.as_slice()),
                (Some(0), &b""[..])
            );
            String::from_utf8(output.stdout).unwrap()
        };
        let text = review(&[]);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for said in [
            "target kept 75 % \u{b1}8 % of the raise (166 of 168 spm), within \u{b1}2 % for 50 % of 19:59",
            "click kept 100 % \u{b1}0 % of the raise with the click (168 of 168 spm), within \u{b1}2 % for 100 % of 10:00",
            "no click kept 50 % \u{b1}0 % of the raise without the click (164 of 168 spm), within \u{b1}2 % for 0 % of 9:59",
        ] {
            assert!(words.contains(said), "{said}: {words}");
        }
        // What was aimed at is known, so nothing higher is proposed.
        assert!(!text.contains("usual cadence"), "{text}");
        assert_eq!(review(&["--print", "within"]), "50\n");
        let wide = review(&["--tolerance", "3", "--cadence", "156", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&wide).unwrap();
        let live = &json["live"];
        assert_eq!(
            (&live["tolerance_percent"], &live["base_spm"]),
            (&3.0.into(), &156.0.into())
        );
        assert_eq!(live["without_click"]["within_percent"], 100.0);
        let help = String::from_utf8(cadence(&["review", "--help"]).output().stdout).unwrap();
        for key in live.as_object().unwrap().keys() {
            assert!(help.contains(key), "{key}");
        }
    }
    cadence(&["review", "run.csv", "--print", "target-low"])
        .folder(folder.path())
        .stderr(
            "error: --print of a target needs a recording without one, and this log has its own\n",
        )
        .status(2)
        .check();
}

#[cfg(feature = "playback")]
#[test]
fn the_option_for_the_sensor_s_unit_is_not_one_letter_from_count() {
    let help = String::from_utf8(cadence(&["play", "--help"]).output().stdout).unwrap();
    assert!(help.contains("--sensor-counts") && !help.contains("--counts"));
    cadence(&["play", "168", "--counts", "steps", "--follow", "x"])
        .stderr(
            "error: invalid value 'x' for '--follow <FILE>': only stdin can be followed: write \
             `--follow -` and pipe the values in\n\nFor more information, try '--help'.\n",
        )
        .status(2)
        .check();
}
