//! Numbers as people write them: with a unit, with a decimal comma, and as ranges.
//!
//! Only notation belongs here. Which numbers are allowed is decided where they are used.

/// The text before `spm` or `bpm`, in capitals or not.
pub(crate) fn without_unit(text: &str) -> &str {
    let text = text.trim();
    let unit = text.len().checked_sub(3).and_then(|at| text.get(at..));
    match unit {
        Some(unit)
            if ["spm", "bpm"]
                .iter()
                .any(|it| it.eq_ignore_ascii_case(unit)) =>
        {
            text[..text.len() - 3].trim_end()
        }
        _ => text,
    }
}

/// The same number with a decimal point, where a comma was written for it: `172.5` for `172,5`.
pub(crate) fn with_decimal_point(text: &str) -> Option<String> {
    let (whole, fraction) = text.trim().split_once(',')?;
    let number = format!("{whole}.{fraction}");
    (is_digits(whole.trim_start_matches(['+', '-'])) && starts_with_digit(fraction))
        .then_some(number)
}

/// An example for a message: the number that was meant, if it can be recognised.
pub(crate) fn example(text: &str, otherwise: &str) -> String {
    with_decimal_point(text).unwrap_or_else(|| otherwise.to_owned())
}

/// The two ends of a range: `160..170`, or a dash between two plain numbers, `160-170`.
pub(crate) fn range(text: &str) -> Option<(&str, &str)> {
    if let Some(dots) = two_dots(text) {
        return Some((&text[..dots], &text[dots + 2..]));
    }
    let (low, high) = text.split_once(['-', '–'])?;
    (is_plain(low) && is_plain(high)).then_some((low, high))
}

/// Where the two dots of a range are. To prepare a search for a text takes longer than to look
/// through one so short.
pub(crate) fn two_dots(text: &str) -> Option<usize> {
    text.as_bytes().windows(2).position(|pair| pair == b"..")
}

/// A number without a sign, with or without its unit.
fn is_plain(text: &str) -> bool {
    let number = without_unit(text.trim_end_matches('%'));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    is_digits(whole) && is_digits(fraction)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_may_follow_a_number() {
        for text in ["170", "170spm", "170 spm", "170bpm", " 170 BPM "] {
            assert_eq!(without_unit(text), "170");
        }
        assert_eq!(without_unit("spm"), "");
        assert_eq!(without_unit("ünm"), "ünm");
    }

    #[test]
    fn a_decimal_comma_is_seen() {
        assert_eq!(with_decimal_point("172,5"), Some("172.5".into()));
        assert_eq!(with_decimal_point("+7,5%"), Some("+7.5%".into()));
        for text in ["172.5", "172,", ",5", "mon,wed", ""] {
            assert_eq!(with_decimal_point(text), None, "{text}");
        }
    }

    #[test]
    fn a_range_has_two_dots_or_a_dash_between_plain_numbers() {
        for text in ["160..170", "160-170", "160–170"] {
            assert_eq!(range(text), Some(("160", "170")));
        }
        assert_eq!(range("5%-10%"), Some(("5%", "10%")));
        assert_eq!(range("base..-5%"), Some(("base", "-5%")));
        for text in ["-5", "base-5%", "5-", "1e-3", "160", "160--170", "5-+10"] {
            assert_eq!(range(text), None, "{text}");
        }
    }
}
