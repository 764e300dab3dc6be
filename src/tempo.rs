//! Tempo in beats per minute, and which beats sound.
//!
//! Only the number belongs here. The time of each beat belongs to [`schedule`](crate::schedule).

use std::fmt;
use std::iter;
use std::str::FromStr;

use crate::cadence::Cadence;
use crate::notation;

/// A tempo in beats per minute (BPM), kept as an exact decimal fraction.
///
/// One beat is one step, so a tempo equals the cadence that it asks for. Nine decimals are kept
/// exactly: 59.94 is 5994/100, not the nearest binary number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tempo(u64);

impl Tempo {
    /// The slowest tempo.
    pub const MIN: Self = Self(20 * Self::PER_BPM);
    /// The fastest tempo.
    pub const MAX: Self = Self(400 * Self::PER_BPM);

    /// Billionths in one BPM: the unit in which a tempo is exact.
    const PER_BPM: u64 = 1_000_000_000;

    /// Checks a number of beats per minute and keeps its decimal form, rounded to nine decimals.
    ///
    /// # Errors
    /// [`TempoError::OutOfRange`] outside 20 to 400; NaN is out of range.
    pub fn from_bpm(bpm: f64) -> Result<Self, TempoError> {
        // The product stays below 2^53, so it is off by less than half a billionth and rounds to
        // the decimal that was meant.
        if (20.0..=400.0).contains(&bpm) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 2e10 to 4e11, and whole"
            )]
            Ok(Self((bpm * 1e9).round() as u64))
        } else {
            Err(TempoError::OutOfRange(format!("{bpm}")))
        }
    }

    /// Checks a tempo in billionths of a beat per minute, the unit in which it is exact.
    ///
    /// # Errors
    /// [`TempoError::OutOfRange`] outside 20 to 400 BPM.
    pub fn from_nano_bpm(nano_bpm: u64) -> Result<Self, TempoError> {
        let tempo = Self(nano_bpm);
        if (Self::MIN..=Self::MAX).contains(&tempo) {
            Ok(tempo)
        } else {
            Err(TempoError::OutOfRange(decimal(nano_bpm)))
        }
    }

    /// Beats per minute, as the nearest binary number.
    #[must_use]
    pub fn bpm(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Billionths of a beat per minute, exactly.
    #[must_use]
    pub fn nano_bpm(self) -> u64 {
        self.0
    }

    /// The exact decimal without the unit, as it is read back: `170.5`.
    #[must_use]
    pub fn to_decimal(self) -> String {
        decimal(self.0)
    }
}

/// The tempo that asks for a cadence: one beat a step.
impl TryFrom<Cadence> for Tempo {
    type Error = TempoError;

    fn try_from(cadence: Cadence) -> Result<Self, Self::Error> {
        Self::from_bpm(cadence.spm())
    }
}

/// `nano_bpm` billionths as a decimal number, with no more digits than it needs.
fn decimal(nano_bpm: u64) -> String {
    let whole = nano_bpm / Tempo::PER_BPM;
    let fraction = nano_bpm % Tempo::PER_BPM;
    if fraction == 0 {
        return whole.to_string();
    }
    format!("{whole}.{fraction:09}")
        .trim_end_matches('0')
        .to_owned()
}

impl fmt::Display for Tempo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} BPM", decimal(self.0))
    }
}

/// Parses a decimal number of at most nine decimals exactly, with or without the unit: `170`,
/// `170.5`, `59.94 BPM`, `168spm`.
impl FromStr for Tempo {
    type Err = TempoError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = notation::without_unit(text);
        let (whole, fraction) = trimmed.split_once('.').unwrap_or((trimmed, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(TempoError::NotATempo(text.to_owned()));
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 9 {
            return Err(TempoError::TooFine(text.to_owned()));
        }
        // Digits only, so what fails to parse is too large.
        let out_of_range = || TempoError::OutOfRange(trimmed.to_owned());
        let whole: u64 = whole.parse().map_err(|_| out_of_range())?;
        // As nine digits.
        let fraction = fraction
            .bytes()
            .chain(iter::repeat(b'0'))
            .take(9)
            .fold(0, |nano, digit| 10 * nano + u64::from(digit - b'0'));
        whole
            .checked_mul(Self::PER_BPM)
            .and_then(|nano| nano.checked_add(fraction))
            .ok_or_else(out_of_range)
            .and_then(|nano| Self::from_nano_bpm(nano).map_err(|_| out_of_range()))
    }
}

/// Which beats of the grid sound.
///
/// The grid has one beat a step either way, so the tempo stays the cadence: 168 BPM per stride is
/// 84 clicks a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pulse {
    /// Every beat: one click a step, which keeps runners steadier (Nijs 2020, PMC7288070).
    #[default]
    PerStep,
    /// Every second beat: one click a stride, always on the same foot.
    PerStride,
}

/// Why a tempo was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TempoError {
    /// Text that is not a number.
    #[error("'{}' is not a tempo: write beats per minute, such as {}", .0, notation::example(.0, "168 or 170.5"))]
    NotATempo(String),
    /// A number out of range.
    #[error("a tempo of {0} BPM is out of range: 20 to 400 BPM")]
    OutOfRange(String),
    /// More decimals than are kept.
    #[error("'{0}' has more than nine decimals: write it shorter, such as 170.5")]
    TooFine(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_kept_exactly() {
        for (text, nano) in [
            ("170", 170_000_000_000),
            ("170.5", 170_500_000_000),
            ("59.94", 59_940_000_000),
            ("20", 20_000_000_000),
            ("399.999999999", 399_999_999_999),
            ("0170.50", 170_500_000_000),
            ("170.5000000000000", 170_500_000_000),
            ("170spm", 170_000_000_000),
            ("168 spm", 168_000_000_000),
            ("168bpm", 168_000_000_000),
        ] {
            assert_eq!(text.parse::<Tempo>().unwrap().nano_bpm(), nano, "{text}");
        }
    }

    #[test]
    fn what_is_no_tempo_is_refused_with_the_reason() {
        #[track_caller]
        fn case(text: &str, message: &str) {
            assert_eq!(text.parse::<Tempo>().unwrap_err().to_string(), message);
        }
        case(
            "fast",
            "'fast' is not a tempo: write beats per minute, such as 168 or 170.5",
        );
        case(
            "172,5",
            "'172,5' is not a tempo: write beats per minute, such as 172.5",
        );
        case(
            "",
            "'' is not a tempo: write beats per minute, such as 168 or 170.5",
        );
        case(
            "-170",
            "'-170' is not a tempo: write beats per minute, such as 168 or 170.5",
        );
        case(
            "1e2",
            "'1e2' is not a tempo: write beats per minute, such as 168 or 170.5",
        );
        case(
            "19.999",
            "a tempo of 19.999 BPM is out of range: 20 to 400 BPM",
        );
        case(
            "400.000000001",
            "a tempo of 400.000000001 BPM is out of range: 20 to 400 BPM",
        );
        case(
            "99999999999999999999",
            "a tempo of 99999999999999999999 BPM is out of range: 20 to 400 BPM",
        );
        case(
            "170.0000000001",
            "'170.0000000001' has more than nine decimals: write it shorter, such as 170.5",
        );
    }

    #[test]
    fn a_binary_number_is_taken_as_the_decimal_that_it_shows() {
        assert_eq!(Tempo::from_bpm(59.94).unwrap(), "59.94".parse().unwrap());
        assert_eq!(
            Tempo::from_bpm(168.000_000_000_000_03).unwrap(),
            "168".parse().unwrap()
        );
        assert!(Tempo::from_bpm(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(nano in Tempo::MIN.nano_bpm()..=Tempo::MAX.nano_bpm()) {
            let tempo = Tempo::from_nano_bpm(nano).unwrap();
            prop_assert_eq!(tempo.to_decimal().parse::<Tempo>().unwrap(), tempo);
            prop_assert_eq!(tempo.to_string(), format!("{} BPM", tempo.to_decimal()));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Tempo>();
        }
    }
}
