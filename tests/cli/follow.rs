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
