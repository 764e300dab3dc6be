//! How much a cadence is raised, and the target range that results.

use std::fmt;
use std::str::FromStr;

use super::{Cadence, CadenceError};
use crate::notation;
use crate::number::one_decimal;

/// The largest raise that has been studied, in percent (Heiderscheit 2011, Lenhart 2014: +5 % and
/// +10 %).
pub const STUDIED_RAISE_PERCENT: f64 = 10.0;

impl Cadence {
    /// Raises this cadence to a target range.
    ///
    /// # Errors
    /// [`CadenceError::OutOfRange`] if an end of the target exceeds the fastest cadence.
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

/// A raise of a cadence in percent: a range, whose ends may be equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raise {
    low: f64,
    high: f64,
}

impl Raise {
    /// The rule of the source article, which is also the range studied: +5 to +10 % (Heiderscheit
    /// 2011).
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

    /// Whether studies tried raises this high.
    #[must_use]
    pub fn is_studied(self) -> bool {
        self.high <= STUDIED_RAISE_PERCENT
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

/// The range of cadences to aim for: a cadence raised by a [`Raise`].
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
