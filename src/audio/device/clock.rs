//! The clock by which streams are watched: the system's, or one that a test sets.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Time since some beginning; it never goes back.
pub(super) trait Clock: Debug + Send + Sync {
    fn now(&self) -> Duration;
}

/// The system's clock, from its creation on.
#[derive(Debug)]
pub(super) struct SystemClock(Instant);

impl SystemClock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}
