//! A terminal that a test types on and looks at.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize,
};

use crate::run::{Program, wait_until};

/// The key combination Ctrl-C.
pub(crate) const CTRL_C: &str = "\x03";

/// A program on a terminal of its own.
pub(crate) struct Terminal {
    /// The side of the keyboard and the screen.
    outer: File,
    /// The side of the program, held open to see its modes after the program has ended.
    inner: OwnedFd,
    program: Program,
    printed: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    before: Modes,
}

/// How a terminal treats what is typed and printed.
type Modes = (InputModes, OutputModes, ControlModes, LocalModes);

fn modes(terminal: &OwnedFd) -> Modes {
    let all = tcgetattr(terminal).unwrap();
    (
        all.input_modes,
        all.output_modes,
        all.control_modes,
        all.local_modes,
    )
}

/// What a program leaves on its terminal.
pub(crate) struct Left {
    pub(crate) status: i32,
    /// Everything that was printed.
    pub(crate) printed: String,
}

impl Terminal {
    /// Starts a program on a terminal that is so many columns wide.
    pub(crate) fn start(program: &Command, columns: u16) -> Self {
        let outer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&outer).unwrap();
        unlockpt(&outer).unwrap();
        let inner = ioctl_tiocgptpeer(&outer, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&inner, size).unwrap();

        // Only what a program's own terminal is typed becomes a signal. To make it so between fork and exec is unsafe in Rust;
        // util-linux does it.
        let mut setsid = Command::new("setsid");
        setsid
            .arg("--ctty")
            .arg(program.get_program())
            .args(program.get_args())
            .current_dir(program.get_current_dir().unwrap())
            .env_clear()
            .envs(
                program
                    .get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
            .env("TERM", "xterm")
            .stdin(inner.try_clone().unwrap())
            .stdout(inner.try_clone().unwrap())
            .stderr(inner.try_clone().unwrap());

        let outer = File::from(outer);
        let printed = Arc::new(Mutex::new(Vec::new()));
        let (mut screen, seen) = (outer.try_clone().unwrap(), Arc::clone(&printed));
        let reader = thread::spawn(move || {
            let mut block = [0; 4_096];
            while let Ok(read @ 1..) = screen.read(&mut block) {
                seen.lock().unwrap().extend_from_slice(&block[..read]);
            }
        });
        let before = modes(&inner);
        Self {
            program: Program::start(&mut setsid),
            outer,
            inner,
            before,
            printed,
            reader,
        }
    }

    /// Waits until a text was printed.
    pub(crate) fn wait_for(&self, text: &str) {
        wait_until(text, Duration::from_secs(10), || {
            String::from_utf8_lossy(&self.printed.lock().unwrap()).contains(text)
        });
    }

    /// Waits until the last text that was printed over contains a text.
    pub(crate) fn wait_for_last(&self, text: &str) {
        wait_until(text, Duration::from_secs(10), || {
            let printed = self.printed.lock().unwrap();
            String::from_utf8_lossy(&printed)
                .rsplit('\r')
                .next()
                .is_some_and(|last| last.contains(text))
        });
    }

    /// Whether the modes are those that the program found.
    pub(crate) fn has_its_own_modes(&self) -> bool {
        modes(&self.inner) == self.before
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        self.program.signal(signal);
    }

    /// Types on the keyboard.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.outer.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end of the program, which has to leave the modes of the terminal as they were.
    pub(crate) fn end_within(mut self, limit: Duration) -> Left {
        let status = self.program.end_within(limit);
        assert!(modes(&self.inner) == self.before, "the modes have changed");
        // The screen reads to its end when nobody has the other side open any more.
        drop(self.inner);
        self.reader.join().unwrap();
        let printed = self.printed.lock().unwrap();
        Left {
            status,
            printed: String::from_utf8(printed.clone()).unwrap(),
        }
    }
}

impl Left {
    /// The lines that are seen in the end. Fails where a text that was written over reached the last column, since what has
    /// wrapped is not written over.
    pub(crate) fn screen(&self, columns: usize) -> Vec<String> {
        let lines = self.printed.strip_suffix("\r\n").unwrap().split("\r\n");
        let seen = |line: &str| {
            let (overwritten, last) = line.rsplit_once('\r').unwrap_or(("", line));
            let mut cells: Vec<char> = Vec::new();
            for text in overwritten.split('\r') {
                let width = text.chars().count();
                assert!(width < columns, "{width} of {columns} columns: {text}");
                write_over(&mut cells, text);
            }
            write_over(&mut cells, last);
            String::from_iter(cells).trim_end().to_owned()
        };
        lines.map(seen).collect()
    }
}

/// Writes a text from the first cell of a line on.
fn write_over(cells: &mut Vec<char>, text: &str) {
    let width = text.chars().count();
    cells.splice(..width.min(cells.len()), text.chars());
}
