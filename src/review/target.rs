//! The one place that judges a run against a target.

use std::fmt;
use std::str::FromStr;

use crate::cadence::{Cadence, TargetRange, one_decimal};
use crate::notation;

use serde::Serialize;

use super::stretch::Stretch;
use crate::watch::Moment;

/// How far from a single tempo still counts as kept, in percent: runners miss a click by 1.8 to 2.9 % on average (Bertram &
/// Moran 2015).
pub const TOLERANCE_PERCENT: f64 = 3.0;

/// The largest tolerance, in percent. The project's own bound.
const MAX_TOLERANCE_PERCENT: f64 = 20.0;

/// What a run was meant to keep: a range, or a tempo with a tolerance around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    low: f64,
    high: f64,
    tempo: Option<Cadence>,
}

impl Target {
    /// Everything from `low` to `high`.
    ///
    /// # Errors
    /// [`TargetError::NotATarget`] where they are the wrong way round.
    pub fn from_range(low: Cadence, high: Cadence) -> Result<Self, TargetError> {
        if low > high {
            return Err(TargetError::NotATarget(format!(
                "{}..{}",
                one_decimal(low.spm()),
                one_decimal(high.spm())
            )));
        }
        Ok(Self {
            low: low.spm(),
            high: high.spm(),
            tempo: None,
        })
    }

    /// One tempo, with [`TOLERANCE_PERCENT`] around it.
    #[must_use]
    pub fn from_tempo(tempo: Cadence) -> Self {
        Self {
            low: tempo.spm(),
            high: tempo.spm(),
            tempo: Some(tempo),
        }
        .widened(TOLERANCE_PERCENT)
    }

    /// The same target with another tolerance; a range has none and stays as it is.
    ///
    /// # Errors
    /// [`TargetError::Tolerance`] outside 0 to 20 %.
    pub fn with_tolerance(self, percent: f64) -> Result<Self, TargetError> {
        if (0.0..=MAX_TOLERANCE_PERCENT).contains(&percent) {
            Ok(self.widened(percent))
        } else {
            Err(TargetError::Tolerance(percent))
        }
    }

    fn widened(self, percent: f64) -> Self {
        let Some(tempo) = self.tempo else { return self };
        let by = tempo.spm() * percent / 100.0;
        Self {
            low: tempo.spm() - by,
            high: tempo.spm() + by,
            ..self
        }
    }

    /// The low end, in steps a minute.
    #[must_use]
    pub fn low_spm(self) -> f64 {
        self.low
    }

    /// The high end, in steps a minute.
    #[must_use]
    pub fn high_spm(self) -> f64 {
        self.high
    }
}

/// The range that a raise leads to; a raise by one number leads to one tempo.
impl From<TargetRange> for Target {
    fn from(range: TargetRange) -> Self {
        if range.low() < range.high() {
            Self {
                low: range.low().spm(),
                high: range.high().spm(),
                tempo: None,
            }
        } else {
            Self::from_tempo(range.mid())
        }
    }
}

/// `168..176`, or one tempo: `172`.
impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let cadence = |part: &str| -> Result<Cadence, TargetError> {
            part.parse()
                .map_err(|_| TargetError::NotATarget(text.to_owned()))
        };
        match notation::range(text) {
            Some((low, high)) => Self::from_range(cadence(low)?, cadence(high)?),
            None => Ok(Self::from_tempo(cadence(text)?)),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} to {} spm",
            one_decimal(self.low),
            one_decimal(self.high)
        )
    }
}

/// Why a target was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TargetError {
    /// Text or numbers that are no target.
    #[error(
        "'{0}' is not a target: write a range of steps per minute, low end first, such as 168..176, or one tempo"
    )]
    NotATarget(String),
    /// A tolerance out of range.
    #[error("a tolerance of {0} % is out of range: 0 to {MAX_TOLERANCE_PERCENT} %")]
    Tolerance(f64),
}

/// How well a target was kept. Running alone is judged; walking and standing are not "below".
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct TimeInTarget {
    /// Seconds within the target.
    pub within_s: f64,
    /// Seconds below it.
    pub below_s: f64,
    /// Seconds above it.
    pub above_s: f64,
    /// The share of the running time within it, 0 to 100; `None` where nothing was run.
    pub within_percent: Option<f64>,
    /// The length of the longest unbroken stretch within it.
    pub longest_within_s: Option<f64>,
    /// When that began, in seconds since the start of the run.
    pub longest_within_from_s: Option<f64>,
}

impl TimeInTarget {
    /// Judges stretches in order of time, of a run that began at `start`.
    #[must_use]
    pub fn of(stretches: &[Stretch], target: Target, split: Cadence, start: Moment) -> Self {
        let mut time = Self::default();
        // The stretch within the target that goes on: its start, and its end so far.
        let mut open: Option<(Moment, Moment)> = None;
        for stretch in stretches {
            let seconds = stretch.seconds();
            match stretch.running_spm(split) {
                Some(spm) if spm < target.low => time.below_s += seconds,
                Some(spm) if spm > target.high => time.above_s += seconds,
                Some(_) => {
                    time.within_s += seconds;
                    let begin = match open {
                        Some((begin, so_far)) if so_far >= stretch.start() => begin,
                        _ => stretch.start(),
                    };
                    open = Some((begin, stretch.end()));
                    let length = stretch.end().seconds_since(begin);
                    if time.longest_within_s.is_none_or(|longest| length > longest) {
                        time.longest_within_s = Some(length);
                        time.longest_within_from_s = Some(begin.seconds_since(start));
                    }
                    continue;
                }
                None => {}
            }
            open = None;
        }
        let running_s = time.running_s();
        time.within_percent = (running_s > 0.0).then(|| time.within_s / running_s * 100.0);
        time
    }

    /// Seconds that were judged.
    #[must_use]
    pub fn running_s(&self) -> f64 {
        self.within_s + self.below_s + self.above_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_unix_ms(0);

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    /// Stretches of 10 s, one after the other; no cadence is a gap of 10 s.
    fn stretches(spm: &[Option<f64>]) -> Vec<Stretch> {
        let starts = (0..).map(|index| START.plus_seconds(f64::from(index) * 10.0));
        let pairs = starts.zip(spm);
        pairs
            .filter_map(|(start, spm)| Some(Stretch::new(start, 10.0, Some((*spm)?), None)))
            .collect()
    }

    fn kept(spm: &[Option<f64>], text: &str) -> TimeInTarget {
        TimeInTarget::of(&stretches(spm), target(text), Cadence::WALK_TO_RUN, START)
    }

    #[test]
    fn a_target_is_a_range_or_a_tempo_with_a_tolerance() {
        let ends = |target: Target| (target.low_spm(), target.high_spm());
        assert_eq!(ends(target("168..176")), (168.0, 176.0));
        assert_eq!(ends(target("168 .. 168")), (168.0, 168.0));
        assert_eq!(ends(target("200")), (194.0, 206.0));
        assert_eq!(
            ends(target("200").with_tolerance(1.0).unwrap()),
            (198.0, 202.0)
        );
        assert_eq!(
            ends(target("168..176").with_tolerance(1.0).unwrap()),
            (168.0, 176.0)
        );
        for text in ["", "..", "176..168", "168..", "fast", "20", "168..176..180"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
        assert_eq!(
            target("200").with_tolerance(21.0),
            Err(TargetError::Tolerance(21.0))
        );
        assert!(target("200").with_tolerance(f64::NAN).is_err());
    }

    #[test]
    fn a_raise_by_one_number_is_a_tempo_and_by_a_range_a_range() {
        let raised = |raise: &str| {
            let cadence = Cadence::from_spm(160.0).unwrap();
            Target::from(cadence.raised_by(raise.parse().unwrap()).unwrap())
        };
        assert_eq!(raised("5..10"), target("168..176"));
        assert_eq!(raised("5"), target("168"));
    }

    #[test]
    fn time_is_within_below_or_above_and_the_ends_are_within() {
        let kept = kept(
            &[
                Some(168.0),
                Some(176.0),
                Some(167.9),
                Some(176.1),
                Some(150.0),
            ],
            "168..176",
        );
        assert_eq!(
            (kept.within_s, kept.below_s, kept.above_s),
            (20.0, 20.0, 10.0)
        );
        assert_eq!(kept.within_percent, Some(40.0));
    }

    #[test]
    fn walking_and_standing_are_not_below() {
        let kept = kept(&[Some(0.0), Some(110.0), Some(170.0)], "168..176");
        assert_eq!((kept.running_s(), kept.within_s), (10.0, 10.0));
        assert_eq!(self::kept(&[], "168").within_percent, None);
    }

    #[test]
    fn the_longest_stretch_is_broken_by_what_is_outside_and_by_a_gap() {
        let inside = Some(170.0);
        let run = [
            inside,
            inside,
            Some(150.0),
            inside,
            None,
            inside,
            inside,
            inside,
            Some(110.0),
            inside,
        ];
        let kept = kept(&run, "168..176");
        assert_eq!(
            (kept.longest_within_from_s, kept.longest_within_s),
            (Some(50.0), Some(30.0))
        );
    }
}
