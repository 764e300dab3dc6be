//! Judges a run against a target.

use std::fmt;
use std::str::FromStr;

use crate::cadence::{Cadence, TargetRange, one_decimal};
use crate::notation;

use serde::Serialize;

use super::stretch::{Split, Stretch};
use crate::tolerance::Tolerance;
use crate::watch::Moment;

/// The target of a run: a range, or a tempo with a tolerance around it.
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

    /// One tempo, with [`Tolerance::DEFAULT`] around it.
    #[must_use]
    pub fn from_tempo(tempo: Cadence) -> Self {
        Self {
            low: tempo.spm(),
            high: tempo.spm(),
            tempo: Some(tempo),
        }
        .with_tolerance(Tolerance::DEFAULT)
    }

    /// The same target with another tolerance; a range has none and stays as it is.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        let Some(tempo) = self.tempo else { return self };
        let by = tempo.spm() * tolerance.percent() / 100.0;
        Self {
            low: tempo.spm() - by,
            high: tempo.spm() + by,
            ..self
        }
    }

    /// What a raise of a cadence leads to, as it is judged: to a tolerance above the high
    /// end, and from the higher of two below the low end: the same tolerance, or half of the low
    /// raise. A runner who keeps to a click at the low end (168 at a base of 160) is within, from
    /// 164; one who is back at the base is not.
    #[must_use]
    pub fn from_raise(base: Cadence, range: TargetRange, tolerance: Tolerance) -> Self {
        let tolerance = tolerance.percent() / 100.0;
        let (low, high) = (range.low().spm(), range.high().spm());
        let half = base.spm() + (low - base.spm()) / 2.0;
        let floor = low * (1.0 - tolerance);
        Self {
            low: if low > base.spm() {
                floor.max(half)
            } else {
                floor
            },
            high: high * (1.0 + tolerance),
            tempo: None,
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
    /// Text or numbers that are not a target.
    #[error(
        "'{0}' is not a target: write a range of steps per minute, low end first, such as 168..176, or one tempo"
    )]
    NotATarget(String),
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
    pub fn of(stretches: &[Stretch], target: Target, split: Split, start: Moment) -> Self {
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

    /// The number of seconds judged.
    #[must_use]
    pub fn running_s(&self) -> f64 {
        self.within_s + self.below_s + self.above_s
    }

    /// Whether the target was kept; `None` where nothing was run.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let half = self.running_s() / 2.0;
        if half <= 0.0 {
            None
        } else if self.within_s >= half {
            Some(Verdict::Kept)
        } else if self.below_s > self.above_s {
            Some(Verdict::Below)
        } else if self.above_s > self.below_s {
            Some(Verdict::Above)
        } else {
            Some(Verdict::Both)
        }
    }
}

/// Whether a target was kept: for at least half of the running. The project's own bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The target was kept.
    Kept,
    /// Not kept: most of the rest was below.
    Below,
    /// Not kept: most of the rest was above.
    Above,
    /// Not kept: as much was below as above.
    Both,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::Below => "not kept, too slow",
            Self::Above => "not kept, too fast",
            Self::Both => "not kept, too slow and too fast",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_unix_ms(0);

    fn percent(percent: f64) -> Tolerance {
        Tolerance::from_percent(percent).unwrap()
    }

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
        TimeInTarget::of(&stretches(spm), target(text), Split::default(), START)
    }

    #[test]
    fn a_target_is_a_range_or_a_tempo_with_a_tolerance() {
        let ends = |target: Target| (target.low_spm(), target.high_spm());
        assert_eq!(ends(target("168..176")), (168.0, 176.0));
        assert_eq!(ends(target("168 .. 168")), (168.0, 168.0));
        assert_eq!(ends(target("200")), (194.0, 206.0));
        assert_eq!(
            ends(target("200").with_tolerance(percent(1.0))),
            (198.0, 202.0)
        );
        assert_eq!(
            ends(target("168..176").with_tolerance(percent(1.0))),
            (168.0, 176.0)
        );
        assert_eq!(target("168.25..176").to_string(), "168.3 to 176 spm");
        for text in ["", "..", "176..168", "168..", "fast", "20", "168..176..180"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_raise_is_judged_from_half_of_it_or_three_percent_below() {
        let raised = |base: f64, raise: &str| {
            let base = Cadence::from_spm(base).unwrap();
            let range = base.raised_by(raise.parse().unwrap()).unwrap();
            let target = Target::from_raise(base, range, Tolerance::DEFAULT);
            (target.low_spm(), target.high_spm())
        };
        // 168 to 176: half of the raise is 164, above 168 - 3 % = 162.96; and 176 + 3 %.
        assert_eq!(raised(160.0, "5..10"), (164.0, 181.28));
        assert_eq!(raised(160.0, "5"), (164.0, 173.04));
        // 176: half of the raise is 168, below 176 - 3 %.
        assert_eq!(raised(160.0, "10"), (170.72, 181.28));
        assert!((raised(160.0, "3").0 - 162.4).abs() < 1e-9);
        // Without a raise there is none to keep half of.
        assert_eq!(raised(160.0, "0..5").0, 155.2);
    }

    #[test]
    fn a_target_is_kept_for_half_of_the_running() {
        let verdict = |spm: &[f64]| {
            let spm: Vec<_> = spm.iter().copied().map(Some).collect();
            kept(&spm, "168..176").verdict()
        };
        assert_eq!(verdict(&[170.0, 150.0]), Some(Verdict::Kept));
        assert_eq!(verdict(&[170.0, 150.0, 160.0]), Some(Verdict::Below));
        assert_eq!(verdict(&[170.0, 180.0, 181.0]), Some(Verdict::Above));
        assert_eq!(verdict(&[150.0, 190.0]), Some(Verdict::Both));
        assert_eq!(verdict(&[]), None);
        let verdicts = [Verdict::Kept, Verdict::Below, Verdict::Above, Verdict::Both];
        assert_eq!(
            verdicts.map(|verdict| verdict.to_string()),
            [
                "kept",
                "not kept, too slow",
                "not kept, too fast",
                "not kept, too slow and too fast"
            ]
        );
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
        // Of two that are equally long the first.
        let kept = self::kept(&[inside, Some(150.0), inside], "168..176");
        assert_eq!(kept.longest_within_from_s, Some(0.0));
    }
}
