//! The tolerance within which a tempo counts as kept.

use std::fmt;
use std::str::FromStr;

/// How far a cadence may differ from a tempo and still count as kept, in percent of the tempo,
/// either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tolerance(u64);

impl Tolerance {
    /// Runners miss a click by 1.8 to 2.9 % on average (Bertram & Moran 2015).
    pub const DEFAULT: Self = Self(3 * Self::PER_PERCENT);
    /// The largest, in percent. The project's own bound.
    pub const MAX_PERCENT: f64 = 20.0;

    /// Billionths in a percent: the unit in which a tolerance is exact.
    const PER_PERCENT: u64 = 1_000_000_000;

    /// Checks a number of percent, kept to nine decimals. NaN is out of range.
    ///
    /// # Errors
    /// [`ToleranceError::OutOfRange`] outside 0 to 20 %.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range has been checked: at most 2e10"
    )]
    pub fn from_percent(percent: f64) -> Result<Self, ToleranceError> {
        if (0.0..=Self::MAX_PERCENT).contains(&percent) {
            Ok(Self((percent * 1e9).round() as u64))
        } else {
            Err(ToleranceError::OutOfRange(percent))
        }
    }

    /// Percent of the tempo.
    #[must_use]
    pub fn percent(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Percent of the tempo in billionths, exactly.
    pub(crate) fn nano_percent(self) -> u64 {
        self.0
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.percent())
    }
}

/// A number of percent: `3`, `2.5`.
impl FromStr for Tolerance {
    type Err = ToleranceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let percent = text.trim().trim_end_matches('%');
        let percent: f64 = percent
            .parse()
            .map_err(|_| ToleranceError::NotATolerance(text.to_owned()))?;
        Self::from_percent(percent)
    }
}

/// Why a tolerance was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ToleranceError {
    /// Text that is not a number.
    #[error("'{0}' is not a tolerance: write percent of the tempo, such as 3")]
    NotATolerance(String),
    /// More or less than a tolerance can be.
    #[error("a tolerance of {0} % is out of range: 0 to {max} %", max = Tolerance::MAX_PERCENT)]
    OutOfRange(f64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_a_percentage_within_bounds() {
        for (text, percent) in [("0", 0.0), ("3", 3.0), ("2.5%", 2.5), ("20", 20.0)] {
            assert_eq!(text.parse::<Tolerance>().unwrap().percent(), percent);
        }
        for (text, refusal) in [
            ("NaN", "a tolerance of NaN % is out of range: 0 to 20 %"),
            ("-1", "a tolerance of -1 % is out of range: 0 to 20 %"),
            ("21", "a tolerance of 21 % is out of range: 0 to 20 %"),
            (
                "wide",
                "'wide' is not a tolerance: write percent of the tempo, such as 3",
            ),
        ] {
            let error = text.parse::<Tolerance>().unwrap_err();
            assert_eq!(error.to_string(), refusal);
        }
    }
}
