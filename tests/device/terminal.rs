//! A terminal that a test types on and looks at.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OutputModes, Winsize, tcgetattr, tcsetwinsize,
};

use crate::run::{Program, started_by, wait_until};

/// The key combination Ctrl-C.
pub(crate) const CTRL_C: &str = "\x03";

/// A program on a separate terminal.
pub(crate) struct Terminal {
    /// The side of the keyboard and the screen, until it is closed.
    outer: Option<File>,
    /// The side of the program, held open to see its modes after the program has ended.
    inner: OwnedFd,
    program: Program,
    printed: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    /// What the reader does.
    reading: Arc<AtomicU8>,
    before: Modes,
}

/// What is printed is read.
const READS: u8 = 0;
/// Nobody reads what is printed.
const STALLS: u8 = 1;
/// The terminal is being closed.
const LEAVES: u8 = 2;

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
    /// Everything that was printed; what is not UTF-8 is replaced.
    pub(crate) printed: String,
}

impl Terminal {
    /// Starts a program on a terminal of this width.
    pub(crate) fn start(program: &Command, columns: u16) -> Self {
        // No other program that a test starts may hold it open.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let outer = openpt(flags).unwrap();
        grantpt(&outer).unwrap();
        unlockpt(&outer).unwrap();
        let inner = ioctl_tiocgptpeer(&outer, flags).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&inner, size).unwrap();

        // Only what a program's own terminal is typed becomes a signal. To make it so between fork
        // and exec is unsafe in Rust; util-linux does it.
        let mut setsid = started_by("setsid", &["--ctty"], program);
        setsid
            .env("TERM", "xterm")
            .stdin(inner.try_clone().unwrap())
            .stdout(inner.try_clone().unwrap())
            .stderr(inner.try_clone().unwrap());

        let outer = File::from(outer);
        let printed = Arc::new(Mutex::new(Vec::new()));
        let (screen, seen) = (outer.try_clone().unwrap(), Arc::clone(&printed));
        let reading = Arc::new(AtomicU8::new(READS));
        let does = Arc::clone(&reading);
        let reader = thread::spawn(move || read(screen, &seen, &does));
        let before = modes(&inner);
        Self {
            program: Program::start(&mut setsid),
            outer: Some(outer),
            reading,
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
        self.bytes(keys.as_bytes());
    }

    /// Types bytes, whatever they mean.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.outer.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// Nobody reads what is printed any more, and there is no room left for it.
    pub(crate) fn stall(&self) {
        self.reading.store(STALLS, Ordering::SeqCst);
        let path = format!("/proc/self/fd/{}", self.inner.as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let mut full = File::from(open(path, flags, Mode::empty()).unwrap());
        let mut taken = Instant::now();
        // The reader may still take what it waited for.
        while taken.elapsed() < Duration::from_millis(100) {
            if full.write(b".").is_ok() {
                taken = Instant::now();
            }
        }
    }

    /// Closes the terminal, as a window is closed.
    pub(crate) fn close(&mut self) {
        self.reading.store(LEAVES, Ordering::SeqCst);
        wait_until("the reader leaves", Duration::from_secs(1), || {
            self.reader.is_finished()
        });
        self.outer = None;
    }

    /// Everything that was printed so far.
    pub(crate) fn printed(&self) -> String {
        String::from_utf8_lossy(&self.printed.lock().unwrap()).into_owned()
    }

    /// What the program's main thread has cost so far.
    pub(crate) fn main_thread_cost(&self) -> Duration {
        self.program.main_thread_cost()
    }

    /// Sends a signal to a program that may have ended.
    pub(crate) fn signal_if_there(&self, signal: Signal) {
        self.program.signal_if_there(signal);
    }

    /// How often the program's main thread has waited so far.
    pub(crate) fn main_thread_waits(&self) -> u64 {
        self.program.main_thread_waits()
    }

    /// Waits for the end of a program whose terminal was closed, so that nobody knows its modes.
    pub(crate) fn closed_end_within(mut self, limit: Duration) -> i32 {
        self.program.end_within(limit)
    }

    /// Waits for the end of the program, which has to leave the modes of the terminal as they were.
    pub(crate) fn end_within(mut self, limit: Duration) -> Left {
        let status = self.program.end_within(limit);
        assert!(modes(&self.inner) == self.before, "the modes have changed");
        // The screen reads to its end when nobody has the other side open any more.
        self.reading.store(READS, Ordering::SeqCst);
        drop(self.inner);
        self.reader.join().unwrap();
        let printed = self.printed.lock().unwrap();
        Left {
            status,
            printed: String::from_utf8_lossy(&printed).into_owned(),
        }
    }
}

/// Reads what is printed, while that is what it should do.
fn read(mut screen: File, seen: &Mutex<Vec<u8>>, does: &AtomicU8) {
    let mut block = [0; 4_096];
    let moment = Timespec {
        tv_sec: 0,
        tv_nsec: 10_000_000,
    };
    loop {
        match does.load(Ordering::SeqCst) {
            LEAVES => return,
            STALLS => {
                thread::sleep(Duration::from_millis(10));
                continue;
            }
            _ => {}
        }
        let mut polled = [PollFd::new(&screen, PollFlags::IN)];
        if poll(&mut polled, Some(&moment)) == Ok(0) {
            continue;
        }
        match screen.read(&mut block) {
            Ok(read @ 1..) => seen.lock().unwrap().extend_from_slice(&block[..read]),
            _ => return,
        }
    }
}

impl Left {
    /// The line that is seen last, without what was written over.
    pub(crate) fn last_line(&self) -> String {
        let line = self.printed.rsplit("\r\n").next().unwrap_or_default();
        let mut cells = Vec::new();
        for text in line.split('\r') {
            write_over(&mut cells, text);
        }
        String::from_iter(cells).trim_end().to_owned()
    }

    /// The lines that are seen in the end. Fails where a text that was written over reached the
    /// last column, since what has wrapped is not written over.
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
