//! Live cadence: values that a sensor reports during a run, and the click that is heard only when
//! it is needed.
//!
//! Here belong the lines that values come in, what a bare number counts, the smoothed cadence, and
//! the rule by which the click falls silent and comes back. Time is handed in, so that all of it is
//! tested without a clock. Where the lines come from is the command line's, and how the click fades
//! is the audio module's.

mod guard;
mod line;
mod tally;
mod unit;

use std::time::Duration;

use crate::cadence::Cadence;
use crate::tolerance::Tolerance;
use crate::watch::Counts;

pub use guard::{Click, Guard};
pub use line::{LineError, Value};
pub use tally::{KeptShare, LiveSummary, Tally, Within};
pub use unit::{UnitDecision, UnitFinder};

/// Follows a runner: values in, and whether the click is needed out.
#[derive(Clone, Debug)]
pub struct Follower {
    unit: UnitFinder,
    guard: Guard,
    tally: Tally,
    polled_at: Option<Duration>,
}

impl Follower {
    /// Follows values around the tempo within a tolerance; `counts` says what a bare number counts,
    /// where the runner knows.
    #[must_use]
    pub fn new(tolerance: Tolerance, counts: Option<Counts>) -> Self {
        Self {
            unit: UnitFinder::new(counts),
            guard: Guard::new(tolerance),
            tally: Tally::new(tolerance),
            polled_at: None,
        }
    }

    /// Takes a value at a moment, and returns it in steps per minute, as far as its unit is known;
    /// the time since the run began never goes back.
    pub fn take(&mut self, value: Value, at: Duration) -> Option<f64> {
        let spm = self.unit.steps(value, at)?;
        self.guard.take(spm, at);
        Some(spm)
    }

    /// What is to be done with the click now. `target` is the tempo of this moment in steps per
    /// minute, `None` in a rest.
    pub fn poll(&mut self, target: Option<f64>, at: Duration) -> Click {
        self.unit.poll(at);
        let was_heard = !self.guard.click().is_silent();
        let since = self.polled_at.replace(at).unwrap_or(at);
        if let (Some(cadence), Some(target)) = (self.guard.cadence(at), target) {
            let seconds = at.saturating_sub(since);
            self.tally.add(cadence, target, seconds, was_heard);
        }
        self.guard.poll(target, at)
    }

    /// The smoothed cadence in steps per minute, where there is one.
    #[must_use]
    pub fn cadence(&self, at: Duration) -> Option<f64> {
        self.guard.cadence(at)
    }

    /// What bare numbers count, once that is decided.
    #[must_use]
    pub fn unit(&self) -> Option<UnitDecision> {
        self.unit.decision()
    }

    /// What was kept so far, by share; `base` is the runner's own cadence, where it is known.
    #[must_use]
    pub fn summary(&self, base: Option<Cadence>) -> LiveSummary {
        self.tally.summary(base)
    }

    /// What was kept so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }
}

/// The share of a raise that is kept: 1 at the target, 0 at the runner's own cadence. `None` where
/// there is no raise.
#[must_use]
pub fn share_of_raise(cadence_spm: f64, base: Cadence, target_spm: f64) -> Option<f64> {
    let raise = target_spm - base.spm();
    (raise.abs() >= 0.05).then(|| (cadence_spm - base.spm()) / raise)
}
