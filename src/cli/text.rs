//! How times, counts and lines of text are shown to a person.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::time::Duration;

use jiff::fmt::friendly::{FractionalUnit, SpanPrinter};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use cadence::chart::Glyphs;
use cadence::number;
use cadence::printable::Printable;

/// How wide text is where no terminal says.
const WIDTH: usize = 80;

/// The narrowest and the widest text: wider lines are hard to read. The project's own choice.
const WIDTHS: std::ops::RangeInclusive<usize> = 30..=120;

/// The columns of the terminal at a stream; 80 where it is no terminal.
#[cfg(unix)]
pub(crate) fn columns(stream: impl std::os::fd::AsFd) -> usize {
    terminal_size::terminal_size_of(stream).map_or(WIDTH, |(width, _)| width.0.into())
}

/// The columns of the terminal at a stream; 80 where it is no terminal.
#[cfg(windows)]
pub(crate) fn columns(stream: impl std::os::windows::io::AsHandle) -> usize {
    terminal_size::terminal_size_of(stream).map_or(WIDTH, |(width, _)| width.0.into())
}

/// The columns that a text takes in a terminal: two for each wide character.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// As much of the start of a text as a number of columns can hold.
pub(crate) fn start(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or(0);
        used > columns
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// A text cut to a number of columns, with a mark where something is missing.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        text.into()
    } else {
        format!("{}…", start(text, columns.saturating_sub(1))).into()
    }
}

/// A time as a clock shows it: `0:07`, `12:34`, `1:02:03`. A second that is not over yet does not
/// count.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// The same with tenths, where there are any: `0:07.5`.
pub(crate) fn clock_with_tenths(time: Duration) -> String {
    let time = to_tenths(time);
    match time.subsec_millis() / 100 {
        0 => clock(time),
        tenth => format!("{}.{tenth}", clock(time)),
    }
}

/// The same for seconds, rounded, with a sign where they lie before the start.
pub(crate) fn clock_of_seconds(seconds: f64) -> String {
    let whole = number::whole(seconds);
    let sign = if whole < 0.0 { "-" } else { "" };
    // Beyond what a clock holds there is nothing to show.
    let time = Duration::try_from_secs_f64(whole.abs()).unwrap_or(Duration::MAX);
    format!("{sign}{}", clock(time))
}

/// A time in words, to the tenth of a second: `30s`, `37.4s`, `1h 30m`.
pub(crate) fn in_words(time: Duration) -> String {
    const PRINTER: SpanPrinter = SpanPrinter::new().fractional(Some(FractionalUnit::Second));
    PRINTER.unsigned_duration_to_string(&to_tenths(time))
}

fn to_tenths(time: Duration) -> Duration {
    let tenths = time.saturating_add(Duration::from_millis(50)).as_millis() / 100;
    let millis = u64::try_from(tenths * 100).unwrap_or(u64::MAX);
    Duration::from_millis(millis)
}

/// A share as a whole number of percent: `52 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", number::whole(share * 100.0))
}

/// A number of things, the noun in the right form.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// A text from outside as a cell of CSV. A spreadsheet would take one that begins so for a formula
/// and run it.
pub(crate) fn csv_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// How text is laid out: how wide, and with which characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub(crate) width: usize,
    pub(crate) ascii: bool,
}

impl Style {
    /// For stdout. Plain ASCII where it was asked for, and on a terminal whose locale is not UTF-8.
    pub(crate) fn of_stdout(ascii: bool) -> Self {
        let stdout = io::stdout();
        Self {
            width: columns(&stdout).clamp(*WIDTHS.start(), *WIDTHS.end()),
            ascii: ascii || stdout.is_terminal() && !is_utf8(|name| std::env::var(name).ok()),
        }
    }

    /// The characters of pictures.
    pub(crate) fn glyphs(self) -> Glyphs {
        if self.ascii {
            Glyphs::Ascii
        } else {
            Glyphs::Blocks
        }
    }

    /// The text, in plain ASCII where that is the style.
    pub(crate) fn plain(self, text: &str) -> String {
        if !self.ascii {
            return text.to_owned();
        }
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '±' => plain.push_str("+/-"),
                '×' => plain.push('x'),
                '·' | '–' | '−' => plain.push('-'),
                '→' => plain.push_str("->"),
                '…' => plain.push('~'),
                _ => plain.push(c),
            }
        }
        plain
    }

    /// Adds an entry with its name in front, broken at blanks where it is wider than the text may
    /// be.
    pub(crate) fn entry(self, text: &mut String, name: &str, entry: &str) {
        self.entry_under(text, 10, name, entry);
    }

    /// The same with room for longer names.
    pub(crate) fn entry_under(self, text: &mut String, indent: usize, name: &str, entry: &str) {
        let first = format!("{name:indent$}");
        let rest = " ".repeat(indent);
        // First fit, as a person breaks lines; a word that is too long stays whole, to be copied.
        let options = textwrap::Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&rest)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        let entry = self.plain(&Printable(entry).to_string());
        for line in textwrap::wrap(&entry, options) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
}

/// Whether the locale is one of UTF-8: the first variable that is set decides (POSIX, 8.2).
fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    if cfg!(windows) {
        return true; // the console has a separate setting
    }
    let mut set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .filter(|value| !value.is_empty());
    set.next().is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_spreadsheet_would_run_is_text() {
        assert_eq!(csv_cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(csv_cell("-1.fit"), "'-1.fit");
        assert_eq!(csv_cell("run.fit"), "run.fit");
    }

    #[test]
    fn a_clock_shows_hours_only_where_there_are_any() {
        for (seconds, shown) in [(0, "0:00"), (7, "0:07"), (754, "12:34"), (3_723, "1:02:03")] {
            assert_eq!(clock(Duration::from_secs(seconds)), shown);
        }
        for (seconds, shown) in [
            (0.4, "0:00"),
            (-0.4, "0:00"),
            (59.5, "1:00"),
            (-61.0, "-1:01"),
        ] {
            assert_eq!(clock_of_seconds(seconds), shown);
        }
        for (millis, shown) in [(7_000, "0:07"), (7_449, "0:07.4"), (59_960, "1:00")] {
            assert_eq!(clock_with_tenths(Duration::from_millis(millis)), shown);
        }
    }

    #[test]
    fn times_read_as_people_write_them() {
        for (millis, words) in [
            (0, "0s"),
            (30_000, "30s"),
            (37_400, "37.4s"),
            (59_960, "1m"),
            (90_500, "1m 30.5s"),
            (3_723_000, "1h 2m 3s"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
    }

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            [0, 1, 2].map(|n| counted(n, "click")),
            ["0 clicks", "1 click", "2 clicks"]
        );
    }

    #[test]
    fn what_is_cut_says_so_and_a_wide_character_takes_two_columns() {
        assert_eq!(cut("easy run", 8), "easy run");
        assert_eq!(cut("easy run", 7), "easy r…");
        assert_eq!(width("晨跑"), 4);
        assert_eq!(cut("晨跑", 3), "晨…");
        assert_eq!(start("晨跑", 3), "晨");
    }

    #[test]
    fn an_entry_is_broken_at_blanks_under_its_name() {
        let style = Style {
            width: 30,
            ascii: true,
        };
        let mut text = String::new();
        style.entry(&mut text, "cadence", "160 ±4 spm, the median\u{7} of it");
        assert_eq!(
            text,
            "cadence   160 +/-4 spm, the\n          median\\u{7} of it\n"
        );
    }

    #[test]
    fn the_first_variable_that_is_set_is_the_locale() {
        for (values, utf8) in [
            ([None, None, Some("de_DE.UTF-8")], true),
            ([Some(""), Some("C.utf8"), Some("C")], true),
            ([Some("C"), None, Some("de_DE.UTF-8")], false),
            ([None, None, None], false),
        ] {
            let variable = |name: &str| {
                let index = ["LC_ALL", "LC_CTYPE", "LANG"]
                    .iter()
                    .position(|it| *it == name);
                values[index.unwrap()].map(str::to_owned)
            };
            assert_eq!(is_utf8(variable) || cfg!(windows), utf8 || cfg!(windows));
        }
    }
}
