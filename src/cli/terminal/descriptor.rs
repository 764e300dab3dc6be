//! Terminals opened anew: a descriptor that was inherited is shared with the shell, and so would be
//! a flag set on it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{Mode, OFlags, open};
use rustix::process::getpgrp;
use rustix::termios::{isatty, tcgetpgrp, ttyname};

/// Opens the terminal of a descriptor again, so that reads and writes never wait.
///
/// # Errors
/// Where the descriptor is no terminal, or the terminal is gone or cannot be opened by this user.
pub(super) fn open_anew(terminal: impl AsFd, access: OFlags) -> io::Result<File> {
    if !isatty(&terminal) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        // Reaches it also where its name belongs to another container.
        let link = format!("/proc/self/fd/{}", terminal.as_fd().as_raw_fd());
        if let Ok(file) = open_without_waiting(link, access) {
            return Ok(file);
        }
    }
    let by_name = ttyname(&terminal, Vec::new()).map_err(io::Error::from);
    by_name
        .and_then(|name| open_without_waiting(name, access))
        // After `su` the terminal belongs to another user, and only this name may be opened.
        .or_else(|_| open_controlling(access))
}

/// Opens the terminal that the program was started from, wherever its streams lead.
pub(super) fn open_controlling(access: OFlags) -> io::Result<File> {
    open_without_waiting("/dev/tty", access)
}

fn open_without_waiting(path: impl rustix::path::Arg, access: OFlags) -> io::Result<File> {
    let flags = access | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened: OwnedFd = open(path, flags, Mode::empty())?;
    Ok(File::from(opened))
}

/// Whether this program is the one that the terminal's shell waits for: in the background it may
/// neither change the terminal nor draw over the prompt.
pub(super) fn is_in_foreground(terminal: impl AsFd) -> bool {
    tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp())
}
