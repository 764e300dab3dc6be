//! How a tempo that changes was followed: what was asked from when to when, and what was run.

use crate::cadence::Cadence;

use super::recording::Moment;
use super::run::{Gait, Stretch};

/// A tempo that was asked for over some time: from one cadence to another, linearly in time; both are the same where it stood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    start: Moment,
    seconds: f64,
    from: Cadence,
    to: Cadence,
}

impl Asked {
    /// A tempo from `start` on, for so many seconds.
    #[must_use]
    pub fn new(start: Moment, seconds: f64, from: Cadence, to: Cadence) -> Self {
        Self {
            start,
            seconds,
            from,
            to,
        }
    }

    /// The cadence that was asked for at a moment, in steps a minute; `None` before and behind.
    fn at(&self, moment: Moment) -> Option<f64> {
        let passed = moment.seconds_since(self.start);
        let share = passed / self.seconds;
        (passed >= 0.0 && passed < self.seconds)
            .then(|| self.from.spm() + (self.to.spm() - self.from.spm()) * share)
    }
}

/// How well it was followed; running alone is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Followed {
    running_s: f64,
    within_s: f64,
    steps: f64,
    deviations: f64,
}

impl Followed {
    /// Judges stretches against what was asked at their middle; `asked` is in order of time, and a tolerance in percent.
    #[must_use]
    pub fn of(
        stretches: &[Stretch],
        asked: &[Asked],
        tolerance_percent: f64,
        split: Cadence,
    ) -> Self {
        let mut followed = Self::default();
        let mut asked = asked.iter().peekable();
        for stretch in stretches {
            let seconds = stretch.seconds();
            let middle = stretch.start().plus_seconds(seconds / 2.0);
            while asked
                .next_if(|asked| middle.seconds_since(asked.start) >= asked.seconds)
                .is_some()
            {}
            let target = asked.peek().and_then(|asked| asked.at(middle));
            let Some((target, spm)) = target.zip(stretch.spm()) else {
                continue;
            };
            if Gait::of(spm, split) != Gait::Running {
                continue;
            }
            let deviation = (spm / target - 1.0) * 100.0;
            followed.running_s += seconds;
            followed.steps += spm * seconds;
            followed.deviations += deviation * seconds;
            if deviation.abs() <= tolerance_percent {
                followed.within_s += seconds;
            }
        }
        followed
    }

    /// Seconds that were judged.
    #[must_use]
    pub fn running_s(&self) -> f64 {
        self.running_s
    }

    /// Seconds within the tolerance.
    #[must_use]
    pub fn within_s(&self) -> f64 {
        self.within_s
    }

    /// The share of the running time within the tolerance, 0 to 1.
    #[must_use]
    pub fn share_within(&self) -> Option<f64> {
        self.per_second(self.within_s)
    }

    /// The mean cadence, in steps a minute.
    #[must_use]
    pub fn mean_spm(&self) -> Option<f64> {
        self.per_second(self.steps)
    }

    /// How far the cadence was from what was asked, in percent: the mean, above it positive.
    #[must_use]
    pub fn deviation_percent(&self) -> Option<f64> {
        self.per_second(self.deviations)
    }

    fn per_second(&self, sum: f64) -> Option<f64> {
        (self.running_s > 0.0).then(|| sum / self.running_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cadence(spm: f64) -> Cadence {
        Cadence::from_spm(spm).unwrap()
    }

    #[test]
    fn a_ramp_asks_for_each_moment_its_own_cadence() {
        let start = Moment::from_unix_ms(0);
        let asked = Asked::new(start, 100.0, cadence(160.0), cadence(170.0));
        let at = |seconds: f64| asked.at(start.plus_seconds(seconds));
        assert_eq!(
            [at(0.0), at(50.0), at(90.0)],
            [Some(160.0), Some(165.0), Some(169.0)]
        );
        assert_eq!([at(-0.001), at(100.0)], [None, None]);
    }

    #[test]
    fn what_is_asked_is_compared_with_what_is_run_at_that_time() {
        let start = Moment::from_unix_ms(0);
        let stretch =
            |at: f64, spm: f64| Stretch::new(start.plus_seconds(at), 10.0, Some(spm), None);
        // 160 for 20 s, nothing for 10 s, 170 for 10 s; the walking in the second stretch is not judged.
        let asked = [
            Asked::new(start, 20.0, cadence(160.0), cadence(160.0)),
            Asked::new(
                start.plus_seconds(30.0),
                10.0,
                cadence(170.0),
                cadence(170.0),
            ),
        ];
        let run = [
            stretch(0.0, 164.0),
            stretch(10.0, 110.0),
            stretch(20.0, 150.0),
            stretch(30.0, 178.5),
        ];
        let followed = Followed::of(&run, &asked, 3.0, Cadence::WALK_TO_RUN);
        assert_eq!((followed.running_s(), followed.within_s()), (20.0, 10.0));
        // 164 is 2.5 % above 160, 178.5 is 5 % above 170.
        assert!((followed.deviation_percent().unwrap() - 3.75).abs() < 1e-9);
        assert_eq!(followed.mean_spm(), Some(171.25));
    }
}
