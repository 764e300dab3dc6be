//! Checked quantities of a recording, the same for records and laps in every format.
//!
//! What says "no value" is left out silently, for devices write that all the time. What no device
//! could have measured is left out and becomes a [`Fault`]: the file is damaged, or was edited.

use super::recording::Fault;

/// A value that no watch can have measured.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{quantity} {value:?}")]
pub struct OutOfRange {
    /// The quantity.
    pub quantity: &'static str,
    /// The value.
    pub value: f64,
}

/// Checks a number against a range; NaN is outside every range.
fn checked(quantity: &'static str, value: f64, low: f64, high: f64) -> Result<f64, OutOfRange> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(OutOfRange { quantity, value })
    }
}

/// Single precision is what a recording's memory is bounded by: seven digits, more than any sensor
/// has.
#[allow(
    clippy::cast_possible_truncation,
    reason = "the value was checked against a range far inside that of f32"
)]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
}

/// A recorded cadence, in steps or strides per minute.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct RawCadence(f32);

impl RawCadence {
    /// From here on a value is none: 254 and 255 say so in every format whose cadence is a byte,
    /// and as steps a minute only sprinters reach them.
    const NO_VALUE_FROM: f64 = 254.0;
    /// 255 and its fraction still say "no value"; from here on a value is a fault.
    const FAULT_FROM: f64 = 256.0;

    /// The value.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.0)
    }
}

/// Checks the target of a live run, in steps per minute.
pub(super) fn target(spm: f64) -> Result<f64, OutOfRange> {
    checked("target", spm, 0.0, 400.0)
}

/// Checks the tolerance of a live run, in percent.
pub(super) fn tolerance(percent: f64) -> Result<f64, OutOfRange> {
    checked("tolerance", percent, 0.0, 100.0)
}

/// A recorded cadence and its validity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Reading {
    /// There is no cadence.
    #[default]
    Missing,
    /// There is a cadence that says "no value" (254, 255), or is not a number that a cadence can
    /// be.
    Invalid,
    /// A value; zero is one.
    Raw(RawCadence),
}

impl Reading {
    /// Checks a number.
    ///
    /// # Errors
    /// [`OutOfRange`] if it is neither a cadence nor one of the values that mean "no value".
    pub fn from_number(raw: f64) -> Result<Self, OutOfRange> {
        let raw = checked("cadence", raw, 0.0, RawCadence::FAULT_FROM)?;
        Ok(if raw < RawCadence::NO_VALUE_FROM {
            Self::Raw(RawCadence(single(raw)))
        } else {
            Self::Invalid
        })
    }

    /// The value, where there is one.
    #[must_use]
    pub fn raw(self) -> Option<f64> {
        match self {
            Self::Raw(raw) => Some(raw.value()),
            Self::Missing | Self::Invalid => None,
        }
    }

    /// The first of two that says more.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Raw(_), _) | (Self::Invalid, Self::Missing | Self::Invalid) => self,
            (Self::Missing | Self::Invalid, _) => other,
        }
    }
}

/// A speed, in metres a second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Speed(f32);

impl Speed {
    /// Faster than anything that a watch is carried on, but for an aeroplane. The project's own
    /// bound.
    pub const MAX_MPS: f64 = 100.0;

    /// Checks a value in metres a second.
    ///
    /// # Errors
    /// [`OutOfRange`] outside 0 to [`MAX_MPS`](Self::MAX_MPS).
    pub fn from_mps(mps: f64) -> Result<Self, OutOfRange> {
        checked("speed", mps, 0.0, Self::MAX_MPS).map(|mps| Self(single(mps)))
    }

    /// Metres a second.
    #[must_use]
    pub fn mps(self) -> f64 {
        f64::from(self.0)
    }
}

/// A distance, in metres.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Distance(f64);

impl Distance {
    /// More than anybody covers in four days. The project's own bound.
    pub const MAX_METRES: f64 = 1e7;

    /// Checks a value in metres.
    ///
    /// # Errors
    /// [`OutOfRange`] outside 0 to [`MAX_METRES`](Self::MAX_METRES).
    pub fn from_metres(metres: f64) -> Result<Self, OutOfRange> {
        checked("distance", metres, 0.0, Self::MAX_METRES).map(Self)
    }

    /// Metres.
    #[must_use]
    pub fn metres(self) -> f64 {
        self.0
    }
}

/// How long something lasted, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Span(f64);

impl Span {
    /// The longest recording: four days. The project's own bound.
    pub const MAX_SECONDS: f64 = 4.0 * 24.0 * 3600.0;

    /// Checks a value in seconds.
    ///
    /// # Errors
    /// [`OutOfRange`] outside 0 to [`MAX_SECONDS`](Self::MAX_SECONDS).
    pub fn from_seconds(seconds: f64) -> Result<Self, OutOfRange> {
        checked("duration", seconds, 0.0, Self::MAX_SECONDS).map(Self)
    }

    /// Seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0
    }
}

/// A place on Earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    lat: f64,
    lon: f64,
}

impl Place {
    /// Checks a latitude and a longitude.
    ///
    /// # Errors
    /// [`OutOfRange`] outside 90 and 180 degrees.
    pub fn from_degrees(lat: f64, lon: f64) -> Result<Self, OutOfRange> {
        Ok(Self {
            lat: checked("latitude", lat, -90.0, 90.0)?,
            lon: checked("longitude", lon, -180.0, 180.0)?,
        })
    }

    /// The length of the great circle to another place, in metres (haversine, mean radius of the
    /// Earth: 6371 km).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
        let across = self.lat.to_radians().cos() * other.lat.to_radians().cos();
        let square = half(self.lat, other.lat) + across * half(self.lon, other.lon);
        2.0 * 6_371_000.0 * square.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// Counts what was refused at the door of one file.
#[derive(Debug, Default)]
pub(super) struct Refused {
    count: u64,
    first: Option<(u64, OutOfRange)>,
}

impl Refused {
    /// The checked value, or nothing and a fault; `at` is where it is in the file.
    pub(super) fn check<T>(&mut self, at: u64, value: Result<T, OutOfRange>) -> Option<T> {
        value
            .inspect_err(|refused| {
                self.count += 1;
                self.first.get_or_insert((at, *refused));
            })
            .ok()
    }

    /// The same for a cadence: what was refused is invalid.
    pub(super) fn reading(&mut self, at: u64, raw: f64) -> Reading {
        self.check(at, Reading::from_number(raw))
            .unwrap_or(Reading::Invalid)
    }

    /// What to report.
    pub(super) fn fault(&self) -> Option<Fault> {
        let (first_at, refused) = self.first?;
        Some(Fault::Values {
            count: self.count,
            first_at,
            reason: refused.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300];

    #[test]
    fn a_cadence_is_a_value_or_says_that_there_is_none_or_is_a_fault() {
        assert_eq!(Reading::from_number(0.0).unwrap().raw(), Some(0.0));
        assert_eq!(Reading::from_number(253.5).unwrap().raw(), Some(253.5));
        for none in [254.0, 255.0, 255.99] {
            assert_eq!(Reading::from_number(none), Ok(Reading::Invalid), "{none}");
        }
        for fault in NEVER.into_iter().chain([-1.0, 257.0, 5000.0]) {
            assert!(Reading::from_number(fault).is_err(), "{fault}");
        }
    }

    #[test]
    fn no_quantity_lets_through_what_nobody_measured() {
        for value in NEVER.into_iter().chain([-0.1]) {
            assert!(Speed::from_mps(value).is_err(), "{value}");
            assert!(Distance::from_metres(value).is_err(), "{value}");
            assert!(Span::from_seconds(value).is_err(), "{value}");
        }
        assert!(Speed::from_mps(100.5).is_err());
        assert!(Span::from_seconds(345_600.0).is_ok() && Span::from_seconds(345_601.0).is_err());
        assert!(
            Place::from_degrees(91.0, 0.0).is_err() && Place::from_degrees(0.0, f64::NAN).is_err()
        );
    }

    #[test]
    fn a_minute_of_arc_is_a_nautical_mile() {
        let place = |lat, lon| Place::from_degrees(lat, lon).unwrap();
        let mile = place(0.0, 7.0).metres_to(place(1.0 / 60.0, 7.0));
        assert!((mile - 1853.2).abs() < 0.1, "{mile}");
    }

    #[test]
    fn what_is_refused_is_one_fault_that_names_the_first() {
        let mut refused = Refused::default();
        assert_eq!(refused.fault(), None);
        assert!(refused.check(7, Speed::from_mps(1e38)).is_none());
        assert!(refused.check(9, Distance::from_metres(-5.0)).is_none());
        assert_eq!(refused.reading(11, 80.0).raw(), Some(80.0));
        let fault = refused.fault().unwrap();
        assert_eq!(
            fault,
            Fault::Values {
                count: 2,
                first_at: 7,
                reason: "speed 1e38".into()
            }
        );
    }
}
