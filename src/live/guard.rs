//! When the click is needed: it falls silent while the cadence is kept, and comes back when it is
//! not.

use std::collections::VecDeque;
use std::time::Duration;

use crate::tolerance::Tolerance;

/// What the click does, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Click {
    /// It is heard: no value has come yet, or too few.
    Waiting,
    /// It is heard: the cadence is off the target, or has not been kept for long enough.
    Needed,
    /// It is heard: no value has come for [`Guard::PATIENCE`].
    NoValues,
    /// It is silent: the cadence is kept.
    Kept,
}

impl Click {
    /// Whether it is left out.
    #[must_use]
    pub fn is_silent(self) -> bool {
        self == Self::Kept
    }
}

/// Guards a target: values in, and whether the click is needed out.
///
/// The cadence is the median of the last [`WINDOW`](Self::WINDOW), so that one wrong value changes
/// nothing. The click falls silent when it has stayed within half the tolerance for
/// [`KEPT_FOR`](Self::KEPT_FOR), and comes back when it leaves the tolerance; between the two it
/// stays as it is, so that it never chatters.
#[derive(Clone, Debug)]
pub struct Guard {
    tolerance: Tolerance,
    /// Means of the values in each quarter of a second, with their number: bounded, however many
    /// come.
    recent: VecDeque<Bin>,
    kept_since: Option<Duration>,
    click: Click,
}

#[derive(Clone, Copy, Debug)]
struct Bin {
    /// In quarters of a second.
    at: u128,
    mean: f64,
    count: f64,
}

impl Guard {
    /// Over how long the cadence is smoothed.
    pub const WINDOW: Duration = Duration::from_secs(3);
    /// How long the cadence is kept before the click falls silent.
    pub const KEPT_FOR: Duration = Duration::from_secs(10);
    /// How long a value counts where no other comes.
    pub const PATIENCE: Duration = Duration::from_secs(10);

    const BIN: Duration = Duration::from_millis(250);

    /// Guards this far from the tempo.
    #[must_use]
    pub fn new(tolerance: Tolerance) -> Self {
        Self {
            tolerance,
            recent: VecDeque::new(),
            kept_since: None,
            click: Click::Waiting,
        }
    }

    /// What was decided last.
    #[must_use]
    pub fn click(&self) -> Click {
        self.click
    }

    /// Takes a value in steps per minute.
    pub fn take(&mut self, spm: f64, at: Duration) {
        let at = at.as_nanos() / Self::BIN.as_nanos();
        match self.recent.back_mut() {
            Some(bin) if bin.at == at => {
                bin.count += 1.0;
                bin.mean += (spm - bin.mean) / bin.count;
            }
            _ => self.recent.push_back(Bin {
                at,
                mean: spm,
                count: 1.0,
            }),
        }
        let bins = Self::WINDOW.as_nanos() / Self::BIN.as_nanos();
        while self.recent.front().is_some_and(|bin| bin.at + bins <= at) {
            self.recent.pop_front();
        }
    }

    /// The smoothed cadence, where a value came within [`PATIENCE`](Self::PATIENCE).
    #[must_use]
    pub fn cadence(&self, at: Duration) -> Option<f64> {
        let last = self.recent.back()?;
        let patience = Self::PATIENCE.as_nanos() / Self::BIN.as_nanos();
        if at.as_nanos() / Self::BIN.as_nanos() >= last.at + patience {
            return None;
        }
        let mut means: Vec<f64> = self.recent.iter().map(|bin| bin.mean).collect();
        means.sort_by(f64::total_cmp);
        let middle = means.len() / 2;
        Some(if means.len() % 2 == 1 {
            means[middle]
        } else {
            f64::midpoint(means[middle - 1], means[middle])
        })
    }

    /// What is to be done with the click now; `target` is `None` in a rest, after which it is heard
    /// anew.
    pub fn poll(&mut self, target: Option<f64>, at: Duration) -> Click {
        let was_silent = self.click.is_silent();
        let deviation = self
            .cadence(at)
            .zip(target)
            .map(|(cadence, target)| 100.0 * (cadence - target).abs() / target);
        let is_near = deviation.is_some_and(|percent| percent <= self.tolerance.percent() / 2.0);
        let is_within = deviation.is_some_and(|percent| percent <= self.tolerance.percent());
        self.kept_since = if is_near {
            self.kept_since.or(Some(at))
        } else {
            None
        };
        let is_kept = self
            .kept_since
            .is_some_and(|since| at.saturating_sub(since) >= Self::KEPT_FOR);
        self.click = if is_kept || (was_silent && is_within) {
            Click::Kept
        } else if self.recent.is_empty() {
            Click::Waiting
        } else if self.cadence(at).is_none() {
            Click::NoValues
        } else {
            Click::Needed
        };
        self.click
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STEP: Duration = Duration::from_millis(125);

    /// Values, one a second, against a target, looked at eight times a second: the seconds at which
    /// the click changes.
    fn changes(
        cadence: impl Fn(f64) -> Option<f64>,
        target: impl Fn(f64) -> Option<f64>,
        seconds: u32,
    ) -> Vec<(f64, Click)> {
        let mut guard = Guard::new(Tolerance::DEFAULT);
        let mut changes = vec![(0.0, guard.click())];
        for look in 0..8 * seconds {
            let at = STEP * look;
            let second = at.as_secs_f64();
            if look % 8 == 0
                && let Some(spm) = cadence(second)
            {
                guard.take(spm, at);
            }
            let click = guard.poll(target(second), at);
            if changes.last().unwrap().1 != click {
                changes.push((second, click));
            }
        }
        changes
    }

    #[test]
    fn it_falls_silent_after_ten_seconds_and_is_back_within_three_of_a_step() {
        // 168 until second 30, and 158 (6 % less) from then on.
        let cadence = |second| Some(if second < 30.5 { 168.0 } else { 158.0 });
        assert_eq!(
            changes(cadence, |_| Some(168.0), 60),
            [
                (0.0, Click::Waiting),
                (0.0, Click::Needed),
                (10.0, Click::Kept),
                (32.0, Click::Needed),
            ]
        );
    }

    #[test]
    fn between_half_the_tolerance_and_all_of_it_the_click_stays_as_it_is() {
        // 2 % off: within 3 %, and not within 1.5 %.
        let cadence = |second| Some(if second < 20.0 { 168.0 } else { 171.4 });
        let silent = changes(cadence, |_| Some(168.0), 60);
        assert_eq!(silent.last(), Some(&(10.0, Click::Kept)));
        let heard = changes(|_| Some(171.4), |_| Some(168.0), 60);
        assert_eq!(heard.last().unwrap().1, Click::Needed);
    }

    #[test]
    fn one_wrong_value_changes_nothing_and_ten_seconds_without_any_do() {
        let cadence = |second: f64| match second {
            20.0 => Some(0.0),
            second if second > 30.0 => None,
            _ => Some(168.0),
        };
        assert_eq!(
            changes(cadence, |_| Some(168.0), 50)[1..],
            [
                (0.0, Click::Needed),
                (10.0, Click::Kept),
                (40.0, Click::NoValues)
            ]
        );
    }

    #[test]
    fn along_a_ramp_the_tolerance_follows() {
        // From 160 to 180 in 100 s; the runner follows it, and stays at 168 from second 40
        // on.
        let target = |second: f64| Some(160.0 + second / 5.0);
        let cadence = |second: f64| Some(160.0 + second.min(40.0) / 5.0);
        // 3 % beyond 168 is 173.2, the target at second 66.
        let seen = changes(cadence, target, 100);
        assert_eq!(seen[2], (10.0, Click::Kept));
        assert!((65.0..=67.0).contains(&seen[3].0), "{seen:?}");
        assert_eq!(seen.len(), 4);
    }

    #[test]
    fn after_a_rest_the_click_is_heard_anew() {
        let target = |second: f64| (!(20.0..30.0).contains(&second)).then_some(168.0);
        let seen = changes(|_| Some(168.0), target, 60);
        assert_eq!(
            seen[2..],
            [
                (10.0, Click::Kept),
                (20.0, Click::Needed),
                (40.0, Click::Kept)
            ]
        );
    }

    #[test]
    fn a_flood_takes_no_more_room_than_a_trickle() {
        let mut guard = Guard::new(Tolerance::DEFAULT);
        for i in 0..100_000 {
            guard.take(
                168.0 + f64::from(i % 3) - 1.0,
                Duration::from_micros(100) * i,
            );
        }
        assert!(guard.recent.len() <= 13);
        let cadence = guard.cadence(Duration::from_secs(10)).unwrap();
        assert!((cadence - 168.0).abs() < 0.01, "{cadence}");
    }

    proptest! {
        #[test]
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole seconds")]
        fn it_never_chatters(values in prop::collection::vec(prop::option::of(150.0_f64..190.0), 60..300)) {
            let at = |second: f64| values[(second as usize).min(values.len() - 1)];
            let seconds = u32::try_from(values.len()).unwrap();
            let seen = changes(at, |_| Some(168.0), seconds);
            let silences: Vec<f64> = seen.iter().filter(|it| it.1.is_silent()).map(|it| it.0).collect();
            // It was heard for ten seconds before each silence.
            prop_assert!(silences.windows(2).all(|pair| pair[1] - pair[0] >= 10.0));
            for pair in seen.windows(2) {
                if pair[1].1.is_silent() {
                    prop_assert!(!pair[0].1.is_silent());
                }
            }
        }
    }
}
