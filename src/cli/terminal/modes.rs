//! The modes of a terminal whose keys come one by one, undone from whatever thread ends the
//! program.

use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use nix::sys::termios::{
    InputFlags, LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr,
};

use super::descriptor::is_in_foreground;
use super::is_left_alone;

/// The terminal that was changed, and how it was before.
static CHANGED: Mutex<Option<Changed>> = Mutex::new(None);

struct Changed {
    terminal: File,
    before: Termios,
    by_key: Termios,
}

/// Makes a terminal give each key as it is pressed, unless that is done already.
pub(super) fn take(terminal: &File) -> io::Result<()> {
    let mut changed = lock();
    if changed.is_some() {
        return Ok(());
    }
    if is_left_alone() {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    let before = tcgetattr(terminal)?;
    let by_key = by_key(before.clone());
    let terminal = terminal.try_clone()?;
    tcsetattr(&terminal, SetArg::TCSANOW, &by_key)?;
    *changed = Some(Changed {
        terminal,
        before,
        by_key,
    });
    Ok(())
}

/// Undoes the change. Never waits for long: whoever panics may hold the lock.
pub(super) fn give_back() {
    for _ in 0..20 {
        match CHANGED.try_lock() {
            Ok(mut changed) => return undo(changed.take()),
            Err(TryLockError::Poisoned(poisoned)) => return undo(poisoned.into_inner().take()),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn undo(changed: Option<Changed>) {
    // In the background it is the shell's by now, and setting it would stop the program.
    if let Some(changed) = changed.filter(|changed| is_in_foreground(&changed.terminal)) {
        // Where it fails the terminal is gone. Nothing waits until what is printed has been read.
        let _ = tcsetattr(&changed.terminal, SetArg::TCSANOW, &changed.before);
    }
}

/// Makes the change once more: a shell undoes it for a program that was stopped without a chance to
/// undo it.
pub(super) fn take_again() {
    if let Some(changed) = &*lock()
        && is_in_foreground(&changed.terminal)
    {
        let _ = tcsetattr(&changed.terminal, SetArg::TCSANOW, &changed.by_key);
    }
}

/// Keys come at once and are not shown. Ctrl-C, Ctrl-Z and Ctrl-\ stay signals, so that they work
/// whatever the program does; Ctrl-S stops nothing, and Ctrl-V makes nothing literal.
fn by_key(mut modes: Termios) -> Termios {
    modes.local_flags &= !(LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::IEXTEN);
    modes.local_flags |= LocalFlags::ISIG;
    modes.input_flags &= !(InputFlags::IXON | InputFlags::INLCR | InputFlags::IGNCR);
    // A read finds what there is, be it nothing.
    modes.control_chars[SpecialCharacterIndices::VMIN as usize] = 0;
    modes.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
    modes
}

fn lock() -> MutexGuard<'static, Option<Changed>> {
    CHANGED.lock().unwrap_or_else(PoisonError::into_inner)
}
