//! The progress of a long task: a bar on a terminal, and nothing anywhere else.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle, TermLike};

use super::{StatusLine, screen};

/// Shorter tasks have no bar.
const MOMENT: Duration = Duration::from_secs(1);

/// Drawings of the bar per second.
const DRAWN: u8 = 10;

/// A bar on stderr, where that is a terminal, for what takes longer than a moment. Dropped, it
/// leaves no trace.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    bar: ProgressBar,
}

impl Progress {
    /// Of a task with this many parts.
    pub(crate) fn of(parts: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(parts), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {eta} left ");
        Self {
            began: Instant::now(),
            bar: bar
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_finish(ProgressFinish::AndClear),
        }
    }

    /// Prints something while the bar is out of the way.
    #[cfg(feature = "music")]
    pub(crate) fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Shows how many parts are done.
    pub(crate) fn show(&self, done: u64) {
        if self.bar.is_hidden()
            && self.began.elapsed() >= MOMENT
            && let Some(line) = StatusLine::on_terminal()
        {
            let line = Line {
                text: Mutex::default(),
                line: Mutex::new(line),
            };
            let target = ProgressDrawTarget::term_like_with_hz(Box::new(line), DRAWN);
            self.bar.set_draw_target(target);
        }
        self.bar.set_position(done);
    }
}

/// The line of status as indicatif draws on it.
#[derive(Debug)]
struct Line {
    /// What is to be shown.
    text: Mutex<String>,
    line: Mutex<StatusLine>,
}

impl TermLike for Line {
    fn width(&self) -> u16 {
        u16::try_from(screen::columns()).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let mut shown = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        let mut shown = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        shown.clear();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if text.is_empty() {
            line.clear();
        } else {
            line.show(text.trim_end());
        }
        Ok(())
    }
}
