//! The first day of a plan as people type it.

use jiff::civil::Date;
use jiff::{Span, Zoned};

use cadence::plan::day_name;

/// A date, or one of the words for a day: `today`, `tomorrow`, and the next day of a name, today
/// included.
pub(super) fn date(text: &str) -> Result<Date, &'static str> {
    let today = Zoned::now().date();
    let ahead = |days: i64| today.checked_add(Span::new().days(days)).ok();
    let word = text.trim().to_lowercase();
    let day = match word.as_str() {
        "today" => Some(today),
        "tomorrow" => ahead(1),
        _ => (0..7)
            .filter_map(ahead)
            .find(|date| word.starts_with(day_name(*date)) && is_day(&word)),
    };
    day.or_else(|| text.trim().parse().ok())
        .ok_or("not a date: write one such as 2026-12-01, tomorrow or mon")
}

/// Whether a word is a day of the week: its first three letters, or all of them.
fn is_day(word: &str) -> bool {
    const DAYS: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    DAYS.iter().any(|day| *day == word || day[..3] == *word)
}
