//! The calculation: from counted steps to a cadence with its uncertainty, and from a cadence to a
//! target range.
//!
//! The arithmetic of steps and minutes belongs here. Tempo, clicks and files do not.
//!
//! Every rule names its source. "EVIDENCE" refers to the project's evidence page: the rule of the
//! source article (count one foot for 30 s, times four, raise by 5 to 10 %), and its table of
//! simulated counting errors.

mod count;
mod raise;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::notation;
#[doc(hidden)]
pub use crate::number::one_decimal;

pub use count::{Count, Doubt, Estimate, Feet, Measurement, Method, Timing};
pub use raise::{Raise, STUDIED_RAISE_PERCENT, TargetRange};

/// The cadence below which a runner is probably walking, in spm: the walk to run transition lies at
/// 135 to 140 steps a minute (`PubMed` 37336086, 2023).
pub const WALKING_BELOW_SPM: f64 = 140.0;

/// The cadence above which a value is unusual, in spm: the fastest of an elite 100 km field took
/// 210 steps a minute (Burns 2019).
pub const UNUSUAL_ABOVE_SPM: f64 = 210.0;

/// The cadence from which a further raise may not help, in spm: no study of a raise says how high
/// is high enough. The project's own threshold: 46 counted steps of one foot in 30 s are 184 spm,
/// 47 are 188.
pub const HIGH_FROM_SPM: f64 = 185.0;

/// Running cadence in steps per minute (spm), both feet counted.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Cadence(f64);

impl Cadence {
    /// The slowest accepted cadence: a slow shuffle. The project's own bound.
    pub const MIN_SPM: f64 = 30.0;
    /// The fastest accepted cadence: sprinters reach 300 steps a minute. The project's own bound.
    pub const MAX_SPM: f64 = 300.0;
    /// Where walking ends and running begins, unless the runner says otherwise:
    /// [`WALKING_BELOW_SPM`].
    pub const WALK_TO_RUN: Self = Self(WALKING_BELOW_SPM);

    /// Checks a value in steps per minute. NaN is out of range.
    ///
    /// # Errors
    /// [`CadenceError::OutOfRange`] outside [`MIN_SPM`](Self::MIN_SPM) to
    /// [`MAX_SPM`](Self::MAX_SPM).
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

    /// The doubt about raising this cadence, if any, however it was measured.
    #[must_use]
    pub fn doubt(self) -> Option<Doubt> {
        (self.0 >= HIGH_FROM_SPM).then_some(Doubt::High)
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spm", one_decimal(self.0))
    }
}

/// Parses steps per minute, with or without the unit: `160`, `158.7`, `160 spm`.
impl FromStr for Cadence {
    type Err = CadenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spm = notation::without_unit(text)
            .parse()
            .map_err(|_| CadenceError::NotACadence(text.to_owned()))?;
        Self::from_spm(spm)
    }
}

/// Why a count, a time, a cadence or a raise was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CadenceError {
    /// A cadence out of range.
    #[error("a cadence of {} spm is out of range: {} to {} spm", one_decimal(*.0), Cadence::MIN_SPM, Cadence::MAX_SPM)]
    OutOfRange(f64),
    /// Text that is not a cadence.
    #[error("'{}' is not a cadence: write steps per minute, such as {}", .0, notation::example(.0, "160"))]
    NotACadence(String),
    /// Text that is not a count.
    #[error("'{}' is not a count: write {}", .0, whole_steps(.0))]
    NotACount(String),
    /// No count at all.
    #[error("there is no count: write at least one number of steps, such as 40")]
    NoCount,
    /// More than one count for one stopwatch time.
    #[error("{0} counts share one stopwatch time: write one count, with the time that it took")]
    StopwatchCounts(usize),
    /// A time out of range.
    #[error("a count cannot last {}: 5s to 1h, such as 30s", humantime::format_duration(*.0))]
    Time(Duration),
    /// Counts whose cadence is out of range.
    #[error("a count of {} in {} s, {}, would be {} spm, out of range: {} to {} spm",
        one_decimal(*steps), one_decimal(method.time().as_secs_f64()), method.feet(),
        one_decimal(*spm), Cadence::MIN_SPM, Cadence::MAX_SPM)]
    Counted {
        /// How it was counted.
        method: Method,
        /// The mean of the counts.
        steps: f64,
        /// The cadence in steps per minute.
        spm: f64,
        /// The cadence with the other choice of feet, if that is in range.
        other_feet: Option<Cadence>,
    },
    /// Text or numbers that are not a raise.
    #[error(
        "'{}' is not a raise: write percent from 0 to 50, {}",
        .0, notation::with_decimal_point(.0).map_or(
            "one number or a range such as 5..10".to_owned(), |number| format!("such as {number}")
        )
    )]
    Raise(String),
}

/// What to write instead of text that is not a count: `40 or 41 steps` for `40,5`, `40 41` for
/// `40,41`.
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
