//! What was kept of a target during a run, with the click and without it.

use std::time::Duration;

use serde::Serialize;

use super::share_of_raise;
use crate::cadence::Cadence;
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

/// What was kept in all, with the click and without it: said at the end of a run, and the last line
/// of its log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LiveSummary {
    /// How far from the target still counts as within, in percent.
    pub tolerance_percent: f64,
    /// The runner's own cadence, where it is known.
    pub base_spm: Option<f64>,
    /// Both; `None` without a second that has a cadence and a target, as in the parts.
    pub all: Option<KeptShare>,
    /// While the click was heard.
    pub with_click: Option<KeptShare>,
    /// While it was silent.
    pub without_click: Option<KeptShare>,
}

/// What was kept in a part of the time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct KeptShare {
    /// The time.
    #[serde(flatten)]
    pub time: Within,
    /// The share of it within the tolerance, 0 to 100.
    pub within_percent: f64,
    /// The share of the raise: 0 at the runner's own cadence, 100 at the target. `None` where that
    /// cadence is not known, or where there is no raise.
    pub raise_kept_percent: Option<f64>,
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

    pub(super) fn summary(&self, base: Option<Cadence>) -> LiveSummary {
        let share = |time: Within| {
            let raise = base.and_then(|it| share_of_raise(time.mean_spm, it, time.mean_target_spm));
            Some(KeptShare {
                time,
                within_percent: time.share()? * 100.0,
                raise_kept_percent: raise.map(|share| share * 100.0),
            })
        };
        LiveSummary {
            tolerance_percent: self.tolerance.percent(),
            base_spm: base.map(Cadence::spm),
            all: share(self.all),
            with_click: share(self.with_click),
            without_click: share(self.without_click),
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
        // 164 of 168 on average in all, from 160.
        tally.add(158.0, 168.0, Duration::from_secs(20), true);
        tally.add(168.0, 168.0, Duration::from_secs(20), false);
        let summary = tally.summary(Cadence::from_spm(160.0).ok());
        let raise = |part: Option<KeptShare>| part.unwrap().raise_kept_percent.unwrap().round();
        assert_eq!(raise(summary.with_click), 50.0);
        assert_eq!(raise(summary.without_click), 67.0);
        assert_eq!(summary.all.unwrap().within_percent, 62.5);
        let unknown = tally.summary(None);
        assert_eq!(unknown.all.unwrap().raise_kept_percent, None);
        let none = Tally::new(Tolerance::DEFAULT).summary(None);
        assert_eq!((none.all, none.without_click), (None, None));
    }
}
