//! Ctrl-C, Ctrl-Break and the request to end on Windows: noted when they come, acted upon where
//! nothing is half done. A console whose window is closed ends the program at once, as Windows has
//! it.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};

/// What the C library makes of Ctrl-Break.
const SIGBREAK: i32 = 21;

/// What asked the program to end: a signal's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interrupt(i32);

impl Interrupt {
    /// Ctrl-C.
    pub(crate) const CTRL_C: Self = Self(SIGINT);

    /// The terminal is gone: what Unix numbers SIGHUP.
    pub(crate) const HANG_UP: Self = Self(1);

    /// What a shell reports of a program that ended by it.
    pub(crate) fn status(self) -> u8 {
        u8::try_from(128 + self.0).unwrap_or(u8::MAX)
    }
}

/// While signals are caught they are noted, and whoever holds this looks at them.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts(());

/// The signal that was noted, or 0.
static NOTED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

fn noted() -> &'static Arc<AtomicUsize> {
    NOTED.get_or_init(Arc::default)
}

impl Interrupts {
    pub(crate) fn catch() -> io::Result<Self> {
        // Ctrl-Break is a Ctrl-C that a raw console does not make a key of.
        for (signal, meaning) in [(SIGINT, SIGINT), (SIGBREAK, SIGINT), (SIGTERM, SIGTERM)] {
            let meaning = usize::try_from(meaning).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(noted()), meaning)?;
        }
        Ok(Self(()))
    }

    /// What asks for the end, if anything does.
    pub(crate) fn caught(&self) -> Option<Interrupt> {
        let Self(()) = self; // a proof that signals are caught
        match i32::try_from(noted().load(Ordering::SeqCst)) {
            Ok(0) | Err(_) => None,
            Ok(signal) => Some(Interrupt(signal)),
        }
    }
}

/// Whether a terminal that is gone is no reason to end.
pub(crate) fn is_hang_up_ignored() -> bool {
    false
}

/// Nothing to watch: what is not caught ends the program by itself, and a console keeps no modes of
/// it.
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
pub(super) fn watch() -> io::Result<()> {
    Ok(())
}

pub(super) fn is_noted() -> bool {
    noted().load(Ordering::SeqCst) != 0
}

/// A console gives Ctrl-C as a key while keys come one by one.
pub(super) fn note_ctrl_c() {
    noted().store(
        usize::try_from(SIGINT).unwrap_or_default(),
        Ordering::SeqCst,
    );
}
