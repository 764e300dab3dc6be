//! What was kept of a target during a run, with the click and without it.

use std::time::Duration;

use serde::Serialize;

use crate::tolerance::Tolerance;

/// Time, and the time within the tolerance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Within {
    /// Seconds with a cadence and a target.
    pub seconds: f64,
    /// Of those, the seconds within the tolerance.
    pub within_s: f64,
    /// The mean cadence, in steps per minute.
    pub mean_spm: f64,
    /// The mean target, in steps per minute.
    pub mean_target_spm: f64,
}

impl Within {
    /// The share within, from 0 to 1; `None` where there was no time.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.within_s / self.seconds)
    }

    fn add(&mut self, cadence: f64, target: f64, seconds: f64, is_within: bool) {
        if seconds <= 0.0 {
            return;
        }
        self.seconds += seconds;
        self.within_s += if is_within { seconds } else { 0.0 };
        let weight = seconds / self.seconds;
        self.mean_spm += (cadence - self.mean_spm) * weight;
        self.mean_target_spm += (target - self.mean_target_spm) * weight;
    }
}

/// What was kept, with the click and without it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    tolerance: Tolerance,
    /// While the click was heard.
    pub with_click: Within,
    /// While it was silent.
    pub without_click: Within,
    /// Both.
    pub all: Within,
}

impl Tally {
    pub(super) fn new(tolerance: Tolerance) -> Self {
        Self {
            tolerance,
            with_click: Within::default(),
            without_click: Within::default(),
            all: Within::default(),
        }
    }

    pub(super) fn add(&mut self, cadence: f64, target: f64, time: Duration, was_heard: bool) {
        let is_within = 100.0 * (cadence - target).abs() <= self.tolerance.percent() * target;
        let part = if was_heard {
            &mut self.with_click
        } else {
            &mut self.without_click
        };
        for within in [part, &mut self.all] {
            within.add(cadence, target, time.as_secs_f64(), is_within);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_weighed_and_told_apart_by_the_click() {
        let mut tally = Tally::new(Tolerance::DEFAULT);
        tally.add(168.0, 168.0, Duration::from_secs(30), true);
        tally.add(160.0, 168.0, Duration::from_secs(10), false);
        assert_eq!(tally.with_click.share(), Some(1.0));
        assert_eq!(tally.without_click.share(), Some(0.0));
        assert_eq!(tally.all.share(), Some(0.75));
        assert_eq!(tally.all.mean_spm, 166.0);
        assert_eq!(Within::default().share(), None);
    }
}
