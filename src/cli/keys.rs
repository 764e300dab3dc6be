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
    ///
    /// # Errors
    /// Where the terminal is gone.
    pub(crate) fn wait(&self, at_most: Duration) -> io::Result<Option<(KeyEvent, Instant)>> {
        let Self(()) = self; // a proof that the terminal is ours
        // A terminal that is gone is always ready to be read, and never gives a key.
        terminal_is_there()?;
        if !event::poll(at_most)? {
            return Ok(None);
        }
        let read = event::read()?;
        let now = Instant::now();
        Ok(match read {
            Event::Key(key) if key.kind == KeyEventKind::Press => Some((key, now)),
            _ => None,
        })
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

/// Whether a key is pressed with Ctrl or Alt, and so is not meant as the letter that it is.
pub(crate) fn is_combined(key: KeyEvent) -> bool {
    key.modifiers
        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

#[cfg(unix)]
fn terminal_is_there() -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = io::stdin();
    let mut terminal = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll(&mut terminal, Some(&at_once))?;
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if terminal[0].revents().intersects(gone) {
        Err(io::ErrorKind::BrokenPipe.into())
    } else {
        Ok(())
    }
}

#[cfg(not(unix))]
fn terminal_is_there() -> io::Result<()> {
    Ok(())
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
