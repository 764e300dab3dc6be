//! Days of the week.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};

use super::PlanError;

/// The days of the week for runs, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days(pub(super) u8);

/// Monday first, as [`Days`] has them from its lowest bit on.
const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

impl Days {
    /// The number of runs in a week.
    #[must_use]
    pub fn a_week(self) -> u32 {
        self.0.count_ones()
    }

    pub(super) fn contain(self, day: Weekday) -> bool {
        self.0 >> day.to_monday_zero_offset() & 1 == 1
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = WEEK.iter().filter(|(_, day)| self.contain(*day));
        f.write_str(&names.map(|(name, _)| *name).collect::<Vec<_>>().join(","))
    }
}

/// Parses days such as `mon,wed,sat`, in any order.
impl FromStr for Days {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut days = 0;
        for name in text.split(',') {
            let name = name.trim().to_ascii_lowercase();
            let (_, day) = WEEK
                .iter()
                .find(|(short, _)| name == *short)
                .ok_or_else(|| PlanError::Days(text.to_owned()))?;
            days |= 1 << day.to_monday_zero_offset();
        }
        Ok(Self(days))
    }
}

/// The short name of a day: `mon`.
#[must_use]
pub fn day_name(date: Date) -> &'static str {
    WEEK[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())].0
}
