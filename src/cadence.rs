//! The calculation: counted steps become a cadence with its uncertainty, and a cadence becomes a target range.
//!
//! Here belongs the arithmetic of steps and minutes. Tempo, clicks and files do not; nothing here knows of them.
//!
//! Every rule names its source. "EVIDENCE" sources are those of the project's evidence page: the rule of the source
//! article (count one foot for 30 s, times four, raise by 5 to 10 %), and its table of simulated counting errors.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::notation;
#[doc(hidden)]
pub use crate::number::one_decimal;

/// Below this a runner is probably walking: the walk to run transition lies at 135 to 140 steps a minute (`PubMed`
/// 37336086, 2023).
pub const WALKING_BELOW_SPM: f64 = 140.0;

/// Above this a cadence is unusual: the fastest of an elite 100 km field took 210 steps a minute (Burns 2019).
pub const UNUSUAL_ABOVE_SPM: f64 = 210.0;

/// From here on raising a cadence may not be what is wanted: no study of a raise says how high is high enough. The project's
/// own threshold: 46 counted steps of one foot in 30 s are 184 spm, 47 are 188.
pub const HIGH_FROM_SPM: f64 = 185.0;

/// Where one foot counted as both would put a runner: half of 130 to 210 spm. The project's own threshold.
const HALF_A_RUNNER_SPM: std::ops::RangeInclusive<f64> = 65.0..=105.0;

/// A raise beyond this has no study behind it (Heiderscheit 2011, Lenhart 2014: +5 % and +10 %).
pub const STUDIED_RAISE_PERCENT: f64 = 10.0;

/// How far a stopwatch time may be off, in seconds: 98 % of pairs of presses, each with a standard deviation of 0.1 s
/// (the press error of the project's evidence table): 2.326 · √2 · 0.1 s.
const STOPWATCH_ERROR_S: f64 = 2.326 * std::f64::consts::SQRT_2 * 0.1;

/// Running cadence in steps per minute (spm), both feet counted.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Cadence(f64);

impl Cadence {
    /// The slowest that is taken for a cadence: a slow shuffle. The project's own bound.
    pub const MIN_SPM: f64 = 30.0;
    /// The fastest: sprinters reach 300 steps a minute. The project's own bound.
    pub const MAX_SPM: f64 = 300.0;
    /// Where walking ends and running begins, unless the runner says otherwise: [`WALKING_BELOW_SPM`].
    pub const WALK_TO_RUN: Self = Self(WALKING_BELOW_SPM);

    /// Checks a value in steps per minute. NaN is out of range.
    ///
    /// # Errors
    /// [`CadenceError::OutOfRange`] outside [`MIN_SPM`](Self::MIN_SPM) to [`MAX_SPM`](Self::MAX_SPM).
    pub fn from_spm(spm: f64) -> Result<Self, CadenceError> {
        if (Self::MIN_SPM..=Self::MAX_SPM).contains(&spm) {
            Ok(Self(spm))
        } else {
            Err(CadenceError::OutOfRange(spm))
        }
    }

    /// Steps per minute.
    #[must_use]
    pub fn spm(self) -> f64 {
        self.0
    }

    /// What is doubtful about raising it, however it was found.
    #[must_use]
    pub fn doubt(self) -> Option<Doubt> {
        (self.0 >= HIGH_FROM_SPM).then_some(Doubt::High)
    }

    /// This cadence, raised.
    ///
    /// # Errors
    /// [`CadenceError::OutOfRange`] where an end of the target lies beyond the fastest cadence.
    pub fn raised_by(self, raise: Raise) -> Result<TargetRange, CadenceError> {
        // x + x·p/100 and not x · 1.05: the second gives 168.00000000000003 for 160.
        let at = |percent: f64| Self::from_spm(self.0 + self.0 * percent / 100.0);
        Ok(TargetRange {
            low: at(raise.low)?,
            mid: at(raise.mid_percent())?,
            high: at(raise.high)?,
        })
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spm", one_decimal(self.0))
    }
}

/// Given in steps per minute, with or without the unit: `160`, `158.7`, `160 spm`.
impl FromStr for Cadence {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spm = notation::without_unit(text)
            .parse()
            .map_err(|_| CadenceError::NotACadence(text.to_owned()))?;
        Self::from_spm(spm)
    }
}

/// Steps that were counted: a whole number, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u32);

impl Count {
    /// Checks a number of steps.
    ///
    /// # Errors
    /// [`CadenceError::NotACount`] for zero.
    pub fn from_steps(steps: u32) -> Result<Self, CadenceError> {
        if steps == 0 {
            Err(CadenceError::NotACount("0".into()))
        } else {
            Ok(Self(steps))
        }
    }

    /// The number as it was counted.
    #[must_use]
    pub fn steps(self) -> u32 {
        self.0
    }
}

impl FromStr for Count {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let steps = text
            .trim()
            .parse()
            .map_err(|_| CadenceError::NotACount(text.to_owned()))?;
        Self::from_steps(steps)
    }
}

/// Whose landings were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feet {
    /// One foot: a count is a stride, two steps.
    One,
    /// Both feet: a count is a step.
    Both,
}

impl fmt::Display for Feet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::One => "one foot",
            Self::Both => "both feet",
        })
    }
}

impl Feet {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Both => "both",
        }
    }

    /// Steps that one count stands for.
    #[must_use]
    pub fn steps_per_count(self) -> u32 {
        match self {
            Self::One => 2,
            Self::Both => 1,
        }
    }
}

/// What was fixed beforehand, and so where the error lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// The time was fixed and the steps were counted.
    ///
    /// A window that opens at a random moment is off by less than one count. So the cadence of one count is off by less
    /// than 120/T spm (one foot) or 60/T (both), T in seconds: a bound, not a likelihood.
    FixedTime,
    /// The count was fixed and the time was measured with a stopwatch.
    ///
    /// The error is the thumb's: 0.33 s covers 98 % where each press has a standard deviation of 0.1 s.
    Stopwatch,
}

/// How steps were counted: whose, for how long, and which of count and time was fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    feet: Feet,
    timing: Timing,
    time: Duration,
}

impl Method {
    /// The shortest time that is taken for a count: below it one count is worth 24 spm and more. The project's own bound.
    pub const MIN_TIME: Duration = Duration::from_secs(5);
    /// The longest time that is taken for a count. The project's own bound.
    pub const MAX_TIME: Duration = Duration::from_secs(3600);

    /// Checks the time of a count.
    ///
    /// # Errors
    /// [`CadenceError::Time`] outside [`MIN_TIME`](Self::MIN_TIME) to [`MAX_TIME`](Self::MAX_TIME).
    pub fn new(feet: Feet, timing: Timing, time: Duration) -> Result<Self, CadenceError> {
        if (Self::MIN_TIME..=Self::MAX_TIME).contains(&time) {
            Ok(Self { feet, timing, time })
        } else {
            Err(CadenceError::Time(time))
        }
    }

    /// Whose landings were counted.
    #[must_use]
    pub fn feet(self) -> Feet {
        self.feet
    }

    /// Which of count and time was fixed.
    #[must_use]
    pub fn timing(self) -> Timing {
        self.timing
    }

    /// How long was counted.
    #[must_use]
    pub fn time(self) -> Duration {
        self.time
    }

    /// The cadence that the counts show, and how far it may be off.
    ///
    /// The mean of m counts of n steps in T seconds is 60 · (steps a count) · n / T spm. Its uncertainty:
    ///
    /// - one count in a fixed time: one count, 120/T or 60/T spm, which the error never reaches;
    /// - m counts: that divided by √m, since each started at a moment of its own. It covers at least 91 % of means
    ///   at any cadence, and 98 % over all cadences (this module's tests count it out);
    /// - counts that lie more than two apart contradict one steady cadence (each is off by less than one): then twice
    ///   the standard error of the mean, where that is more;
    /// - a stopwatch: cadence · 0.33 s / T (see [`Timing::Stopwatch`]).
    ///
    /// # Errors
    /// [`CadenceError::NoCount`] without a count, [`CadenceError::StopwatchCounts`] for a stopwatch with more than one,
    /// [`CadenceError::Counted`] where the cadence is out of range, with what it would be with the other choice of feet.
    pub fn measure(self, counts: &[Count]) -> Result<Measured, CadenceError> {
        if counts.is_empty() {
            return Err(CadenceError::NoCount);
        }
        if self.timing == Timing::Stopwatch && counts.len() > 1 {
            return Err(CadenceError::StopwatchCounts(counts.len()));
        }
        let number = counts.len() as f64;
        let mean = counts.iter().map(|count| f64::from(count.0)).sum::<f64>() / number;
        let spm_per_count = 60.0 * f64::from(self.feet.steps_per_count()) / self.time.as_secs_f64();
        let spm = mean * spm_per_count;
        let cadence = Cadence::from_spm(spm).map_err(|_| CadenceError::Counted {
            method: self,
            steps: mean,
            spm,
            other_feet: Cadence::from_spm(match self.feet {
                Feet::One => spm / 2.0,
                Feet::Both => spm * 2.0,
            })
            .ok(),
        })?;
        let uncertainty = match self.timing {
            Timing::Stopwatch => spm * STOPWATCH_ERROR_S / self.time.as_secs_f64(),
            Timing::FixedTime => {
                let counting = 1.0 / number.sqrt();
                let counts_off = if disagree(counts) {
                    let squares = counts
                        .iter()
                        .map(|count| (f64::from(count.0) - mean).powi(2));
                    let standard_error = (squares.sum::<f64>() / (number - 1.0) / number).sqrt();
                    counting.max(2.0 * standard_error)
                } else {
                    counting
                };
                counts_off * spm_per_count
            }
        };
        Ok(Measured {
            method: self,
            counts: counts.to_vec(),
            estimate: Estimate {
                cadence,
                uncertainty,
            },
        })
    }
}

/// Whether counts lie further apart than the counting itself explains: each is off by less than one, so two of one
/// cadence differ by less than two.
fn disagree(counts: &[Count]) -> bool {
    let low = counts.iter().min();
    let high = counts.iter().max();
    low.zip(high).is_some_and(|(low, high)| high.0 - low.0 > 2)
}

/// A cadence and how far it may be off to either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    cadence: Cadence,
    uncertainty: f64,
}

impl Estimate {
    /// A cadence with its uncertainty in steps per minute, by the rule of what measured it.
    pub(crate) fn new(cadence: Cadence, uncertainty: f64) -> Self {
        Self {
            cadence,
            uncertainty,
        }
    }

    /// The cadence.
    #[must_use]
    pub fn cadence(self) -> Cadence {
        self.cadence
    }

    /// How far it may be off to either side, in steps per minute.
    #[must_use]
    pub fn uncertainty_spm(self) -> f64 {
        self.uncertainty
    }

    /// What a tempo really asks of the runner, in percent above the cadence, from the least to the most that the
    /// uncertainty allows: 168 over 160 ±4 spm is +2.4 to +7.7 %. `None` where the uncertainty is as large as the cadence.
    #[must_use]
    pub fn true_raise_percent(self, target: Cadence) -> Option<(f64, f64)> {
        let over = |spm: f64| (target.0 / spm - 1.0) * 100.0;
        let slowest = self.cadence.0 - self.uncertainty;
        (slowest > 0.0).then(|| (over(self.cadence.0 + self.uncertainty), over(slowest)))
    }

    /// What looks wrong about it where landings of these feet were counted.
    #[must_use]
    pub fn doubts(self, feet: Feet) -> Vec<Doubt> {
        let doubt = self.doubt(feet);
        let is_half = matches!(doubt, Some(Doubt::BothFeetCounted { .. }));
        let high = self.cadence.doubt().filter(|_| !is_half);
        doubt.into_iter().chain(high).collect()
    }

    fn doubt(self, feet: Feet) -> Option<Doubt> {
        let spm = self.cadence.0;
        if feet == Feet::Both && HALF_A_RUNNER_SPM.contains(&spm) {
            // Half a runner's cadence, doubled, is always in range.
            Some(Doubt::OneFootCounted {
                both: Cadence(spm * 2.0),
            })
        } else if spm < WALKING_BELOW_SPM {
            Some(Doubt::Walking)
        } else if feet == Feet::One && spm / 2.0 >= WALKING_BELOW_SPM {
            Some(Doubt::BothFeetCounted {
                half: Cadence(spm / 2.0),
            })
        } else if spm > UNUSUAL_ABOVE_SPM {
            Some(Doubt::Unusual)
        } else {
            None
        }
    }
}

/// A cadence that was counted, with how far it may be off.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    method: Method,
    counts: Vec<Count>,
    estimate: Estimate,
}

impl Measured {
    /// The cadence and how far it may be off; [`Method::measure`] has the rule.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        self.estimate
    }

    /// How it was counted.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    /// What looks wrong about it, if anything.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let apart = self.method.timing == Timing::FixedTime && disagree(&self.counts);
        let mut doubts = self.estimate.doubts(self.method.feet);
        doubts.extend(apart.then_some(Doubt::CountsDisagree));
        doubts
    }
}

/// What looks wrong about a measured cadence; a hint for the runner, not an error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Doubt {
    /// Below [`WALKING_BELOW_SPM`].
    Walking,
    /// Above [`UNUSUAL_ABOVE_SPM`].
    Unusual,
    /// From [`HIGH_FROM_SPM`] on: raising it may not be what is wanted.
    High,
    /// Said to be both feet, but only plausible as one.
    OneFootCounted {
        /// What it would be, one foot counted.
        both: Cadence,
    },
    /// Said to be one foot, but only plausible as both.
    BothFeetCounted {
        /// What it would be, both feet counted.
        half: Cadence,
    },
    /// The counts lie further apart than counting explains.
    CountsDisagree,
}

impl Doubt {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Walking => "walking",
            Self::Unusual => "unusual",
            Self::High => "high",
            Self::OneFootCounted { .. } => "one_foot_counted",
            Self::BothFeetCounted { .. } => "both_feet_counted",
            Self::CountsDisagree => "counts_disagree",
        }
    }
}

/// By how much a cadence is raised, in percent: a range, or one number twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raise {
    low: f64,
    high: f64,
}

impl Raise {
    /// The rule of the source article, and what was studied: +5 to +10 % (Heiderscheit 2011).
    pub const DEFAULT: Self = Self {
        low: 5.0,
        high: 10.0,
    };
    /// The largest raise, in percent. The project's own bound; studies stop at 10.
    pub const MAX_PERCENT: f64 = 50.0;

    /// Checks a range in percent; `low` and `high` may be equal.
    ///
    /// # Errors
    /// [`CadenceError::Raise`] unless 0 ≤ low ≤ high ≤ [`MAX_PERCENT`](Self::MAX_PERCENT).
    pub fn from_percent(low: f64, high: f64) -> Result<Self, CadenceError> {
        if 0.0 <= low && low <= high && high <= Self::MAX_PERCENT {
            Ok(Self { low, high })
        } else {
            let text = if low.to_bits() == high.to_bits() {
                format!("{low}")
            } else {
                format!("{low}..{high}")
            };
            Err(CadenceError::Raise(text))
        }
    }

    /// The low end, in percent.
    #[must_use]
    pub fn low_percent(self) -> f64 {
        self.low
    }

    /// The middle, in percent.
    #[must_use]
    pub fn mid_percent(self) -> f64 {
        f64::midpoint(self.low, self.high)
    }

    /// The high end, in percent.
    #[must_use]
    pub fn high_percent(self) -> f64 {
        self.high
    }
}

impl fmt::Display for Raise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}%", one_decimal(self.low))?;
        if self.low < self.high {
            write!(f, " to +{}%", one_decimal(self.high))?;
        }
        Ok(())
    }
}

/// `5..10` or `5-10`, `7.5`, with or without `+` and `%`.
impl FromStr for Raise {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || CadenceError::Raise(text.to_owned());
        let percent = |part: &str| {
            // The number's own parser takes a leading plus.
            part.trim()
                .trim_end_matches('%')
                .parse()
                .map_err(|_| refused())
        };
        let (low, high) = notation::range(text).unwrap_or((text, text));
        Self::from_percent(percent(low)?, percent(high)?).map_err(|_| refused())
    }
}

/// Where to run: a cadence raised by a [`Raise`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TargetRange {
    low: Cadence,
    mid: Cadence,
    high: Cadence,
}

impl TargetRange {
    /// The low end.
    #[must_use]
    pub fn low(self) -> Cadence {
        self.low
    }

    /// The cadence raised by the middle of the raise.
    #[must_use]
    pub fn mid(self) -> Cadence {
        self.mid
    }

    /// The high end.
    #[must_use]
    pub fn high(self) -> Cadence {
        self.high
    }
}

impl fmt::Display for TargetRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.low < self.high {
            write!(f, "{} to {}", one_decimal(self.low.0), self.high)
        } else {
            write!(f, "{}", self.low)
        }
    }
}

/// Why a count, a time, a cadence or a raise was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CadenceError {
    /// A cadence outside of the range.
    #[error("a cadence of {} spm is out of range: {} to {} spm", one_decimal(*.0), Cadence::MIN_SPM, Cadence::MAX_SPM)]
    OutOfRange(f64),
    /// Text that is no cadence.
    #[error("'{}' is not a cadence: write steps per minute, such as {}", .0, notation::example(.0, "160"))]
    NotACadence(String),
    /// Text that is no count.
    #[error("'{}' is not a count: write {}", .0, whole_steps(.0))]
    NotACount(String),
    /// No count at all.
    #[error("there is no count: write at least one number of steps, such as 40")]
    NoCount,
    /// More than one count for one stopwatch time.
    #[error("{0} counts share one stopwatch time: write one count, with the time that it took")]
    StopwatchCounts(usize),
    /// A time that no count has.
    #[error("a count cannot last {}: 5s to 1h, such as 30s", humantime::format_duration(*.0))]
    Time(Duration),
    /// Counts that make no cadence.
    #[error("a count of {} in {} s, {}, would be {} spm, out of range: {} to {} spm",
        one_decimal(*steps), one_decimal(method.time.as_secs_f64()), method.feet,
        one_decimal(*spm), Cadence::MIN_SPM, Cadence::MAX_SPM)]
    Counted {
        /// How it was counted.
        method: Method,
        /// The mean of the counts.
        steps: f64,
        /// What they would make, in steps per minute.
        spm: f64,
        /// What they make with the other choice of feet, where that is in range.
        other_feet: Option<Cadence>,
    },
    /// Text or numbers that are no raise.
    #[error(
        "'{}' is not a raise: write percent from 0 to 50, one number or a range such as {}",
        .0, notation::example(.0, "5..10")
    )]
    Raise(String),
}

/// What to write instead of a text that is no count: `40 or 41 steps` for `40,5`, `40 41` for `40,41`.
fn whole_steps(text: &str) -> String {
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or_default();
    match (whole.parse::<u32>(), fraction.parse::<u32>()) {
        (Ok(steps @ 1..1_000_000), Ok(0..10)) => {
            format!("a whole number of steps, {steps} or {}", steps + 1)
        }
        (Ok(_), Ok(_)) if text.contains(',') => {
            format!("several counts with blanks between them: {whole} {fraction}")
        }
        _ => "a whole number of steps, at least 1".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HALF_MINUTE: Duration = Duration::from_secs(30);

    fn counts(steps: &[u32]) -> Vec<Count> {
        steps
            .iter()
            .map(|&steps| Count::from_steps(steps).unwrap())
            .collect()
    }

    fn measure(feet: Feet, time: Duration, steps: &[u32]) -> Result<Measured, CadenceError> {
        Method::new(feet, Timing::FixedTime, time)?.measure(&counts(steps))
    }

    #[track_caller]
    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn forty_steps_of_one_foot_in_half_a_minute_are_160_within_4() {
        let measured = measure(Feet::One, HALF_MINUTE, &[40]).unwrap();
        close(measured.estimate().cadence().spm(), 160.0);
        close(measured.estimate().uncertainty_spm(), 4.0);
    }

    #[test]
    fn both_feet_halve_the_uncertainty() {
        let measured = measure(Feet::Both, HALF_MINUTE, &[80]).unwrap();
        close(measured.estimate().cadence().spm(), 160.0);
        close(measured.estimate().uncertainty_spm(), 2.0);
    }

    #[test]
    fn a_longer_count_is_surer() {
        let measured = measure(Feet::One, Duration::from_secs(60), &[80]).unwrap();
        close(measured.estimate().cadence().spm(), 160.0);
        close(measured.estimate().uncertainty_spm(), 2.0);
    }

    #[test]
    fn four_counts_halve_the_uncertainty() {
        let measured = measure(Feet::One, HALF_MINUTE, &[40, 41, 39, 40]).unwrap();
        close(measured.estimate().cadence().spm(), 160.0);
        close(measured.estimate().uncertainty_spm(), 2.0);
    }

    #[test]
    fn counts_that_contradict_each_other_widen_the_uncertainty() {
        // Mean 40, standard deviation √(32/1) = 5.657 counts, standard error 4, twice that 8 counts: 32 spm.
        let measured = measure(Feet::One, HALF_MINUTE, &[36, 44]).unwrap();
        close(measured.estimate().cadence().spm(), 160.0);
        close(measured.estimate().uncertainty_spm(), 32.0);
        assert_eq!(measured.doubts(), [Doubt::CountsDisagree]);
        let wild = measure(Feet::One, HALF_MINUTE, &[25, 75])
            .unwrap()
            .estimate();
        assert_eq!(wild.true_raise_percent(wild.cadence()), None);
    }

    /// The chance, at a true cadence of x counts a window, that the mean of m counts errs by at most 1/√m counts. A count
    /// is ⌊x⌋ or ⌈x⌉, the latter with the chance of x's fraction, so the sum is binomial.
    fn coverage(fraction: f64, m: i32) -> f64 {
        let bound = 1.0 / f64::from(m).sqrt();
        let mut chance = (1.0 - fraction).powi(m);
        let mut covered = 0.0;
        for k in 0..=m {
            if (f64::from(k) / f64::from(m) - fraction).abs() <= bound {
                covered += chance;
            }
            chance *= f64::from(m - k) / f64::from(k + 1) * fraction / (1.0 - fraction);
        }
        covered
    }

    #[test]
    fn the_uncertainty_of_a_mean_covers_91_percent_at_any_cadence_and_98_over_all() {
        for m in 1..=20 {
            let all: Vec<f64> = (1..500)
                .map(|k| coverage(f64::from(k) / 500.0, m))
                .collect();
            let worst = all.iter().copied().fold(1.0, f64::min);
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            assert!(worst > 0.91, "{m} counts: {worst}");
            assert!(mean > 0.978, "{m} counts: {mean}");
        }
    }

    #[test]
    fn fifty_strides_by_the_stopwatch() {
        // 50 · 2 · 60 / 37.4 = 160.43; 160.43 · 0.329 s / 37.4 s = 1.41.
        let method =
            Method::new(Feet::One, Timing::Stopwatch, Duration::from_millis(37_400)).unwrap();
        let measured = method.measure(&counts(&[50])).unwrap();
        assert_eq!(measured.estimate().cadence().to_string(), "160.4 spm");
        assert_eq!(one_decimal(measured.estimate().uncertainty_spm()), "1.4");
    }

    #[test]
    fn the_rule_of_the_source_article() {
        let target = Cadence::from_spm(160.0)
            .unwrap()
            .raised_by(Raise::DEFAULT)
            .unwrap();
        close(target.low().spm(), 168.0);
        close(target.mid().spm(), 172.0);
        close(target.high().spm(), 176.0);
        assert_eq!(target.to_string(), "168 to 176 spm");
    }

    #[test]
    fn what_168_really_asks_after_one_count() {
        let measured = measure(Feet::One, HALF_MINUTE, &[40]).unwrap();
        let (least, most) = measured
            .estimate()
            .true_raise_percent(Cadence::from_spm(168.0).unwrap())
            .unwrap();
        assert_eq!(
            (one_decimal(least), one_decimal(most)),
            ("2.4".into(), "7.7".into())
        );
    }

    #[test]
    fn both_feet_counted_as_one_is_told() {
        let error = measure(Feet::One, HALF_MINUTE, &[80]).unwrap_err();
        assert!(
            matches!(error, CadenceError::Counted { other_feet: Some(cadence), .. } if cadence.spm() == 160.0)
        );
        assert_eq!(
            error.to_string(),
            "a count of 80 in 30 s, one foot, would be 320 spm, out of range: 30 to 300 spm"
        );
    }

    #[test]
    fn doubts_name_what_looks_wrong() {
        #[track_caller]
        fn case(feet: Feet, steps: u32, expected: &[&str]) {
            let names: Vec<_> = measure(feet, HALF_MINUTE, &[steps])
                .unwrap()
                .doubts()
                .iter()
                .map(|d| d.name())
                .collect();
            assert_eq!(names, expected);
        }
        case(Feet::One, 34, &["walking"]); // 136
        case(Feet::One, 35, &[]); // 140
        case(Feet::One, 46, &[]); // 184
        case(Feet::One, 47, &["high"]); // 188
        case(Feet::One, 52, &["high"]); // 208
        case(Feet::One, 53, &["unusual", "high"]); // 212
        case(Feet::One, 71, &["both_feet_counted"]); // 284, or 142
        case(Feet::One, 25, &["walking"]); // 100
        case(Feet::Both, 40, &["one_foot_counted"]); // 80, or 160
        case(Feet::Both, 55, &["walking"]); // 110
        case(Feet::Both, 106, &["unusual", "high"]); // 212
    }

    #[test]
    fn a_raise_is_one_number_or_a_range() {
        #[track_caller]
        fn case(text: &str, low: f64, high: f64, shown: &str) {
            let raise: Raise = text.parse().unwrap();
            assert_eq!((raise.low_percent(), raise.high_percent()), (low, high));
            assert_eq!(raise.to_string(), shown);
        }
        case("5..10", 5.0, 10.0, "+5% to +10%");
        case("5-10", 5.0, 10.0, "+5% to +10%");
        case("5–10%", 5.0, 10.0, "+5% to +10%");
        case("7.5", 7.5, 7.5, "+7.5%");
        case("+5%..+10%", 5.0, 10.0, "+5% to +10%");
        case("0", 0.0, 0.0, "+0%");
        for text in [
            "", "..", "5..", "10..5", "-5", "51", "NaN", "inf", "5...10", "five", "++5",
        ] {
            assert!(text.parse::<Raise>().is_err(), "{text}");
        }
    }

    #[test]
    fn counts_and_times_are_checked_at_the_door() {
        for text in ["0", "-1", "40.5", "", "forty", "99999999999"] {
            assert!(text.parse::<Count>().is_err(), "{text}");
        }
        for (text, what_would_do) in [
            ("40,5", "a whole number of steps, 40 or 41"),
            ("40.5", "a whole number of steps, 40 or 41"),
            ("40,41", "several counts with blanks between them: 40 41"),
            ("forty", "a whole number of steps, at least 1"),
        ] {
            assert_eq!(
                text.parse::<Count>().unwrap_err().to_string(),
                format!("'{text}' is not a count: write {what_would_do}")
            );
        }
        assert_eq!(
            "172,5".parse::<Cadence>().unwrap_err().to_string(),
            "'172,5' is not a cadence: write steps per minute, such as 172.5"
        );
        for text in ["160spm", "160 spm", "160bpm", " 160 "] {
            assert_eq!(text.parse(), Cadence::from_spm(160.0), "{text}");
        }
        for seconds in [0, 4, 3601] {
            assert!(
                Method::new(Feet::One, Timing::FixedTime, Duration::from_secs(seconds)).is_err()
            );
        }
        assert_eq!(
            measure(Feet::One, HALF_MINUTE, &[]),
            Err(CadenceError::NoCount)
        );
        assert!(Cadence::from_spm(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn the_true_cadence_lies_within_the_uncertainty_of_one_count(
            spm in 140.0..210.0, phase in 0.0..1.0, seconds in 10_u64..120, one_foot: bool,
        ) {
            let feet = if one_foot { Feet::One } else { Feet::Both };
            let time = Duration::from_secs(seconds);
            // Landings stand at (k + phase) / rate: those in the window are counted.
            let per_second = spm / 60.0 / f64::from(feet.steps_per_count());
            let landed = f64::ceil(per_second * time.as_secs_f64() - phase) as u32;
            let measured = measure(feet, time, &[landed]).unwrap();
            prop_assert!(f64::abs(measured.estimate().cadence().spm() - spm) <= measured.estimate().uncertainty_spm() + 1e-9);
        }

        #[test]
        fn a_target_is_ordered_and_no_text_panics(spm in 30.0..250.0, low in 0.0..10.0, more in 0.0..10.0, text: String) {
            let raise = Raise::from_percent(low, low + more).unwrap();
            let target = Cadence::from_spm(spm).unwrap().raised_by(raise).unwrap();
            prop_assert!(target.low() <= target.mid() && target.mid() <= target.high());
            let _ = (text.parse::<Raise>(), text.parse::<Count>(), text.parse::<Cadence>());
        }
    }
}
