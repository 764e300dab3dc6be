//! Time in whole frames: sample rates, positions and lengths.

use std::fmt;
use std::time::Duration;

use super::ScheduleError;

/// Frames per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleRate(pub(super) u32);

impl SampleRate {
    /// The highest rate, in Hz.
    pub const MAX_HZ: u32 = 768_000;

    /// Checks a rate in Hz.
    ///
    /// # Errors
    /// [`ScheduleError::Rate`] for zero and above [`MAX_HZ`](Self::MAX_HZ).
    pub fn from_hz(hz: u32) -> Result<Self, ScheduleError> {
        if (1..=Self::MAX_HZ).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(ScheduleError::Rate(hz))
        }
    }

    /// Frames per second.
    #[must_use]
    pub fn hz(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A position, as the number of frames before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame(pub(super) u64);

impl Frame {
    /// Position zero.
    pub const START: Self = Self(0);

    /// The frame `frames` after the start.
    #[must_use]
    pub fn after(frames: Frames) -> Self {
        Self(frames.0)
    }

    /// The number of frames before this one.
    #[must_use]
    pub fn index(self) -> u64 {
        self.0
    }

    /// The frame nearest to a time since frame zero, half up.
    #[must_use]
    pub fn nearest(time: Duration, rate: SampleRate) -> Self {
        Self(Frames::nearest(time, rate).0)
    }

    /// The length from an earlier frame to this one; zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Frames {
        Frames(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Frames> for Frame {
    type Output = Self;

    fn add(self, length: Frames) -> Self {
        Self(self.0 + length.0)
    }
}

/// A length: a number of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frames(pub(super) u64);

impl Frames {
    /// A number of frames.
    #[must_use]
    pub fn from_count(frames: u64) -> Self {
        Self(frames)
    }

    /// The number of frames.
    #[must_use]
    pub fn count(self) -> u64 {
        self.0
    }

    /// The whole number of frames nearest to a time, half up.
    #[must_use]
    pub fn nearest(time: Duration, rate: SampleRate) -> Self {
        nearest(time.as_nanos(), rate)
    }

    /// The duration of the frames, rounded down to the nanosecond.
    #[must_use]
    pub fn duration(self, rate: SampleRate) -> Duration {
        let hz = u64::from(rate.0);
        // Less than a second, so a u32 holds it.
        let below_a_second = u32::try_from((self.0 % hz) * 1_000_000_000 / hz).unwrap_or(0);
        Duration::new(self.0 / hz, below_a_second)
    }
}

impl std::ops::Add for Frames {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self(self.0 + more.0)
    }
}

pub(super) const NANOS: u128 = 1_000_000_000;

/// The whole number of frames nearest to a time in nanoseconds, half up.
pub(super) fn nearest(nanos: u128, rate: SampleRate) -> Frames {
    let frames = (2 * nanos * u128::from(rate.0) + NANOS) / (2 * NANOS);
    Frames(u64::try_from(frames).unwrap_or(u64::MAX))
}

/// A whole number that its callers know to be within 64 bits; else the nearest that is.
pub(super) fn narrowed(value: u128) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// The same with a sign, which 127 bits leave room for.
pub(super) fn signed(value: u128) -> i128 {
    i128::try_from(value).unwrap_or(i128::MAX)
}

/// The whole number below a positive one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "there is no TryFrom a float; beyond the range, `as` gives the nearest value"
)]
pub(super) fn floor(value: f64) -> u64 {
    value as u64
}
