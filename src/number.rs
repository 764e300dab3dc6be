//! The one rounding rule: how a number is shown to a person.
//!
//! Text, `--print` and shell output round by it; JSON carries full precision. Anything that rounds
//! a number for display calls this module, so that no two places show one value differently.

/// The error that arithmetic may add to an exact half, in units of the last decimal shown: `(162.0
/// / 160.0 - 1.0) * 100.0` is 1.2499999999999956, and means 1.25.
const SLACK: f64 = 1e-9;

/// The nearest multiple of a tenth; a half is rounded up, below zero down (−1.25 is −1.3).
///
/// ```
/// use cadence::number::tenths;
///
/// assert_eq!(tenths(160.05), 160.1);
/// assert_eq!(tenths((162.0 / 160.0 - 1.0) * 100.0), 1.3); // exactly +1.25 %
/// ```
#[must_use]
pub fn tenths(value: f64) -> f64 {
    nearest(value * 10.0) / 10.0
}

/// The nearest whole number; a half is rounded as by [`tenths`].
#[must_use]
pub fn whole(value: f64) -> f64 {
    nearest(value)
}

/// A number with one decimal at the most: `160.1`, and `160` rather than `160.0`.
#[must_use]
pub fn one_decimal(value: f64) -> String {
    format!("{}", tenths(value))
}

/// A number with one decimal at the most and its sign: `+2.4`, `-0.5`, `+0`.
#[must_use]
pub fn signed(value: f64) -> String {
    format!("{:+}", tenths(value))
}

fn nearest(value: f64) -> f64 {
    // `+ 0.0` turns -0 into 0.
    (value + SLACK.copysign(value)).round() + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_is_rounded_up() {
        for (value, shown) in [
            (160.0, "160"),
            (160.05, "160.1"),
            (159.96, "160"),
            (2.25, "2.3"),
            (2.249, "2.2"),
            (-2.25, "-2.3"),
            (-0.01, "0"),
            (168.000_000_000_000_03, "168"),
        ] {
            assert_eq!(one_decimal(value), shown);
        }
    }

    #[test]
    fn a_half_that_arithmetic_missed_is_a_half() {
        let exactly = (162.0 / 160.0 - 1.0) * 100.0;
        assert!(exactly < 1.25);
        assert_eq!(signed(exactly), "+1.3");
        assert_eq!(signed(-exactly), "-1.3");
        assert_eq!(whole(12.5), 13.0);
    }

    #[test]
    fn a_sign_is_always_shown() {
        for (value, shown) in [(5.0, "+5"), (0.0, "+0"), (-0.04, "+0"), (-0.05, "-0.1")] {
            assert_eq!(signed(value), shown);
        }
    }
}
