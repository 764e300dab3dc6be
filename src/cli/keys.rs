//! Keys while something is played: a terminal in raw mode, which is always undone.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;

/// A terminal that gives each key as it is pressed, until this is dropped.
#[derive(Debug)]
pub(crate) struct Keys(());

impl Keys {
    /// Takes the keys of the terminal, where there is one and the program is in its foreground.
    pub(crate) fn take() -> Option<Self> {
        // In the background, setting a terminal stops the program.
        if !io::stdin().is_terminal() || !is_in_foreground() {
            return None;
        }
        terminal::enable_raw_mode().ok()?;
        Some(Self(()))
    }

    /// The next key that is pressed, with the moment in which it was, or nothing after a while.
    pub(crate) fn wait(&self, at_most: Duration) -> Option<(KeyEvent, Instant)> {
        let Self(()) = self; // a proof that the terminal is ours
        if !event::poll(at_most).ok()? {
            return None;
        }
        let read = event::read().ok()?;
        let now = Instant::now();
        match read {
            Event::Key(key) if key.kind != KeyEventKind::Release => Some((key, now)),
            _ => None,
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // Where it fails the terminal is gone.
        let _ = terminal::disable_raw_mode();
    }
}

/// Whether a key is pressed together with Ctrl, as what a terminal makes a signal of.
pub(crate) fn is_control(key: KeyEvent, letter: char) -> bool {
    key.code == KeyCode::Char(letter) && key.modifiers.contains(KeyModifiers::CONTROL)
}

#[cfg(unix)]
fn is_in_foreground() -> bool {
    let group = rustix::termios::tcgetpgrp(io::stdin());
    group.is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn is_in_foreground() -> bool {
    true
}
