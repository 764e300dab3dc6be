//! The one line of status at the bottom of a terminal, and how times and numbers read in it.

use std::io::{self, IsTerminal, Write};

/// One line at the bottom of a terminal that is written over and over. Plain text and a carriage return, so that there is
/// nothing to restore in the terminal.
#[derive(Debug, Default)]
pub(crate) struct StatusLine {
    shown: String,
}

impl StatusLine {
    /// A status line, where stderr is a terminal.
    pub(crate) fn on_terminal() -> Option<Self> {
        io::stderr().is_terminal().then(Self::default)
    }

    /// Shows a text, cut to the width of the terminal.
    pub(crate) fn show(&mut self, text: &str) {
        if text == self.shown {
            return;
        }
        let width = terminal_size::terminal_size_of(io::stderr())
            .map_or(80, |(width, _)| usize::from(width.0));
        // The last columns stay free: a character in the very last one makes some terminals wrap, and so does the `^C` that a
        // terminal may put behind the line.
        let text: String = text.chars().take(width.saturating_sub(3)).collect();
        self.write(&text);
        self.shown = text;
    }

    /// Takes the line away.
    pub(crate) fn clear(&mut self) {
        self.write("");
        let _ = write!(io::stderr(), "\r");
        self.shown.clear();
    }

    fn write(&mut self, text: &str) {
        let left_over = self
            .shown
            .chars()
            .count()
            .saturating_sub(text.chars().count());
        let mut err = io::stderr().lock();
        let _ = write!(err, "\r{text}{:left_over$}", "").and_then(|()| err.flush());
    }
}

/// A number of things, the noun in the right form.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(
            [0, 1, 2].map(|n| counted(n, "click")),
            ["0 clicks", "1 click", "2 clicks"]
        );
    }
}
