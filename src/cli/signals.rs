//! Ctrl-C and SIGTERM: noted when they come, acted upon where nothing is half done.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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

impl Signal {
    /// Ctrl-C, where a terminal gives it as a key.
    pub(crate) const INTERRUPT: Self = Self(SIGINT as u8);
}

/// Catches the signals from its creation on, for the rest of the process.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    stop: Arc<AtomicUsize>,
    pause: Arc<AtomicBool>,
}

impl Signals {
    pub(crate) fn catch() -> io::Result<Self> {
        let stop = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM, HANGUP] {
            signal_hook::flag::register_usize(signal, Arc::clone(&stop), signal as usize)?;
        }
        Ok(Self {
            stop,
            pause: Arc::default(),
        })
    }

    /// Catches Ctrl-Z too, for a program that has something to put right before it pauses.
    pub(crate) fn catch_with_pause() -> io::Result<Self> {
        let signals = Self::catch()?;
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGTSTP, Arc::clone(&signals.pause))?;
        Ok(signals)
    }

    /// Asks for a pause, where a terminal gives Ctrl-Z as a key.
    pub(crate) fn ask_to_pause(&self) {
        self.pause.store(true, Ordering::Relaxed);
    }

    /// Whether a pause is asked for.
    pub(crate) fn must_pause(&self) -> bool {
        self.pause.swap(false, Ordering::Relaxed)
    }

    /// Pauses until the shell lets the program go on.
    pub(crate) fn pause(&self) {
        #[cfg(unix)]
        // Where it cannot pause it goes on, which harms nothing.
        let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
        self.pause.store(false, Ordering::Relaxed);
    }

    /// The signal that came, if one did.
    pub(crate) fn caught(&self) -> Option<Signal> {
        match self.stop.load(Ordering::Relaxed) {
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
