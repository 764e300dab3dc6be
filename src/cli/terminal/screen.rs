//! The terminal at stderr, written to without ever waiting for it: a line that it does not accept
//! is dropped.

#[cfg(windows)]
use std::io::IsTerminal;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::text::{start, width};

/// How long a line of text waits for a terminal that is busy, before it is dropped. The project's
/// own choice.
const PATIENCE: Duration = Duration::from_millis(200);

/// Time between two attempts to write to a terminal that accepts nothing.
const LOOK: Duration = Duration::from_millis(5);

/// The terminal at stderr.
struct Screen {
    output: Output,
    /// The line of status, where all of it is seen.
    shown: String,
    /// The columns that it covers.
    covered: usize,
}

#[cfg(unix)]
type Output = std::fs::File;
#[cfg(windows)]
type Output = io::Stderr;

static SCREEN: OnceLock<Option<Mutex<Screen>>> = OnceLock::new();

/// Whether stderr is a terminal that lines can be drawn on.
pub(super) fn is_there() -> bool {
    screen().is_some()
}

fn screen() -> Option<&'static Mutex<Screen>> {
    let screen = SCREEN.get_or_init(|| {
        Some(Mutex::new(Screen {
            output: open()?,
            shown: String::new(),
            covered: 0,
        }))
    });
    screen.as_ref()
}

#[cfg(unix)]
fn open() -> Option<Output> {
    super::descriptor::open_anew(io::stderr(), rustix::fs::OFlags::WRONLY).ok()
}

#[cfg(windows)]
fn open() -> Option<Output> {
    io::stderr().is_terminal().then(io::stderr)
}

/// Takes the screen, but waits for no thread that holds it: it may be the one that panics.
fn lock(screen: &Mutex<Screen>) -> Option<MutexGuard<'_, Screen>> {
    for _ in 0..20 {
        match screen.try_lock() {
            Ok(screen) => return Some(screen),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
    None
}

/// The columns that a line of status may cover. The last ones stay free: a character in the very
/// last one makes some terminals wrap, and so does the `^C` that a terminal may print after the
/// line.
pub(super) fn columns() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(80, |(width, _)| usize::from(width.0))
        .saturating_sub(3)
}

/// Writes a text over the line of status, cut to the width of the terminal.
pub(super) fn show(text: &str) {
    let Some(mut screen) = screen().and_then(lock) else {
        return;
    };
    if super::is_left_alone() || text == screen.shown || !screen.is_ours() {
        return;
    }
    screen.shown.clear();
    let cut = start(text, columns());
    let width = width(cut);
    let left_over = screen.covered.saturating_sub(width);
    let is_written = screen.write(format!("\r{cut}{:left_over$}", "").as_bytes());
    // After a partial write it is unknown how much of the line is visible.
    screen.covered = screen.covered.max(width);
    if is_written {
        screen.covered = width;
        text.clone_into(&mut screen.shown);
    }
}

/// Clears the line of status.
pub(super) fn clear() {
    // Nothing is opened for it: it is not drawn then.
    if let Some(mut screen) = SCREEN.get().and_then(Option::as_ref).and_then(lock) {
        screen.clear();
    }
}

/// Prints lines of text on stderr. It waits only a moment for a terminal that accepts nothing, but
/// as long as it takes for a pipe or a file.
pub(crate) fn print(text: &str) {
    let Some(screen) = screen() else {
        // If stderr is closed, there is no reader.
        let _ = io::stderr().write_all(text.as_bytes());
        return;
    };
    if let Some(mut screen) = lock(screen) {
        screen.clear();
    }
    let give_up_at = Instant::now() + PATIENCE;
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        // Not held while waiting, since a signal may need it.
        let written = lock(screen).map_or(0, |mut screen| screen.write_some(rest));
        rest = &rest[written..];
        if written == 0 {
            if Instant::now() >= give_up_at {
                return;
            }
            thread::sleep(LOOK);
        }
    }
}

impl Screen {
    /// Whether it is safe to draw: in the background the shell's prompt is on the screen.
    #[cfg(unix)]
    fn is_ours(&self) -> bool {
        super::descriptor::is_in_foreground(&self.output)
    }

    #[cfg(windows)]
    fn is_ours(&self) -> bool {
        self.output.is_terminal()
    }

    fn clear(&mut self) {
        self.shown.clear();
        let covered = std::mem::take(&mut self.covered);
        if covered > 0 && self.is_ours() {
            // The terminal may have printed `^C` after it.
            let covered = covered + 2;
            self.write(format!("\r{:covered$}\r", "").as_bytes());
        }
    }

    /// Whether all of it was written.
    fn write(&mut self, bytes: &[u8]) -> bool {
        self.write_some(bytes) == bytes.len()
    }

    /// How much of it was written, which may be nothing.
    fn write_some(&mut self, bytes: &[u8]) -> usize {
        let written = self.output.write(bytes).unwrap_or(0);
        let _ = self.output.flush();
        written
    }
}

/// Whether the terminal at stderr is ours to draw on now.
pub(super) fn is_ours() -> bool {
    screen()
        .and_then(lock)
        .is_some_and(|screen| screen.is_ours())
}
