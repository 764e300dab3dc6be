//! Keys of a Windows console.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;

use super::{Key, Waited, signals};

/// Between two looks at whether a signal came: a console's keys can be waited for, but not both.
const LOOK: Duration = Duration::from_millis(100);

/// Whether the modes of the console are changed.
static ARE_TAKEN: AtomicBool = AtomicBool::new(false);

/// A console whose keys are read.
pub(super) struct Keys(());

impl Keys {
    /// Those of stdin, where it is a console.
    pub(super) fn of_stdin() -> Option<Self> {
        io::stdin().is_terminal().then_some(Self(()))
    }

    /// Those of the console that the program was started from, whatever stdin is: where its input
    /// can be opened there is one.
    pub(super) fn of_controlling_terminal() -> Option<Self> {
        let console = File::options().read(true).write(true).open("CONIN$");
        console.is_ok().then_some(Self(()))
    }

    /// Makes keys come one by one; whether they do.
    pub(super) fn listen(&self) -> bool {
        let Self(()) = self;
        ARE_TAKEN.load(Ordering::SeqCst)
            || terminal::enable_raw_mode()
                .inspect(|()| ARE_TAKEN.store(true, Ordering::SeqCst))
                .is_ok()
    }

    /// Waits for a key or a signal.
    pub(super) fn wait(&mut self, until: Instant) -> Waited {
        let Self(()) = self;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match event::poll(left.min(LOOK)) {
                Ok(true) => match event::read() {
                    Ok(Event::Key(key)) if key.kind == KeyEventKind::Press => {
                        return pressed(key);
                    }
                    Ok(_) => {}
                    Err(_) => return Waited::Gone,
                },
                Ok(false) if left > LOOK && !signals::is_noted() => {}
                Ok(false) => return Waited::Woken,
                Err(_) => return Waited::Gone,
            }
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        give_back();
    }
}

/// Undoes the change of the console's modes.
pub(super) fn give_back() {
    if ARE_TAKEN.swap(false, Ordering::SeqCst) {
        // Where it fails the console is gone.
        let _ = terminal::disable_raw_mode();
    }
}

/// Waits for a signal.
pub(super) fn wait_for_signal(until: Instant) {
    while !signals::is_noted() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(left.min(LOOK));
    }
}

/// What is pressed, where Ctrl-C ends the wait as the signal that it is elsewhere.
fn pressed(key: KeyEvent) -> Waited {
    let now = Instant::now();
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    if is_control && key.code == KeyCode::Char('c') {
        signals::note_ctrl_c();
        return Waited::Woken;
    }
    let is_combined = is_control || key.modifiers.contains(KeyModifiers::ALT);
    let key = match key.code {
        _ if is_combined => Key::Combined,
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        _ => Key::Other,
    };
    Waited::Key(key, now)
}
