//! Ctrl-C, SIGTERM and their like: noted when they come, acted upon where nothing is half done.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};

/// What asks the program to end: a signal's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interrupt(u8);

impl Interrupt {
    /// Ctrl-C, where a terminal gives it as a key.
    pub(crate) const CTRL_C: Self = Self(SIGINT as u8);

    /// The terminal is gone: SIGHUP.
    pub(crate) const HANG_UP: Self = Self(1);

    /// What a shell reports of a program that ended by it.
    pub(crate) fn status(self) -> u8 {
        128 + self.0
    }
}

/// Those that ask for the end.
#[cfg(unix)]
const ENDING: &[i32] = &[
    SIGINT,
    SIGTERM,
    signal_hook::consts::SIGHUP,
    signal_hook::consts::SIGQUIT,
];

/// Those that ask for the end.
#[cfg(not(unix))]
const ENDING: &[i32] = &[SIGINT, SIGTERM];

/// Catches interrupts from its creation on, for the rest of the process.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts {
    end: Arc<AtomicUsize>,
    pause: Arc<AtomicBool>,
}

/// Handlers are registered once, whoever asks for them.
static CAUGHT: OnceLock<Interrupts> = OnceLock::new();

impl Interrupts {
    pub(crate) fn catch() -> io::Result<Self> {
        if let Some(caught) = CAUGHT.get() {
            return Ok(caught.clone());
        }
        let end = Arc::new(AtomicUsize::new(0));
        for &signal in ENDING.iter().filter(|signal| !is_ignored(**signal)) {
            signal_hook::flag::register_usize(signal, Arc::clone(&end), signal as usize)?;
        }
        Ok(CAUGHT
            .get_or_init(|| Self {
                end,
                pause: Arc::default(),
            })
            .clone())
    }

    /// Catches Ctrl-Z too, for a program that has something to put right before it pauses.
    pub(crate) fn catch_with_pause() -> io::Result<Self> {
        let interrupts = Self::catch()?;
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGTSTP, Arc::clone(&interrupts.pause))?;
        Ok(interrupts)
    }

    /// What asks for the end, if anything does.
    pub(crate) fn caught(&self) -> Option<Interrupt> {
        match self.end.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(Interrupt(signal as u8)),
        }
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
}

/// Whether whoever started the program asked it to ignore a hang-up, as nohup does: then it stays ignored. Not so Ctrl-C, which a
/// shell has each program in the background ignore: one that is sent on purpose is meant.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    signal == i32::from(Interrupt::HANG_UP.0)
        && mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Elsewhere it cannot be told; a hang-up is left to what it does by itself, which is what nohup is for.
#[cfg(not(target_os = "linux"))]
fn is_ignored(signal: i32) -> bool {
    signal == i32::from(Interrupt::HANG_UP.0)
}
