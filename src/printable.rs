//! Text from outside, made safe to show: a file name, a device's name or an argument cannot move
//! the cursor, colour the screen, or write a line that looks like one of the program's own.

use std::fmt::{self, Write as _};

/// Text in which every character that would control a terminal is shown as an escape: `\u{1b}`,
/// `\n`.
///
/// These are the control characters, the marks that reverse the direction of writing, and the
/// separators of lines. Everything else, including a backslash, is unchanged.
///
/// ```
/// use cadence::printable::Printable;
///
/// assert_eq!(Printable("Kopfhörer 1").to_string(), "Kopfhörer 1");
/// assert_eq!(Printable("\u{1b}[2Ja\nb").to_string(), r"\u{1b}[2Ja\nb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| controls(*c)) {
            f.write_str(&rest[..at])?;
            match c {
                '\n' | '\r' | '\t' => write!(f, "{}", c.escape_default())?,
                _ => write!(f, "{}", c.escape_unicode())?,
            }
            rest = &rest[at + c.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Several lines, each of them [`Printable`]: the message of a library's error may have more than
/// one.
#[must_use]
pub fn lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = write!(shown, "{}", Printable(line));
    }
    shown
}

fn controls(c: char) -> bool {
    // The marks of Unicode's bidirectional algorithm (UAX #9, 2), and its two separators of lines.
    let reorders = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || reorders || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_controls_a_terminal_is_left() {
        for (text, shown) in [
            ("\u{1b}]0;title\u{7}", r"\u{1b}]0;title\u{7}"),
            ("a\r\nerror: b\t", r"a\r\nerror: b\t"),
            ("\u{202e}3pm.exe\u{2069}", r"\u{202e}3pm.exe\u{2069}"),
            ("\u{9b}2J\u{7f}", r"\u{9b}2J\u{7f}"), // one byte that is ESC and [ in one
            ("C:\\run.fit ±4 Lauf↗ 🏃", "C:\\run.fit ±4 Lauf↗ 🏃"),
            ("", ""),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
        }
    }

    #[test]
    fn the_lines_of_an_error_stay_lines() {
        assert_eq!(
            lines("5m \u{1b}[31m\n   ^\u{7}"),
            "5m \\u{1b}[31m\n   ^\\u{7}"
        );
    }
}
