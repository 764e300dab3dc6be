//! Nothing from outside reaches a terminal raw: not from an argument, a file's name or a file.

use std::path::Path;

#[cfg(feature = "music")]
use tempfile::TempDir;

use crate::harness::cadence;

/// Colours, a title for the window, a line that looks like the program's own, and one written from
/// right to left.
const HARM: &str = "\u{1b}[31m\u{7}\rx\nerror: y\u{202e}";
const SHOWN: &str = r"\u{1b}[31m\u{7}\rx\nerror: y\u{202e}";

#[test]
fn an_argument_is_shown_with_escapes() {
    for (args, error) in [
        (
            ["calc", HARM],
            format!(
                "error: invalid value for '<COUNT>...': '{}' is not a count: write a whole number of steps, at least 1\n",
                SHOWN.replace(r"\n", " ")
            ),
        ),
        (
            ["man", HARM],
            format!(
                "error: invalid value '{SHOWN}' for '[COMMAND]'\n  [possible values: calc, tap, play, render, show, \
                 plan, review, {}devices, completions, man, help]\n\nFor more information, try '--help'.\n",
                if cfg!(feature = "music") {
                    "tempo, playlist, "
                } else {
                    ""
                }
            ),
        ),
    ] {
        cadence(&args).stderr(&error).status(2).check();
    }
    for args in [
        [HARM, "x"],
        ["calc", &format!("--{HARM}")],
        ["plan", HARM],
        ["play", HARM],
        ["play", &format!("--sound={HARM}")],
    ] {
        let output = cadence(&args).output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        let raw = stderr.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(raw, None, "{args:?}: {stderr}");
        assert!(!stderr.contains("\nerror: y"), "{args:?}: {stderr}");
    }
}

#[test]
fn a_file_name_is_shown_with_escapes() {
    let folder = tempfile::tempdir().unwrap();
    cadence(&["show", "--file", HARM])
        .folder(folder.path())
        .stderr(&format!(
            "error: cannot read '{SHOWN}': No such file or directory (os error 2)\n"
        ))
        .status(1)
        .check();
    cadence(&["render", "168", "--for", "1s", "-o", "\u{1b}[2J/x.wav"])
        .folder(folder.path())
        .stderr("error: cannot write '\\u{1b}[2J/x.wav': no folder '\\u{1b}[2J'\n")
        .status(1)
        .check();
}

#[test]
fn the_text_of_a_file_is_shown_with_escapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.txt");
    std::fs::write(&path, "5m \u{1b}]0;title\u{7}").unwrap();
    let output = cadence(&["show", "--file", "run.txt"])
        .folder(folder.path())
        .output();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("]0;title"), "{stderr}");
    assert!(!stderr.contains(['\u{1b}', '\u{7}']), "{stderr}");
}

#[test]
fn help_that_cannot_be_written_is_a_failure() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    for option in ["--help", "--version"] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = std::process::Command::new(crate::harness::CADENCE)
            .arg(option)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (stderr.as_str(), output.status.code()),
            (
                "error: cannot write to stdout: No space left on device (os error 28)\n",
                Some(1)
            )
        );
    }
}

#[cfg(feature = "music")]
#[test]
fn a_track_s_name_that_a_spreadsheet_would_run_is_text_in_csv_alone() {
    let folder = TempDir::new().unwrap();
    cadence(&["render", "168", "--for", "3s", "-o", "=1+2.mp3"])
        .folder(folder.path())
        .check();
    let tempo = |format: &str| {
        let output = cadence(&["tempo", "=1+2.mp3", "--no-index", "--format", format])
            .folder(folder.path())
            .output();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(tempo("csv").contains("\n'=1+2.mp3,"), "{}", tempo("csv"));
    assert!(tempo("json").starts_with("{\"file\":\"=1+2.mp3\","));
}
