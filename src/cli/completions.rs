//! `cadence completions`: from the very declarations that parse.

use std::io::Write;

use clap::{Arg, Args, Command, CommandFactory, ValueHint};
use clap_complete::Shell;

use cadence::plan::Preset;

use crate::cli::Cli;
use crate::cli::man::PAGES;
use crate::cli::report::Error;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete for
    pub(crate) shell: Shell,
}

impl CompletionsArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence completions bash > /etc/bash_completion.d/cadence
  cadence completions zsh > ~/.zfunc/_cadence
  cadence completions fish > ~/.config/fish/completions/cadence.fish";

    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        Ok(out.write_all(script(self.shell).as_bytes())?)
    }
}

/// What each generator writes where only the names of sounds are offered, and the same with files.
const SOUNDS: [(&str, &str); 3] = [
    (
        r#"compgen -W "wood tick beep drum" -- "${cur}""#,
        r#"compgen -W "wood tick beep drum" -f -- "${cur}""#,
    ),
    (
        ":NAME|FILE:(wood tick beep drum)",
        ":NAME|FILE:{compadd -- wood tick beep drum; _files}",
    ),
    (r#"-r -f -a "wood"#, r#"-r -F -a "wood"#),
];

/// What each generator writes where nothing is offered for a device, and the same with the names
/// that the system has. Single quotes keep a name from being read as a command: it is expanded once.
const DEVICES: [(&str, &str); 3] = [
    (
        r#"--device)
                    COMPREPLY=("${cur}")"#,
        r#"--device)
                    COMPREPLY=( $(compgen -W '$(cadence devices --format names 2>/dev/null)' -- "${cur}") )"#,
    ),
    (
        r"as named by \`cadence devices\`]:NAME:'",
        r#"as named by \`cadence devices\`]:NAME:{compadd -- ${(f)"$(cadence devices --format names 2>/dev/null)"}}'"#,
    ),
    (
        "as named by `cadence devices`' -r -f",
        "as named by `cadence devices`' -r -f -a '(cadence devices --format names 2>/dev/null)'",
    ),
];

fn script(shell: Shell) -> String {
    let mut cadence = Cli::command();
    cadence.build();
    let mut cadence = with_files_where_they_belong(cadence);
    // The generator panics where a write fails, so it gets a buffer.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cadence, "cadence", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    for (names, names_and_files) in SOUNDS {
        script = script.replace(names, names_and_files);
    }
    for (nothing, devices) in DEVICES {
        script = script.replace(nothing, devices);
    }
    if shell == Shell::Fish {
        script.push_str(&fish_names("plan", Preset::ALL.iter().map(Preset::name)));
        script.push_str(&fish_names("man", PAGES.iter().copied()));
    }
    script
}

/// What is offered after a command, which the generator for fish leaves out.
fn fish_names(command: &str, names: impl IntoIterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let names = names.join(" ");
    format!(
        "complete -c cadence -n \"__fish_cadence_using_subcommand {command}\" -f -a \"{names}\"\n"
    )
}

/// Without a hint some shells offer files for every value, be it a number.
fn with_files_where_they_belong(command: Command) -> Command {
    let hinted = |arg: Arg| match arg.get_value_hint() {
        ValueHint::Unknown if arg.get_action().takes_values() => arg.value_hint(ValueHint::Other),
        _ => arg,
    };
    command
        .mut_args(hinted)
        .mut_subcommands(with_files_where_they_belong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_are_offered_with_files_in_every_shell() {
        for (shell, (_, names_and_files)) in [Shell::Bash, Shell::Zsh, Shell::Fish]
            .into_iter()
            .zip(SOUNDS)
        {
            let script = script(shell);
            // Of play, render and plan.
            let expected = if cfg!(feature = "playback") { 3 } else { 2 };
            let found = script.matches(names_and_files).count();
            assert!(found >= expected, "{shell}: {found}");
        }
    }

    #[cfg(feature = "playback")]
    #[test]
    fn devices_are_offered_by_the_names_that_the_system_has() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            let asked = script.matches("cadence devices --format names").count();
            assert_eq!(asked, 1, "{shell}");
        }
    }

    #[test]
    fn files_are_offered_for_files_alone() {
        let bash = script(Shell::Bash);
        let after = |option: &str| {
            let (_, after) = bash
                .split_once(&format!("                {option})\n"))
                .unwrap();
            after.split_once(";;").unwrap().0.to_owned()
        };
        for option in [
            "--for",
            "--raise",
            "--cadence",
            "--count",
            "--start",
            "--every",
        ] {
            assert!(!after(option).contains("compgen -f"), "{option}");
        }
        for option in ["--file", "--output", "--svg"] {
            assert!(after(option).contains("compgen -f"), "{option}");
        }
    }

    #[test]
    fn schedules_and_pages_are_offered() {
        let bash = script(Shell::Bash);
        assert!(bash.contains("huber2024 faded8"));
        assert!(bash.contains("-h --help calc tap play"));
        let fish = script(Shell::Fish);
        assert!(fish.contains("subcommand plan\" -f -a \"huber2024 faded8 "));
        assert!(fish.contains("subcommand man\" -f -a \"calc tap play "));
    }
}
