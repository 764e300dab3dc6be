//! The one line of status at the bottom of a terminal.

use super::{screen, signals};

/// One line at the bottom of a terminal that is written over and over. Plain text and a carriage
/// return, so that there is nothing to restore in the terminal. Dropping it clears the line.
#[derive(Debug)]
pub(crate) struct StatusLine(());

impl StatusLine {
    /// A status line, where stderr is a terminal.
    pub(crate) fn on_terminal() -> Option<Self> {
        // A signal needs a thread that clears the line.
        (screen::is_there() && signals::watch().is_ok()).then_some(Self(()))
    }

    /// How many columns there are for it.
    pub(crate) fn columns() -> usize {
        screen::columns()
    }

    /// Whether it is seen: in the background nothing is drawn.
    pub(crate) fn is_seen(&self) -> bool {
        let Self(()) = self;
        screen::is_ours()
    }

    /// Shows a text, cut to the width of the terminal.
    pub(crate) fn show(&mut self, text: &str) {
        let Self(()) = self;
        screen::show(text);
    }

    /// Clears the line.
    pub(crate) fn clear(&mut self) {
        let Self(()) = self;
        screen::clear();
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        self.clear();
    }
}
