//! What a bare number counts: decided as for recordings, once, and then kept.

use std::time::Duration;

use super::line::Value;
use crate::review::{STEPS_FROM, STRIDES_BELOW};
use crate::watch::Counts;

/// What bare numbers were taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitDecision {
    /// What they count.
    pub counts: Counts,
    /// The number that 95 % of those above zero do not exceed; `None` where the runner said what
    /// they count.
    pub percentile_95: Option<u16>,
    /// Whether they could be either.
    pub is_doubtful: bool,
}

/// Finds out what bare numbers count, by the rule for recordings: their 95th percentile. There is
/// no speed to decide by where that leaves it open; then they are taken for strides, with a
/// warning.
#[derive(Clone, Debug)]
pub struct UnitFinder {
    decision: Option<UnitDecision>,
    began: Option<Duration>,
    /// How many there were of each whole number: bounded, however many come.
    seen: Vec<u64>,
}

impl UnitFinder {
    /// How long numbers are collected before it is decided.
    pub const COLLECTING: Duration = Duration::from_secs(20);

    /// `counts` where the runner said what they count.
    #[must_use]
    pub fn new(counts: Option<Counts>) -> Self {
        let decision = counts.map(|counts| UnitDecision {
            counts,
            percentile_95: None,
            is_doubtful: false,
        });
        Self {
            decision,
            began: None,
            seen: Vec::new(),
        }
    }

    /// What was decided.
    #[must_use]
    pub fn decision(&self) -> Option<UnitDecision> {
        self.decision
    }

    /// A value in steps per minute; `None` as long as it is not known what it counts.
    pub fn steps(&mut self, value: Value, at: Duration) -> Option<f64> {
        match value {
            Value::Steps(steps) => Some(steps),
            Value::Strides(strides) => Some(2.0 * strides),
            Value::Bare(number) => {
                self.poll(at);
                if self.decision.is_none() {
                    self.collect(number, at);
                }
                self.decision
                    .map(|decision| number * f64::from(decision.counts.steps_per_count()))
            }
        }
    }

    /// Decides where it is time to.
    pub fn poll(&mut self, at: Duration) {
        let is_time = self
            .began
            .is_some_and(|began| at.saturating_sub(began) >= Self::COLLECTING);
        if is_time && self.decision.is_none() {
            self.decision = Some(self.decide());
            self.seen = Vec::new();
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a value is 0 to 400"
    )]
    fn collect(&mut self, number: f64, at: Duration) {
        // Zero is standing, and says nothing.
        if number > 0.0 {
            self.began.get_or_insert(at);
            self.seen.resize(Value::MAX as usize + 1, 0);
            if let Some(seen) = self.seen.get_mut(number.round() as usize) {
                *seen += 1;
            }
        }
    }

    fn decide(&self) -> UnitDecision {
        let total: u64 = self.seen.iter().sum();
        let mut left = total - total / 20;
        let mut percentile_95 = 0;
        for (number, seen) in (0..).zip(&self.seen) {
            percentile_95 = number;
            left = left.saturating_sub(*seen);
            if left == 0 {
                break;
            }
        }
        let is_at_least = |bound: f64| f64::from(percentile_95) >= bound;
        UnitDecision {
            counts: if is_at_least(STEPS_FROM) {
                Counts::Steps
            } else {
                Counts::Strides
            },
            percentile_95: Some(percentile_95),
            is_doubtful: is_at_least(STRIDES_BELOW) && !is_at_least(STEPS_FROM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// One value a second from second 5 on, and what came of each.
    fn taken(numbers: impl IntoIterator<Item = f64>) -> (Vec<Option<f64>>, Option<UnitDecision>) {
        let mut finder = UnitFinder::new(None);
        let numbers = (5..).zip(numbers);
        let steps = numbers.map(|(at, number)| finder.steps(Value::Bare(number), seconds(at)));
        (steps.collect(), finder.decision())
    }

    #[test]
    fn strides_are_doubled_after_twenty_seconds_and_stay_so() {
        let (steps, decision) = taken([vec![84.0; 20], vec![84.0, 140.0]].concat());
        assert_eq!(steps[..20], [None; 20]);
        assert_eq!(steps[20..], [Some(168.0), Some(280.0)]);
        let decision = decision.unwrap();
        assert_eq!(decision.counts, Counts::Strides);
        assert_eq!(
            (decision.percentile_95, decision.is_doubtful),
            (Some(84), false)
        );
    }

    #[test]
    fn steps_are_steps_though_half_of_them_are_walked() {
        let (steps, decision) = taken((0..21).map(|i| if i % 2 == 0 { 118.0 } else { 165.0 }));
        assert_eq!(steps[20], Some(118.0));
        assert_eq!(decision.unwrap().counts, Counts::Steps);
    }

    #[test]
    fn what_could_be_either_is_taken_for_strides_and_is_doubtful() {
        let decision = taken([115.0; 21]).1.unwrap();
        assert_eq!(decision.counts, Counts::Strides);
        assert!(decision.is_doubtful);
        // One value of twenty does not decide.
        let (_, decision) = taken([vec![84.0; 19], vec![250.0; 2]].concat());
        assert_eq!(decision.unwrap().percentile_95, Some(84));
    }

    #[test]
    fn standing_does_not_begin_it_and_the_runner_overrules() {
        let (steps, decision) = taken([vec![0.0; 30], vec![84.0; 20]].concat());
        assert_eq!((steps[49], decision), (None, None));
        let mut finder = UnitFinder::new(Some(Counts::Steps));
        assert_eq!(finder.steps(Value::Bare(84.0), seconds(0)), Some(84.0));
        assert_eq!(finder.steps(Value::Strides(84.0), seconds(0)), Some(168.0));
        assert_eq!(finder.steps(Value::Steps(84.0), seconds(0)), Some(84.0));
    }
}
