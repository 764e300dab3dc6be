//! The command line: what can be typed, and which command runs. Each command has a file with its
//! arguments and its behaviour; arguments that several share are in [`args`]. Only this folder
//! names clap, prints, or looks at the environment.

mod args;
mod calc;
mod completions;
mod destination;
mod devices;
mod follow_args;
mod input;
mod json_keys;
mod man;
#[cfg(feature = "music")]
mod music;
#[cfg(not(feature = "playback"))]
mod no_playback;
mod plan;
#[cfg(feature = "playback")]
mod play;
mod playlist;
mod render;
pub(crate) mod report;
mod review;
mod score;
mod show;
mod suggestion;
mod table;
mod tap;
mod terminal;
mod text;
mod watch_file;

use std::io;

use clap::builder::Resettable;
use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand};

use args::PlayArgs;
use calc::CalcArgs;
use completions::CompletionsArgs;
use devices::DevicesArgs;
use man::ManArgs;
use plan::PlanArgs;
use render::RenderArgs;
use report::Error;
use review::ReviewArgs;
use show::ShowArgs;
use tap::TapArgs;

/// A text in a build with music, and none without.
#[cfg(feature = "music")]
macro_rules! with_music {
    ($text:literal) => {
        $text
    };
}
#[cfg(not(feature = "music"))]
macro_rules! with_music {
    ($text:literal) => {
        ""
    };
}
use with_music;

const EXAMPLES: &str = "\
Examples:
  cadence calc 40                            40 steps of one foot in 30 s
  cadence play 168                           click at 168 steps a minute
  cadence play --count 40 --for 30m          from the count to the click
  cadence render 168 --for 30m -o click.wav  the same click as a file

See `cadence help COMMAND` for more. A training aid, not medical advice.";

/// What `cadence --help` adds to the first screen.
const NOTES: &str = "\
`cadence completions SHELL` prints the completions of a shell, and
`cadence man [COMMAND]` a manual page.
Exit status: 0 done, 1 failed, 2 wrong usage, 3 no sound device, 129 terminal
closed, 130 Ctrl-C, 131 Ctrl-\\, 143 SIGTERM.";

/// The first screen as clap prints it, without the options and the commands that people need
/// once: it fits on 24 lines.
fn first_screen() -> String {
    let styles = clap::builder::Styles::default();
    let (heading, literal) = (styles.get_header(), styles.get_literal());
    let declared = Command::augment_subcommands(clap::Command::new("cadence"));
    let commands: Vec<String> = declared
        .get_subcommands()
        .filter(|command| !["completions", "man"].contains(&command.get_name()))
        .map(|command| {
            let (name, about) = (command.get_name(), command.get_about());
            let about = about.map(ToString::to_string).unwrap_or_default();
            format!("  {literal}{name:<9}{literal:#} {about}")
        })
        .collect();
    let commands = commands.join("\n");
    format!(
        "{{about}}\n\n{{usage-heading}} {{usage}}\n\n{heading}Commands:{heading:#}\n{commands}{{after-help}}"
    )
}

/// What `--help` has after the options: what `-h` has, and more.
fn long(paragraphs: &[&str]) -> String {
    paragraphs.join("\n\n")
}

/// Options that only `--help` shows, of the commands that have many.
const RARE: [&str; 28] = [
    "time",
    "feet",
    "stopwatch",
    "count_in",
    "per",
    "accent",
    "pan",
    "no_signals",
    "lead_in",
    "rate",
    "increment",
    "warm_up",
    "cool_down",
    "every",
    "tolerance",
    "offset",
    "recorded_as",
    "pauses",
    "sport",
    "split",
    "units",
    "session",
    "keep_going",
    "week_start",
    "by_folder",
    "jsonl",
    "strict",
    "no_index",
];

/// Leaves the rare options of a command to `--help`, so that `-h` is about a screen.
fn brief(command: clap::Command) -> clap::Command {
    if !["play", "render", "show", "plan", "review"].contains(&command.get_name()) {
        return command;
    }
    // What a plan sounds like matters once it is rendered.
    let is_plan = command.get_name() == "plan";
    command.mut_args(|arg| {
        let id = arg.get_id().as_str();
        let is_rare = RARE.contains(&id) || is_plan && ["sound", "volume"].contains(&id);
        arg.hide_short_help(is_rare)
    })
}

/// From counted steps to a cadence, its target range, and a click on the frame
#[derive(Debug, Parser)]
#[command(name = "cadence", version, max_term_width = 80)]
#[command(after_help = EXAMPLES, after_long_help = long(&[EXAMPLES, NOTES]))]
#[command(help_template = first_screen())]
#[command(arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Arguments that are declared only once their command is named: a start takes 40 % fewer
/// instructions than with those of every command.
#[derive(Debug)]
struct Late<T>(T);

impl<T: Args> Args for Late<T> {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.defer(|command| {
            // Groups of arguments bring a description of their own.
            let about = Resettable::from(command.get_about().cloned());
            let long_about = Resettable::from(command.get_long_about().cloned());
            brief(T::augment_args(command).about(about).long_about(long_about))
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<T: FromArgMatches> FromArgMatches for Late<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Turn counted steps into a cadence and its target range
    #[command(after_help = CalcArgs::EXAMPLES, after_long_help = long(&[CalcArgs::EXAMPLES, CalcArgs::NOTES, json_keys::CALC]))]
    Calc(Late<CalcArgs>),
    /// Count by tapping a key each time your foot lands
    #[command(after_help = TapArgs::EXAMPLES, after_long_help = long(&[TapArgs::EXAMPLES, json_keys::CALC]))]
    Tap(Late<TapArgs>),
    /// Play a click on the sound device
    #[command(after_help = PlayArgs::EXAMPLES, after_long_help = long(&[PlayArgs::EXAMPLES, PlayArgs::NOTES, json_keys::LOG]))]
    Play(Late<PlayArgs>),
    /// Write the click to a WAV, FLAC, MP3 or Ogg file
    #[command(after_help = RenderArgs::EXAMPLES, after_long_help = long(&[RenderArgs::EXAMPLES, RenderArgs::NOTES]))]
    Render(Late<RenderArgs>),
    /// Show a workout's timeline
    #[command(after_help = ShowArgs::EXAMPLES, after_long_help = long(&[ShowArgs::EXAMPLES, ShowArgs::NOTES, json_keys::SHOW]))]
    Show(Late<ShowArgs>),
    /// Plan weeks of runs from a published schedule
    #[command(after_help = PlanArgs::EXAMPLES, after_long_help = long(&[PlanArgs::EXAMPLES, PlanArgs::NOTES, json_keys::PLAN]))]
    Plan(Late<PlanArgs>),
    /// Review a recorded run's cadence against a target
    #[command(after_help = ReviewArgs::EXAMPLES, after_long_help = long(&[ReviewArgs::EXAMPLES, json_keys::REVIEW]))]
    Review(Late<ReviewArgs>),
    /// Measure the tempo of music files
    #[cfg(feature = "music")]
    #[command(after_help = music::tempo::TempoArgs::EXAMPLES, after_long_help = long(&[music::tempo::TempoArgs::EXAMPLES, json_keys::TEMPO]))]
    Tempo(Late<music::tempo::TempoArgs>),
    /// Make a playlist to fit a cadence or a workout
    #[cfg(feature = "music")]
    #[command(after_help = music::playlist::PlaylistArgs::EXAMPLES, after_long_help = long(&[music::playlist::PlaylistArgs::EXAMPLES, json_keys::PLAYLIST]))]
    Playlist(Late<music::playlist::PlaylistArgs>),
    /// List sound devices
    #[command(after_help = DevicesArgs::EXAMPLES, after_long_help = long(&[DevicesArgs::EXAMPLES, json_keys::DEVICES]))]
    Devices(Late<DevicesArgs>),
    /// Print shell completions
    #[command(after_help = CompletionsArgs::EXAMPLES)]
    Completions(Late<CompletionsArgs>),
    /// Print a manual page
    #[command(after_help = ManArgs::EXAMPLES)]
    Man(Late<ManArgs>),
}

impl Cli {
    pub(crate) fn run(&self) -> Result<(), Error> {
        let out = &mut io::stdout().lock();
        match &self.command {
            Command::Calc(Late(args)) => args.run(io::stdin().lock(), out),
            Command::Tap(Late(args)) => args.run(out),
            Command::Play(Late(args)) => args.run(),
            Command::Render(Late(args)) => args.run(),
            Command::Show(Late(args)) => args.run(out),
            Command::Plan(Late(args)) => args.run(out),
            Command::Review(Late(args)) => args.run(out),
            #[cfg(feature = "music")]
            Command::Tempo(Late(args)) => args.run(out),
            #[cfg(feature = "music")]
            Command::Playlist(Late(args)) => args.run(out),
            Command::Devices(Late(args)) => args.run(out),
            Command::Completions(Late(args)) => args.run(out),
            Command::Man(Late(args)) => args.run(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_declarations_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_safety_line_is_in_the_help_of_what_makes_runners_run() {
        for name in ["tap", "play", "render", "review"] {
            let cadence = Cli::command();
            let command = cadence.find_subcommand(name).expect("a command");
            let help = command.get_after_help().map(ToString::to_string);
            assert!(help.unwrap_or_default().contains(args::SAFETY), "{name}");
        }
    }

    #[test]
    fn the_examples_of_short_help_use_options_that_it_lists() {
        let mut cadence = Cli::command();
        cadence.build();
        for command in cadence.get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let example = format!("  cadence {} ", command.get_name());
            let examples = help.lines().filter(|line| line.starts_with(&example));
            // What is in quotes, and what follows a pipe, is another command's.
            let own = |line: &str| {
                let line = line.split(" | ").next().unwrap_or(line);
                line.split('"').step_by(2).collect::<String>()
            };
            let words: String = examples.map(own).collect::<Vec<_>>().join(" ");
            for word in words
                .split_whitespace()
                .filter_map(|word| word.strip_prefix("--"))
            {
                let arg = command
                    .get_arguments()
                    .find(|arg| arg.get_long() == Some(word));
                let arg = arg.unwrap_or_else(|| panic!("{}: --{word}", command.get_name()));
                assert!(
                    !arg.is_hide_short_help_set(),
                    "{}: --{word}",
                    command.get_name()
                );
            }
        }
    }

    #[test]
    fn what_is_wrapped_by_hand_is_not_wrapped_again() {
        let mut cadence = Cli::command();
        cadence.build();
        for command in cadence.get_subcommands() {
            let text = command
                .get_after_long_help()
                .or(command.get_after_help())
                .map(ToString::to_string)
                .unwrap_or_default();
            let longest = text
                .lines()
                .map(|line| line.chars().count())
                .max()
                .unwrap_or(0);
            assert!(longest < 80, "{}: {longest}", command.get_name());
        }
    }
}
