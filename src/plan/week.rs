//! The minutes of each week of a plan, and how they grow.

use std::time::Duration;

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;

use super::PlannedRun;
use super::file;

/// A growth from week to week that is marked, in percent: the common guide of 10 % a week, which is
/// not proven protection (Buist 2008, Nielsen 2014).
pub const MARKED_GROWTH_PERCENT: f64 = 10.0;

/// How the minutes of a plan relate to other running.
pub const REPLACES: &str = "these minutes replace usual running, they do not add to it";

/// What is known of weekly growth, and what is not.
pub const GROWTH_EVIDENCE: [&str; 2] = [
    "10% a week is a common guide, not proven protection (Buist 2008, n=532; Nielsen 2014, n=874)",
    "what raised injuries is one run over 10% longer than the longest of the last 30 days \
     (Frandsen 2025, n=5,205), and a plan does not know those",
];

/// Seven days of a plan, counted from its first run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Week {
    /// Its place, from one.
    pub week: usize,
    /// Its first day.
    #[serde(serialize_with = "file::text")]
    pub from: Date,
    /// The number of runs.
    pub runs: usize,
    /// Their duration, warm-up and cool-down included.
    #[serde(rename = "length_s", serialize_with = "file::seconds")]
    pub length: Duration,
    /// The duration of what the schedule asks for.
    #[serde(rename = "asked_s", serialize_with = "file::seconds")]
    pub asked: Duration,
    /// Growth of the duration over the week before; `None` for the first week, and after one
    /// without runs.
    pub growth_percent: Option<f64>,
}

impl Week {
    /// Whether it grows by more than [`MARKED_GROWTH_PERCENT`].
    #[must_use]
    pub fn is_marked(&self) -> bool {
        self.growth_percent
            .is_some_and(|percent| percent > MARKED_GROWTH_PERCENT)
    }

    /// The weeks of runs that are sorted by date. A week without a run is left out.
    pub(super) fn of(runs: &[PlannedRun]) -> Vec<Self> {
        let Some(first) = runs.first().map(|run| run.date) else {
            return Vec::new();
        };
        let week_of = |run: &PlannedRun| (run.date - first).get_days() / 7;
        let mut weeks: Vec<Self> = Vec::new();
        for runs in runs.chunk_by(|a, b| week_of(a) == week_of(b)) {
            let index = week_of(&runs[0]);
            let week = usize::try_from(index).unwrap_or(0) + 1;
            let length: Duration = runs.iter().map(|run| run.length).sum();
            let before = weeks.last().filter(|before| before.week + 1 == week);
            weeks.push(Self {
                week,
                from: first.saturating_add(Span::new().days(7 * index)),
                runs: runs.len(),
                length,
                asked: runs.iter().map(|run| run.asked).sum(),
                growth_percent: before
                    .map(|before| (length.div_duration_f64(before.length) - 1.0) * 100.0),
            });
        }
        weeks
    }
}
