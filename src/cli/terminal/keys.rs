//! Keys from a terminal that is opened anew, waited for together with signals.

use std::fs::File;
use std::io::{self, Read};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use super::parser::KeyParser;
use super::{Waited, descriptor, modes, signals};

/// A terminal whose keys are read.
pub(super) struct Keys {
    terminal: File,
    parser: KeyParser,
}

impl Keys {
    /// Those of stdin, where it is a terminal.
    pub(super) fn of_stdin() -> Option<Self> {
        descriptor::open_anew(io::stdin(), OFlags::RDONLY)
            .ok()
            .map(Self::of)
    }

    /// Those of the terminal that the program was started from.
    pub(super) fn of_controlling_terminal() -> Option<Self> {
        descriptor::open_controlling(OFlags::RDONLY)
            .ok()
            .map(Self::of)
    }

    fn of(terminal: File) -> Self {
        Self {
            terminal,
            parser: KeyParser::new(),
        }
    }

    /// Makes keys come one by one, where the program is in the foreground; whether they do.
    pub(super) fn listen(&self) -> bool {
        descriptor::is_in_foreground(&self.terminal) && modes::take(&self.terminal).is_ok()
    }

    /// Waits for a key or a signal.
    pub(super) fn wait(&mut self, until: Instant) -> Waited {
        loop {
            if let Some(key) = self.parser.key() {
                return Waited::Key(key, Instant::now());
            }
            let gives_up_at = self.parser.gives_up_at();
            let (is_woken, terminal) = poll_both(
                Some(&self.terminal),
                gives_up_at.map_or(until, |at| at.min(until)),
            );
            if terminal.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return Waited::Gone;
            }
            let now = Instant::now();
            if terminal.contains(PollFlags::IN) {
                if !descriptor::is_in_foreground(&self.terminal) {
                    // What is typed is the shell's.
                    wait_for_signal(until);
                    return Waited::Woken;
                }
                if self.read(now).is_err() {
                    return Waited::Gone;
                }
            }
            self.parser.give_up(now);
            if is_woken || now >= until {
                return self
                    .parser
                    .key()
                    .map_or(Waited::Woken, |key| Waited::Key(key, now));
            }
        }
    }

    fn read(&mut self, now: Instant) -> io::Result<()> {
        let mut bytes = [0; 64];
        match (&self.terminal).read(&mut bytes) {
            Ok(read) => self.parser.take(&bytes[..read], now),
            // Another program reads the same terminal, and was first.
            Err(error) if is_nothing(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        modes::give_back();
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Waits for a signal.
pub(super) fn wait_for_signal(until: Instant) {
    poll_both(None, until);
}

/// Waits until there is a key, a signal that was noted, or no time left. Whether there was a
/// signal, and what there is on the terminal.
fn poll_both(terminal: Option<&File>, until: Instant) -> (bool, PollFlags) {
    let left = until.saturating_duration_since(Instant::now());
    // A wait is never longer than a run.
    let left = Timespec::try_from(left).unwrap_or_default();
    let wakeups = signals::wakeups();
    let mut polled: Vec<PollFd> = Vec::with_capacity(2);
    polled.extend(wakeups.map(|wakeups| PollFd::new(wakeups, PollFlags::IN)));
    polled.extend(terminal.map(|terminal| PollFd::new(terminal, PollFlags::IN)));
    // Interrupted, it has waited too short, and whoever called looks again.
    let _ = poll(&mut polled, Some(&left));
    let is_woken = wakeups.is_some() && polled.first().is_some_and(|it| !it.revents().is_empty());
    if is_woken {
        signals::take_wakeups();
    }
    let terminal = terminal.and_then(|_| polled.last().map(PollFd::revents));
    (is_woken, terminal.unwrap_or(PollFlags::empty()))
}
