//! How far a long task has come: a bar on a terminal, and nothing anywhere else.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// What takes no longer has no bar.
const MOMENT: Duration = Duration::from_secs(1);

/// A bar on stderr, where that is a terminal, for what takes longer than a moment. Dropped, it leaves no trace.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    bar: ProgressBar,
}

impl Progress {
    /// Of a task with so many parts.
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

    /// Shows how many parts are done.
    pub(crate) fn show(&self, done: u64) {
        if self.bar.is_hidden() && self.began.elapsed() >= MOMENT {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }
}
