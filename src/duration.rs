//! Lengths of time as people write them: `30s`, `1m 30s`, `1m30`, `1:30`.

use std::time::Duration;

/// Reads a length of time: `30s`, `1m 30s`, `1.5h`; `1m30` and `1h30`, where the unit after the
/// last one is meant; `1:30` as minutes and seconds, `1:02:03` with hours.
///
/// ```
/// use std::time::Duration;
/// use cadence::duration;
///
/// assert_eq!(duration::parse("1:30")?, Duration::from_secs(90));
/// assert_eq!(
///     duration::parse("30").unwrap_err().to_string(),
///     "'30' has no unit: write 30s for seconds, 30m for minutes",
/// );
/// # Ok::<(), duration::DurationError>(())
/// ```
///
/// # Errors
/// [`DurationError`]: a number without a unit, or text that is no length of time.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let trimmed = text.trim();
    if let Some(time) = clock(trimmed) {
        return Ok(time);
    }
    let completed = with_last_unit(trimmed);
    humantime::parse_duration(completed.as_deref().unwrap_or(trimmed)).map_err(|_| {
        let number = crate::notation::with_decimal_point(trimmed);
        let number = number.as_deref().unwrap_or(trimmed);
        let is_number = number
            .parse::<f64>()
            .is_ok_and(|it| it >= 0.0 && it.is_finite());
        match (is_number, number == trimmed) {
            (true, _) => DurationError::NoUnit {
                text: text.to_owned(),
                number: number.to_owned(),
            },
            (false, false) => DurationError::DecimalComma {
                text: text.to_owned(),
                number: number.to_owned(),
            },
            (false, true) => DurationError::NotADuration(text.to_owned()),
        }
    })
}

/// `1:30` is a minute and a half, `1:02:03` an hour and more; every part but the first has two
/// digits below 60.
fn clock(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let first: u64 = whole(parts.next()?)?;
    let mut seconds = first;
    let mut number = 1;
    for part in parts {
        let part = (part.len() == 2).then(|| whole(part)).flatten()?;
        if part >= 60 {
            return None;
        }
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
        number += 1;
    }
    (2..=3)
        .contains(&number)
        .then(|| Duration::from_secs(seconds))
}

/// `1m30s` for `1m30`, `1h30m` for `1h30`: the unit below the last one, for a number below 60.
fn with_last_unit(text: &str) -> Option<String> {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let last = whole(&text[before.len()..])?;
    let unit = match before.trim_end().chars().last()? {
        'h' => 'm',
        'm' => 's',
        _ => return None,
    };
    (last < 60).then(|| format!("{text}{unit}"))
}

fn whole(text: &str) -> Option<u64> {
    // The parser of numbers takes a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Why a length of time was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A number alone.
    #[error("'{text}' has no unit: write {number}s for seconds, {number}m for minutes")]
    NoUnit {
        /// What was written.
        text: String,
        /// The number, with a decimal point.
        number: String,
    },
    /// A decimal comma.
    #[error("'{text}' has a decimal comma: write {number}")]
    DecimalComma {
        /// What was written.
        text: String,
        /// The same with a decimal point.
        number: String,
    },
    /// Text that is not a length of time.
    #[error("'{0}' is not a length of time: write it such as 30s, 1m 30s or 1:30")]
    NotADuration(String),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("30s", 30),
            ("1m 30s", 90),
            ("1m30s", 90),
            ("1m30", 90),
            ("1h30", 5_400),
            ("1h 2m 3", 3_723), // an odd way, but clear
            ("1:30", 90),
            ("90:00", 5_400),
            ("1:02:03", 3_723),
            ("0:07", 7),
            (" 30 min ", 1_800),
            ("1.5h", 5_400),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_says_what_would_do() {
        #[track_caller]
        fn case(text: &str, message: &str) {
            assert_eq!(parse(text).unwrap_err().to_string(), message);
        }
        case(
            "30",
            "'30' has no unit: write 30s for seconds, 30m for minutes",
        );
        case(
            "1,5",
            "'1,5' has no unit: write 1.5s for seconds, 1.5m for minutes",
        );
        case("1,5m", "'1,5m' has a decimal comma: write 1.5m");
        for text in [
            "",
            "soon",
            "-5s",
            "1:75",
            "1:3",
            ":30",
            "1:2:3:4",
            "1m75",
            "99999999999999999999:00",
        ] {
            case(
                text,
                &format!("'{text}' is not a length of time: write it such as 30s, 1m 30s or 1:30"),
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = parse(&text);
        }
    }
}
