//! The settings from which a plan is made.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;

use crate::cadence::{Cadence, Raise};
use crate::duration::{self, DurationError};
use crate::tolerance::Tolerance;
use crate::workout::Segment;

use super::{Days, PlanError};

/// The settings of a plan: the runner's cadence, the first day and the choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    pub(super) base: Cadence,
    pub(super) start: Date,
    pub(super) raise: Option<Raise>,
    pub(super) days: Option<Days>,
    pub(super) rise: Rise,
    pub(super) warm_up: EasyTime,
    pub(super) cool_down: EasyTime,
    pub(super) from: usize,
    pub(super) tolerance: Option<Tolerance>,
}

impl Setup {
    /// Settings for a runner with this cadence, from this day on, with the preset's defaults.
    #[must_use]
    pub fn new(base: Cadence, start: Date) -> Self {
        Self {
            base,
            start,
            raise: None,
            days: None,
            rise: Rise::DEFAULT,
            warm_up: EasyTime::DEFAULT,
            cool_down: EasyTime::DEFAULT,
            from: 1,
            tolerance: None,
        }
    }

    /// Raises the cadence by the low end of `raise` instead of the preset's raise.
    #[must_use]
    pub fn with_raise(self, raise: Raise) -> Self {
        Self {
            raise: Some(raise),
            ..self
        }
    }

    /// Runs on these days instead of the preset's days.
    #[must_use]
    pub fn on_days(self, days: Days) -> Self {
        Self {
            days: Some(days),
            ..self
        }
    }

    /// Sets the rise, if the preset is [gradual](super::Preset::is_gradual).
    #[must_use]
    pub fn with_rise(self, rise: Rise) -> Self {
        Self { rise, ..self }
    }

    /// Sets the easy time before each run.
    #[must_use]
    pub fn with_warm_up(self, warm_up: EasyTime) -> Self {
        Self { warm_up, ..self }
    }

    /// Sets the easy time after each run.
    #[must_use]
    pub fn with_cool_down(self, cool_down: EasyTime) -> Self {
        Self { cool_down, ..self }
    }

    /// Takes the plan up again with this run, counted from one, on the first day.
    #[must_use]
    pub fn from_run(self, from: usize) -> Self {
        Self { from, ..self }
    }

    /// Notes the tolerance with which the runs are to be judged.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        Self {
            tolerance: Some(tolerance),
            ..self
        }
    }
}

/// Time of easy running without clicks before or after a run; zero leaves it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EasyTime(Duration);

impl EasyTime {
    /// Five minutes. The project's own choice: no source gives a time.
    pub const DEFAULT: Self = Self(Duration::from_secs(5 * 60));
    /// None.
    pub const NONE: Self = Self(Duration::ZERO);
    /// The longest. The project's own bound.
    pub const MAX: Duration = Duration::from_secs(60 * 60);

    /// Checks a time: zero, or a second to an hour.
    ///
    /// # Errors
    /// [`EasyTimeError::OutOfRange`] outside of that.
    pub fn new(time: Duration) -> Result<Self, EasyTimeError> {
        if time.is_zero() || (Segment::MIN_LENGTH..=Self::MAX).contains(&time) {
            Ok(Self(time))
        } else {
            Err(EasyTimeError::OutOfRange)
        }
    }

    /// The time.
    #[must_use]
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl fmt::Display for EasyTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// Parses a time as [`duration::parse`] does, and `0`.
impl FromStr for EasyTime {
    type Err = EasyTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "0" {
            return Ok(Self::NONE);
        }
        Self::new(duration::parse(text)?)
    }
}

/// Why an easy time was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EasyTimeError {
    /// Text that is not a time.
    #[error(transparent)]
    NotADuration(#[from] DurationError),
    /// A time out of range.
    #[error("out of range: 1s to 1h, or 0 to leave it out")]
    OutOfRange,
}

/// How fast a gradual plan rises, in steps per minute every few weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rise {
    pub(super) spm: f64,
    pub(super) weeks: u32,
}

impl Rise {
    /// Coaches' +5 spm every 2 to 3 weeks (`RunTempo`).
    pub const DEFAULT: Self = Self { spm: 5.0, weeks: 2 };

    /// Checks a rise: 0.5 to 20 spm, every 1 to 8 weeks. The project's own bounds.
    ///
    /// # Errors
    /// [`PlanError::Rise`] outside of them.
    pub fn new(spm: f64, weeks: u32) -> Result<Self, PlanError> {
        if (0.5..=20.0).contains(&spm) && (1..=8).contains(&weeks) {
            Ok(Self { spm, weeks })
        } else {
            Err(PlanError::Rise(spm, weeks))
        }
    }

    /// The rise in steps per minute.
    #[must_use]
    pub fn spm(self) -> f64 {
        self.spm
    }

    /// The number of weeks between rises.
    #[must_use]
    pub fn weeks(self) -> u32 {
        self.weeks
    }
}
