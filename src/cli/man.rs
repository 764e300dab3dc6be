//! `cadence man`: manual pages, from the very declarations that parse.

use std::fmt::Write as _;
use std::io::Write;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::Cli;
use crate::cli::report::Error;

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Command to document [default: cadence itself]
    #[arg(
        value_name = "COMMAND",
        value_parser = PossibleValuesParser::new(PAGES.iter().copied()),
        hide_possible_values = true
    )]
    pub(crate) command: Option<String>,
}

/// The commands, each of which has a page.
pub(crate) const PAGES: &[&str] = &[
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
    "help",
];

/// A section of every page.
const EXIT_STATUS: &str = "\
.SH \"EXIT STATUS\"
.TP
0
success, also if the reader of a pipe quits early
.TP
1
failed: a file cannot be read or written
.TP
2
wrong usage: an invalid option or value
.TP
3
no sound device, or it does not respond
.TP
129, 130, 143
stopped: the terminal was closed, Ctrl-C, SIGTERM
";

impl ManArgs {
    pub(crate) const EXAMPLES: &str = "\
Examples:
  cadence man | man -l -
  cadence man play > cadence-play.1";

    pub(crate) fn run(&self, out: &mut impl Write) -> Result<(), Error> {
        let mut cadence = Cli::command();
        cadence.build();
        let page = self.command.as_ref().map_or(&cadence, |name| {
            cadence.find_subcommand(name).unwrap_or(&cadence)
        });
        Ok(write(page, &cadence, out)?)
    }
}

fn write(command: &Command, cadence: &Command, out: &mut impl Write) -> std::io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    // Without a date, so that a page is the same every time.
    let version = env!("CARGO_PKG_VERSION");
    writeln!(out, ".TH {name} 1 \"\" \"cadence {version}\"")?;
    let page = Man::new(command.clone());
    page.render_name_section(out)?;
    out.write_all(synopsis(command).as_bytes())?;
    page.render_description_section(out)?;
    if command.get_arguments().any(|arg| !arg.is_hide_set()) && !command.has_subcommands() {
        page.render_options_section(out)?;
    }
    if command.has_subcommands() {
        out.write_all(commands(cadence).as_bytes())?;
    }
    let help = command
        .get_after_long_help()
        .or(command.get_after_help())
        .map(ToString::to_string);
    let sections = Sections::of(&help.unwrap_or_default());
    out.write_all(sections.other.as_bytes())?;
    out.write_all(EXIT_STATUS.as_bytes())?;
    out.write_all(sections.notes.as_bytes())?;
    out.write_all(sections.examples.as_bytes())?;
    if command.get_version().is_some() {
        page.render_version_section(out)?;
    }
    Ok(())
}

/// Every option with its value, and what follows the options.
fn synopsis(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let mut line = format!(".SH SYNOPSIS\n\\fB{}\\fR", escaped(name));
    if command.has_subcommands() {
        line.push_str(" \\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]\n");
        return line;
    }
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help";
    let (positional, options): (Vec<_>, Vec<_>) = command
        .get_arguments()
        .filter(shown)
        .partition(|arg| arg.is_positional());
    for arg in options.into_iter().chain(positional) {
        let names = arg.get_value_names().unwrap_or_default();
        let value = escaped(&names.join(" "));
        let short = arg.get_short().map(|short| format!("\\fB\\-{short}\\fR|"));
        let long = arg
            .get_long()
            .map(|long| format!("\\fB{}\\fR", escaped(&format!("--{long}"))));
        let mut text = [short, long].into_iter().flatten().collect::<String>();
        if arg.is_positional() {
            let _ = write!(text, "\\fI{value}\\fR");
        } else if arg.get_action().takes_values() {
            let _ = write!(text, " \\fI{value}\\fR");
        }
        let takes_many = arg
            .get_num_args()
            .is_some_and(|number| number.max_values() > 1);
        if takes_many || matches!(arg.get_action(), ArgAction::Append) {
            text.push_str(" ...");
        }
        let text = if arg.is_required_set() {
            text
        } else {
            format!("[{text}]")
        };
        let _ = write!(line, "\n{text}");
    }
    line.push('\n');
    line
}

/// The other pages.
fn commands(cadence: &Command) -> String {
    let mut section = ".SH COMMANDS\n".to_owned();
    for command in cadence.get_subcommands() {
        let name = escaped(&format!("cadence-{}", command.get_name()));
        let about = command.get_about().map(ToString::to_string);
        let about = escaped(&about.unwrap_or_default());
        let _ = write!(section, ".TP\n\\fB{name}\\fR(1)\n{about}\n");
    }
    section
}

/// The text after the options in the help, as sections.
#[derive(Default)]
struct Sections {
    other: String,
    notes: String,
    examples: String,
}

impl Sections {
    /// A paragraph that is indented below a short line with a colon is a section by that name; all
    /// else is a note.
    fn of(help: &str) -> Self {
        const LONGEST_HEADING: usize = 40;
        let mut sections = Self::default();
        for paragraph in help.split("\n\n").filter(|text| !text.trim().is_empty()) {
            let (first, rest) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
            let heading = first
                .strip_suffix(':')
                .filter(|text| text.len() <= LONGEST_HEADING && !rest.is_empty())
                .filter(|_| rest.lines().all(|line| line.starts_with(' ')));
            match heading {
                Some("Examples") => sections.examples = section("EXAMPLES", &as_typed(rest)),
                Some("More examples") => sections.examples.push_str(&as_typed(rest)),
                Some(heading) => sections
                    .other
                    .push_str(&section(&heading.to_uppercase(), &as_typed(rest))),
                None if sections.notes.is_empty() => {
                    sections.notes = section("NOTES", &note(paragraph));
                }
                None => {
                    let _ = write!(sections.notes, ".PP\n{}", note(paragraph));
                }
            }
        }
        sections
    }
}

fn section(heading: &str, text: &str) -> String {
    format!(".SH \"{heading}\"\n{text}")
}

/// Lines that keep their breaks.
fn as_typed(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.strip_prefix("  ").unwrap_or(line));
    let lines: Vec<_> = lines.map(escaped).collect();
    format!(".nf\n{}\n.fi\n", lines.join("\n"))
}

/// Text that is filled, and the indented lines in it as they are.
fn note(text: &str) -> String {
    let mut note = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with(' ') {
            let mut block = line.to_owned();
            while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
                block.push('\n');
                block.push_str(line);
            }
            note.push_str(&as_typed(&block));
        } else {
            note.push_str(&escaped(line));
            note.push('\n');
        }
    }
    note
}

/// Text in which nothing is a request to the formatter.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq")
        .replace('`', "\\(ga");
    match text.chars().next() {
        Some('.') => format!("\\&{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let mut cadence = Cli::command();
        cadence.build();
        let names: Vec<_> = cadence.get_subcommands().map(Command::get_name).collect();
        assert_eq!(names, PAGES);
    }

    #[test]
    fn help_becomes_sections() {
        let help = "Examples:\n  cadence tap\n  cadence tap '-'\n\nKeys are read.\nAll of them.\n\nJSON keys:\n  a  one\n";
        let sections = Sections::of(help);
        assert_eq!(
            sections.examples,
            ".SH \"EXAMPLES\"\n.nf\ncadence tap\ncadence tap \\(aq\\-\\(aq\n.fi\n"
        );
        assert_eq!(
            sections.notes,
            ".SH \"NOTES\"\nKeys are read.\nAll of them.\n"
        );
        assert_eq!(sections.other, ".SH \"JSON KEYS\"\n.nf\na  one\n.fi\n");
    }
}
