//! Ctrl-C and SIGTERM: noted when they come, acted upon where nothing is half done.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// A signal that asks the program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signal(u8);

impl Signal {
    /// What a shell reports of a program that ended by it.
    pub(crate) fn status(self) -> u8 {
        128 + self.0
    }
}

/// Catches the signals from its creation on, for the rest of the process.
#[derive(Clone, Debug)]
pub(crate) struct Signals(Arc<AtomicUsize>);

impl Signals {
    pub(crate) fn catch() -> io::Result<Self> {
        let caught = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, HANGUP] {
            signal_hook::flag::register_usize(signal, Arc::clone(&caught), signal as usize)?;
        }
        Ok(Self(caught))
    }

    /// The signal that came, if one did.
    pub(crate) fn caught(&self) -> Option<Signal> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(Signal(signal as u8)),
        }
    }
}

/// The terminal was closed.
#[cfg(unix)]
const HANGUP: i32 = signal_hook::consts::SIGHUP;

/// Elsewhere nothing of the kind comes as a signal.
#[cfg(not(unix))]
const HANGUP: i32 = SIGTERM;
