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
    let help = stdout(&["--help"]);
    assert!(help.lines().count() <= 26, "{} lines", help.lines().count());
    assert!(help.lines().all(|line| line.chars().count() <= 80));
    assert!(help.starts_with("From counted steps to a cadence"));
    for command in COMMANDS {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command} is not on the first screen"
        );
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
        .stderr(&format!("error: no command is named 'run': {names}\n"))
        .status(2)
        .check();
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
