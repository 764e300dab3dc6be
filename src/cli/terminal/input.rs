//! Waits for whatever comes first: a key, a signal, or the time to look again.

use std::time::Instant;

use super::keys::{self, Keys};
use super::{Waited, give_back_on_panic, signals};

/// The keys of a terminal, or none; either way it is what a command waits on.
pub(crate) struct Input {
    keys: Option<Keys>,
}

impl Input {
    /// No keys: only signals and the time end a wait.
    pub(crate) fn without_keys() -> Self {
        Self { keys: None }
    }

    /// The keys of stdin, where it is a terminal.
    pub(crate) fn of_stdin() -> Self {
        Self::of(Keys::of_stdin())
    }

    /// The keys of the terminal that the program was started from: for where stdin is read as data.
    pub(crate) fn of_controlling_terminal() -> Self {
        Self::of(Keys::of_controlling_terminal())
    }

    fn of(keys: Option<Keys>) -> Self {
        // Without the signals' thread nothing would give the terminal back.
        let keys = keys.filter(|_| signals::watch().is_ok());
        give_back_on_panic();
        Self { keys }
    }

    /// Whether keys are read now, which is possible only in the foreground.
    pub(crate) fn listens(&self) -> bool {
        self.keys.as_ref().is_some_and(Keys::listen)
    }

    /// Whether there is a terminal to listen to, now or later.
    pub(crate) fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Waits for a key, a signal or a moment.
    pub(crate) fn wait(&mut self, until: Instant) -> Waited {
        match &mut self.keys {
            Some(keys) if keys.listen() => {
                let waited = keys.wait(until);
                if waited == Waited::Gone {
                    self.keys = None;
                }
                waited
            }
            _ => {
                keys::wait_for_signal(until);
                Waited::Woken
            }
        }
    }
}
