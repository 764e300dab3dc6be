//! The terminal: keys, the one line of status, and the signals that end or pause the program.
//!
//! A terminal can vanish, stall, or send half a key sequence, and none of that may hold the
//! program. So nothing here blocks: keys are read and lines are written through descriptors of our
//! own that never wait, and signals are handled on a thread that needs nothing from the main one.
//! What commands show and ask belongs to the commands.

#![cfg_attr(
    not(feature = "playback"),
    allow(dead_code, unused_imports, reason = "most of it is for `play`")
)]

#[cfg(unix)]
mod descriptor;
mod input;
#[cfg(unix)]
mod keys;
#[cfg(windows)]
#[path = "windows/keys.rs"]
mod keys;
#[cfg(unix)]
mod modes;
#[cfg(unix)]
mod parser;
mod progress;
mod screen;
#[cfg(unix)]
mod signals;
#[cfg(windows)]
#[path = "windows/signals.rs"]
mod signals;
mod status_line;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub(crate) use input::Input;
pub(crate) use progress::Progress;
pub(crate) use screen::print;
pub(crate) use signals::{Interrupt, Interrupts, is_hang_up_ignored};
pub(crate) use status_line::StatusLine;

/// A key, as far as a command can mean something by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    Up,
    Down,
    Left,
    Right,
    /// Any other key that is pressed alone, such as F5.
    Other,
    /// A key pressed together with Ctrl or Alt.
    Combined,
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// A key, and when it was pressed.
    Key(Key, Instant),
    /// The time is over, or a signal came.
    Woken,
    /// The terminal is gone, and no key will ever come.
    Gone,
}

/// Whether the program is about to end or pause: whatever another thread is doing, it leaves the
/// terminal alone.
static IS_LEFT_ALONE: AtomicBool = AtomicBool::new(false);

fn is_left_alone() -> bool {
    IS_LEFT_ALONE.load(Ordering::SeqCst)
}

/// Leaves the terminal as it was found: its modes, and no line of status.
fn give_back() {
    #[cfg(unix)]
    modes::give_back();
    #[cfg(windows)]
    keys::give_back();
    screen::clear();
}

/// Gives the terminal back before a panic on any thread is reported. What still wants keys takes
/// them again.
fn give_back_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            report(panic);
        }));
    });
}
