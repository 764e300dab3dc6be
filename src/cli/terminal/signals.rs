//! Signals, on a thread of their own that needs nothing from the main one: it gives the terminal
//! back and ends the program, at once or when what is half done has been put in order.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
    SIGVTALRM, SIGXCPU,
};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, exit};

use super::{IS_LEFT_ALONE, give_back, modes};

/// How long what is half done may take to be put in order, so that a signal ends the program within
/// a second.
const GRACE: Duration = Duration::from_millis(700);

/// Those that end a program which does not handle them.
const ENDING: [i32; 10] = [
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU,
];

/// What asked the program to end: a signal's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interrupt(i32);

impl Interrupt {
    /// Ctrl-C.
    pub(crate) const CTRL_C: Self = Self(SIGINT);

    /// The terminal is gone.
    pub(crate) const HANG_UP: Self = Self(SIGHUP);

    /// What a shell reports of a program that ended by it.
    pub(crate) fn status(self) -> u8 {
        u8::try_from(128 + self.0).unwrap_or(u8::MAX)
    }
}

/// While one of these lives, the first signal is only noted: whoever holds it looks, and puts in
/// order what is half done. The second ends the program at once, and so does the first when nobody
/// looks within [`GRACE`].
#[derive(Debug)]
pub(crate) struct Interrupts(());

/// The signal that came first, or 0.
static NOTED: AtomicI32 = AtomicI32::new(0);

/// How many [`Interrupts`] live.
static HOLDERS: AtomicUsize = AtomicUsize::new(0);

/// The end of a pipe that becomes readable when the main thread has something to look at.
static WAKEUPS: OnceLock<UnixStream> = OnceLock::new();

impl Interrupts {
    pub(crate) fn catch() -> io::Result<Self> {
        watch()?;
        HOLDERS.fetch_add(1, Ordering::SeqCst);
        Ok(Self(()))
    }

    /// What asks for the end, if anything does.
    pub(crate) fn caught(&self) -> Option<Interrupt> {
        let Self(()) = self; // a proof that signals are watched
        match NOTED.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(Interrupt(signal)),
        }
    }
}

impl Clone for Interrupts {
    fn clone(&self) -> Self {
        HOLDERS.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        HOLDERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether a terminal that is gone is no reason to end, as nohup asks.
pub(crate) fn is_hang_up_ignored() -> bool {
    is_ignored(SIGHUP)
}

/// Handles signals from now on, for the rest of the process.
pub(super) fn watch() -> io::Result<()> {
    static IS_WATCHING: Mutex<bool> = Mutex::new(false);
    let mut is_watching = IS_WATCHING.lock().unwrap_or_else(PoisonError::into_inner);
    if *is_watching {
        return Ok(());
    }
    let (wake, wakeups) = UnixStream::pair()?;
    wake.set_nonblocking(true)?;
    wakeups.set_nonblocking(true)?;
    let ending = ENDING.into_iter().filter(|signal| !is_ignored(*signal));
    let pausing = [SIGTSTP]
        .into_iter()
        .filter(|signal| !is_ignored(*signal))
        .chain([SIGCONT]);
    let mut signals = Signals::new(ending.chain(pausing))?;
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in &mut signals {
                handle(signal);
                // Full, it has woken the main thread already.
                let _ = (&wake).write(&[0]);
            }
        })?;
    let _ = WAKEUPS.set(wakeups);
    *is_watching = true;
    Ok(())
}

fn handle(signal: i32) {
    match signal {
        SIGTSTP => {
            IS_LEFT_ALONE.store(true, Ordering::SeqCst);
            give_back();
            // If it cannot pause, it continues, which does no harm.
            let _ = emulate_default_handler(SIGTSTP);
            IS_LEFT_ALONE.store(false, Ordering::SeqCst);
        }
        SIGCONT => modes::take_again(),
        _ => {
            let is_first = NOTED.swap(signal, Ordering::SeqCst) == 0;
            if !(is_first && HOLDERS.load(Ordering::SeqCst) > 0 && ends_after_grace(signal)) {
                end(signal);
            }
        }
    }
}

/// Ends the program later, unless it has ended by then.
fn ends_after_grace(signal: i32) -> bool {
    let later = move || {
        thread::sleep(GRACE);
        end(signal)
    };
    thread::Builder::new().spawn(later).is_ok()
}

fn end(signal: i32) -> ! {
    IS_LEFT_ALONE.store(true, Ordering::SeqCst);
    give_back();
    exit(Interrupt(signal).status().into())
}

pub(super) fn wakeups() -> Option<&'static UnixStream> {
    WAKEUPS.get()
}

pub(super) fn take_wakeups() {
    let mut bytes = [0; 16];
    while let Some(Ok(1..)) = wakeups().map(|mut wakeups| wakeups.read(&mut bytes)) {}
}

/// Whether whoever started the program asked it to ignore a signal, as nohup does: then it stays
/// ignored. Not so those that a shell has each program in the background ignore: one that is sent
/// on purpose is meant.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    static MASK: OnceLock<u64> = OnceLock::new();
    // Read before any handler is in place.
    let mask = *MASK.get_or_init(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    });
    !matches!(signal, SIGINT | SIGQUIT | SIGTERM) && mask >> (signal - 1) & 1 == 1
}

/// Elsewhere it cannot be found out; a hang-up is left to what it does by itself, which is what
/// nohup is for.
#[cfg(not(target_os = "linux"))]
fn is_ignored(signal: i32) -> bool {
    signal == SIGHUP
}
