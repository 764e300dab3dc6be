//! `--help`, `--version`, `completions`, `man`, and colour.

use super::harness::{CADENCE, cadence};
use std::process::Command;

const COMMANDS: &[&str] = &[
    "calc",
    "tap",
    "play",
    "render",
    "show",
    "plan",
    "review",
    #[cfg(feature = "music")]
    "tempo",
    #[cfg(feature = "music")]
    "playlist",
    "devices",
    "completions",
    "man",
];

fn stdout(args: &[&str]) -> String {
    let output = cadence(args).output();
    assert_eq!(
        (output.status.code(), output.stderr.len()),
        (Some(0), 0),
        "{args:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_screen_fits_a_terminal() {
    let (short, long) = (stdout(&["-h"]), stdout(&["--help"]));
    // One row of 24 is the shell's.
    assert!(
        short.lines().count() <= 23,
        "{} lines",
        short.lines().count()
    );
    assert!(long.lines().all(|line| line.chars().count() <= 80));
    assert!(short.starts_with("From counted steps to a cadence"));
    assert!(long.starts_with(&short));
    for command in COMMANDS {
        let is_listed = short.contains(&format!("\n  {command} "));
        // What is needed once is left to --help.
        let is_rare = ["completions", "man"].contains(command);
        assert_eq!(is_listed, !is_rare, "{command}");
        assert!(long.contains(command), "{command}");
    }
}

#[test]
fn the_short_help_is_about_a_screen_and_the_long_one_adds_to_it() {
    for command in COMMANDS {
        let (short, long) = (stdout(&[command, "-h"]), stdout(&[command, "--help"]));
        let lines = short.lines().count();
        assert!(lines <= 53, "{command}: {lines} lines");
        assert!(short.contains("\nExamples:\n  cadence "), "{command}");
        if !["completions", "man"].contains(command) {
            assert!(long.lines().count() > lines + 5, "{command}");
        }
    }
    // What is rare is not lost.
    for option in ["--lead-in", "--accent", "--stopwatch", "--count-in"] {
        assert!(!stdout(&["play", "-h"]).contains(option), "{option}");
        assert!(stdout(&["play", "--help"]).contains(option), "{option}");
    }
}

#[test]
fn music_is_named_where_this_build_has_it() {
    for command in ["play", "render", "plan"] {
        let help = stdout(&[command, "--help"]).to_lowercase();
        assert_eq!(help.contains("music"), cfg!(feature = "music"), "{command}");
        assert_eq!(
            help.contains("--over"),
            cfg!(feature = "music"),
            "{command}"
        );
        assert!(!help.contains("\n\n\n"), "{command}");
    }
}

#[test]
fn each_command_shows_examples() {
    for command in COMMANDS {
        let help = stdout(&[command, "--help"]);
        assert!(help.contains("\nExamples:\n  cadence "), "{command}");
    }
}

#[test]
fn without_a_command_the_help_is_shown_as_a_usage_error() {
    let help = stdout(&["-h"]);
    cadence(&[]).stderr(&help).status(2).check();
}

#[test]
fn the_version_is_the_package_s() {
    cadence(&["--version"])
        .stdout(concat!("cadence ", env!("CARGO_PKG_VERSION"), "\n"))
        .check();
}

#[test]
fn each_shell_gets_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&["completions", shell]);
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn each_command_has_a_manual_page() {
    assert!(stdout(&["man"]).contains(".TH cadence 1"));
    for command in COMMANDS {
        let page = stdout(&["man", command]);
        assert!(
            page.contains(&format!(".TH cadence-{command} 1")),
            "{command}"
        );
    }
    let names = COMMANDS.join(", ");
    cadence(&["man", "run"])
        .stderr(&format!(
            "error: invalid value 'run' for '[COMMAND]'\n  [possible values: {names}, help]\n\n\
             For more information, try '--help'.\n"
        ))
        .status(2)
        .check();
}

#[test]
fn a_page_has_values_in_its_synopsis_and_examples_line_by_line() {
    let page = stdout(&["man", "calc"]);
    let (_, synopsis) = page.split_once(".SH SYNOPSIS\n").unwrap();
    assert!(
        synopsis.starts_with("\\fBcadence calc\\fR\n[\\fB\\-\\-time\\fR \\fITIME\\fR]\n"),
        "{page}"
    );
    assert!(synopsis.contains("\n\\fICOUNT\\fR ...\n"), "{page}");
    assert!(
        page.contains(".SH \"EXAMPLES\"\n.nf\ncadence calc 40 ")
            && page.contains("\ncadence calc 80 \\-\\-feet both\n"),
        "{page}"
    );
    assert!(
        page.contains(".SH \"JSON KEYS\"\n.nf\ncadence_spm "),
        "{page}"
    );
}

#[test]
fn the_page_of_help_lists_the_pages_that_exist() {
    let page = stdout(&["man", "help"]);
    let (_, list) = page.split_once(".SH COMMANDS\n").unwrap();
    let (list, _) = list.split_once(".SH").unwrap();
    let named: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("\\fBcadence\\-")?.strip_suffix("\\fR(1)"))
        .collect();
    assert_eq!(named, [COMMANDS, &["help"]].concat());
    for name in named {
        assert!(stdout(&["man", name]).contains(&format!(".TH cadence-{name} 1")));
    }
}

/// Every key of a JSON value, of the objects in it too.
fn keys(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                found.push(key.clone());
                keys(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_json_key_is_in_the_long_help_and_in_no_short_one() {
    for args in [
        &["calc", "40"][..],
        &["show", "5m rest, 8m 160..168, 20m 168 cue 1m/1m"],
        &["plan", "huber2024", "--cadence", "160"],
        &["plan", "--list"],
    ] {
        let json = stdout(&[args, &["--format", "json"]].concat());
        let mut found = Vec::new();
        keys(&serde_json::from_str(&json).unwrap(), &mut found);
        assert!(found.len() > 5);
        let (long, short) = (stdout(&[args[0], "--help"]), stdout(&[args[0], "-h"]));
        for key in found {
            assert!(long.contains(&key), "{args:?}: {key}");
        }
        assert!(!short.contains("JSON keys"), "{args:?}");
    }
    #[cfg(feature = "music")]
    {
        let folder = tempfile::TempDir::new().unwrap();
        cadence(&["render", "168", "--for", "3s", "-o", "a.mp3"])
            .folder(folder.path())
            .check();
        let music = |args: &[&str]| {
            let mut found = Vec::new();
            let output = cadence(&[args, &["--no-index", "--format", "json"]].concat())
                .folder(folder.path())
                .output();
            keys(&serde_json::from_slice(&output.stdout).unwrap(), &mut found);
            // The keys of a track are on the page of `tempo`.
            let long = stdout(&[args[0], "--help"]) + &stdout(&["tempo", "--help"]);
            for key in &found {
                assert!(long.contains(key), "{args:?}: {key}");
            }
            found.len()
        };
        assert_eq!(music(&["tempo", "a.mp3"]), 13);
        let sure = r#"{"file":"b.mp3","bpm":168.0,"sure":true,"seconds":90.0}"#;
        std::fs::write(folder.path().join("tempi"), sure).unwrap();
        let args = ["playlist", "a.mp3", "--tempos", "tempi", "--cadence", "160"];
        // Its six, three of the section, and those of a track that fits and of one that does not.
        assert_eq!(music(&args), 6 + 3 + (3 + 13) + 13);
    }
    for key in ["missed_taps", "doubled_taps"] {
        assert!(stdout(&["tap", "--help"]).contains(key));
    }
}

#[test]
fn what_is_meant_by_a_wrong_word_is_suggested() {
    #[track_caller]
    fn case(args: &[&str], tip: &str) {
        let output = cadence(args).output();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.stdout.len(), output.status.code()), (0, Some(2)));
        assert!(
            stderr.contains(&format!("\n\n  tip: {tip}\n\n")),
            "{stderr}"
        );
    }
    case(&["40"], "for 40 counted steps, use 'cadence calc 40'");
    case(&["168"], "for a click, use 'cadence play 168'");
    case(
        &["metronome", "168"],
        "the metronome is 'cadence play', such as 'cadence play 168'",
    );
    for command in ["play", "render", "show"] {
        case(
            &[command, "168", "--duration", "5m"],
            "a similar argument exists: '--for'",
        );
    }
    // As before where likeness of words is enough.
    case(&["calk", "40"], "a similar subcommand exists: 'calc'");
}

#[test]
fn colour_is_for_terminals_and_no_color_rules() {
    let stderr = |variable: &str| {
        let mut command = Command::new(CADENCE);
        command
            .args(["calc", "30", "--print", "cadence"])
            .env_remove("NO_COLOR")
            .env(variable, "1");
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let plain = "warning: 120 spm is probably walking: runners take 140 spm and more\n";
    assert_eq!(stderr("NO_COLOR"), plain);
    let coloured = "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m 120 spm is probably walking: runners take 140 spm and more\n";
    assert_eq!(stderr("CLICOLOR_FORCE"), coloured);
}
