//! A recording in every format: sessions, laps, timer events and records, without interpretation.

use std::fmt;

use super::WatchError;
use super::quantity::{Distance, Reading, Span, Speed};

/// A moment in milliseconds since 1970 (UTC), as the recording has it: clocks are off, so it can
/// lie anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// Before this a watch never knew the date: its clock had restarted. FIT reads values below
    /// 0x10000000 s as a time since power-up, which is 3 July 1998.
    const FIRST_DATED: Self = Self((631_065_600 + 0x1000_0000) * 1000);

    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// Seconds since an earlier moment; negative where that was later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1000.0
    }

    /// The moment this many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a float that does not fit saturates in the cast, as the addition does"
        )]
        let ms = (seconds * 1000.0).round() as i64;
        Self(self.0.saturating_add(ms))
    }

    /// Whether it can be a date, and not only the time since a watch was switched on.
    #[must_use]
    pub fn is_dated(self) -> bool {
        self >= Self::FIRST_DATED
    }
}

/// The format of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Garmin's binary format, which nearly every watch writes.
    Fit,
    /// Training Center XML.
    Tcx,
    /// GPS exchange XML.
    Gpx,
    /// The log of a live run, by this program.
    Log,
}

impl Format {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Tcx => "tcx",
            Self::Gpx => "gpx",
            Self::Log => "log",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fit => "FIT",
            Self::Tcx => "TCX",
            Self::Gpx => "GPX",
            Self::Log => "log of a live run",
        })
    }
}

/// The sport, as far as it matters for steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sport {
    /// Running, on whatever ground.
    Running,
    /// Walking.
    Walking,
    /// Hiking.
    Hiking,
    /// On a bicycle: its cadence is the crank's.
    Cycling,
    /// Something else that has no running cadence.
    Other,
    /// The recording does not say.
    #[default]
    Unknown,
}

impl Sport {
    /// A name for scripts and people, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Walking => "walking",
            Self::Hiking => "hiking",
            Self::Cycling => "cycling",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// One row of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// When.
    pub at: Moment,
    /// The cadence in the format's own field.
    pub cadence: Reading,
    /// The cadence that an app on the watch or a foot pod wrote into its own field (FIT developer
    /// field).
    pub developer_cadence: Reading,
    /// As recorded, or from distance or position.
    pub speed: Option<Speed>,
}

/// A lap as the device has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lap {
    /// When it began.
    pub start: Moment,
    /// How long it took by the device.
    pub length: Option<Span>,
    /// How far it went by the device.
    pub distance: Option<Distance>,
    /// The device's average cadence.
    pub cadence: Reading,
}

/// A timer event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Started, or went on.
    Start,
    /// Stopped.
    Stop,
}

/// What a recorded cadence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Landings of both feet (SPM).
    Steps,
    /// Landings of one foot (RPM).
    Strides,
}

impl Counts {
    /// A name for scripts and people, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Strides => "strides",
        }
    }

    /// Steps for each that is counted: 1 or 2.
    #[must_use]
    pub fn steps_per_count(self) -> u32 {
        match self {
            Self::Steps => 1,
            Self::Strides => 2,
        }
    }
}

/// One activity of a recording: a run, a ride, one leg of a triathlon.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// What was done.
    pub sport: Sport,
    /// The records, in the order of the file.
    pub records: Vec<Record>,
    /// The laps, in the order of the file.
    pub laps: Vec<Lap>,
    /// When the timer was started and stopped, in the order of the file.
    pub timer: Vec<(Moment, Timer)>,
    /// The device's own average cadence.
    pub cadence: Reading,
    /// What the developer's cadence field counts, where its unit says so.
    pub developer_counts: Option<Counts>,
    /// What a live run aimed at; only its log has that.
    pub live: Option<LiveTargets>,
}

/// What a live run aimed at, by its log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveTargets {
    /// The runner's own cadence in steps per minute, where it was known.
    pub base_spm: Option<f64>,
    /// Percent to either side of the target that counted as within it.
    pub tolerance_percent: Option<f64>,
    /// The target, row by row.
    pub rows: Vec<LiveTarget>,
}

/// The target from a moment on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveTarget {
    /// When.
    pub at: Moment,
    /// In steps per minute; none in a rest.
    pub target_spm: Option<f64>,
    /// Whether the click was heard.
    pub is_heard: bool,
}

impl Session {
    /// Leaves out what lies outside the four days that hold the most of it; says how much that was.
    ///
    /// A watch whose clock is set in mid run writes its first records in 1989, and a damaged time
    /// can be any.
    fn keep_to_span(&mut self) -> u64 {
        const MAX_MS: i64 = 4 * 24 * 3600 * 1000;
        let mut times: Vec<i64> = self.records.iter().map(|record| record.at.0).collect();
        if times.is_empty() {
            times = self.laps.iter().map(|lap| lap.start.0).collect();
        }
        times.sort_unstable();
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else {
            return 0;
        };
        let mut begin = first;
        if last.saturating_sub(first) > MAX_MS {
            let mut end = 0;
            let mut most = 0;
            for (index, &time) in times.iter().enumerate() {
                while end < times.len() && times[end].saturating_sub(time) <= MAX_MS {
                    end += 1;
                }
                if end - index > most {
                    (most, begin) = (end - index, time);
                }
            }
        }
        let fits = |at: Moment| (0..=MAX_MS).contains(&at.0.saturating_sub(begin));
        let before = self.records.len() + self.laps.len();
        self.records.retain(|record| fits(record.at));
        // The first lap, and the first start of the timer, can come a little before the first
        // record.
        let near = |at: Moment| at.0.saturating_sub(begin).saturating_abs() <= MAX_MS;
        self.laps.retain(|lap| near(lap.start));
        self.timer.retain(|(at, _)| near(*at));
        (before - self.records.len() - self.laps.len()) as u64
    }
}

/// A recording, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The format of the file.
    pub format: Format,
    /// What was done, one after the other.
    pub sessions: Vec<Session>,
    /// How far the runner's clock was ahead of UTC, where the recording says so.
    pub utc_offset_s: Option<i32>,
    /// What could not be read. Without faults the recording is whole.
    pub faults: Vec<Fault>,
}

/// An offset from UTC in seconds, unless no place on Earth is that far from it: 14 hours.
pub(super) fn utc_offset(seconds: i64) -> Option<i32> {
    i32::try_from(seconds)
        .ok()
        .filter(|seconds| seconds.unsigned_abs() <= 14 * 3600)
}

impl Recording {
    /// The most records that are kept: four days, one a second. It bounds the memory that any file
    /// can take.
    pub const MAX_RECORDS: usize = 4 * 24 * 3600;
    /// The most sessions, laps and timer events, counted together.
    pub const MAX_MARKS: usize = 20_000;

    /// The same with no session longer than [`Span::MAX_SECONDS`].
    pub(super) fn with_bounded_span(mut self) -> Self {
        let count = self.sessions.iter_mut().map(Session::keep_to_span).sum();
        if count > 0 {
            self.faults.push(Fault::Span { count });
        }
        self
    }

    /// The same, unless damage comes before its first record or lap: then nothing was kept.
    pub(super) fn unless_lost(self) -> Result<Self, WatchError> {
        let is_bare = |session: &Session| session.records.is_empty() && session.laps.is_empty();
        if !self.sessions.iter().all(is_bare) {
            return Ok(self);
        }
        let lost = self.faults.iter().find_map(|fault| match fault {
            Fault::CutOff { at } => Some(WatchError::CutOff { at: *at }),
            Fault::Damaged { at, reason } => Some(WatchError::Damaged {
                at: *at,
                reason: reason.clone(),
            }),
            _ => None,
        });
        lost.map_or(Ok(self), Err)
    }
}

/// A part of a recording that could not be read; the rest was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The end is missing.
    #[error("the file is cut off after byte {at}: what came before was kept")]
    CutOff {
        /// Where the last whole message or tag ends.
        at: u64,
    },
    /// The format no longer holds.
    #[error("the file is damaged at byte {at} ({reason}): what came before was kept")]
    Damaged {
        /// Where.
        at: u64,
        /// What was found there.
        reason: String,
    },
    /// The checksum says that a byte is not what the device wrote.
    #[error("the checksum is wrong, so some of the values may be")]
    Checksum,
    /// Records that were passed over.
    #[error("{} could not be read, the first at byte {first_at} ({reason})", counted(*.count, "record"))]
    Records {
        /// How many.
        count: u64,
        /// Where the first of them is.
        first_at: u64,
        /// What was wrong with the first.
        reason: String,
    },
    /// Values that were passed over.
    #[error("{} left out as impossible, the first at byte {first_at} ({reason})", counted(*.count, "value"))]
    Values {
        /// How many.
        count: u64,
        /// Where the first of them is.
        first_at: u64,
        /// The first.
        reason: String,
    },
    /// Records and laps at times that do not belong to the rest.
    #[error("records more than four days from the others were left out: {count}")]
    Span {
        /// How many.
        count: u64,
    },
    /// More than is kept.
    #[error(
        "the recording has more than {} records or {} laps: the rest was left out",
        Recording::MAX_RECORDS,
        Recording::MAX_MARKS
    )]
    TooLong,
}

/// A number of things, the noun in the right form.
fn counted(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(seconds: &[i64]) -> Session {
        let record = |second: &i64| Record {
            at: Moment::from_unix_ms(second * 1000),
            cadence: Reading::Missing,
            developer_cadence: Reading::Missing,
            speed: None,
        };
        Session {
            records: seconds.iter().map(record).collect(),
            ..Session::default()
        }
    }

    #[test]
    fn a_clock_that_is_set_in_mid_run_costs_the_records_before_it() {
        let mut run = session(&[1, 2, 1_000_000_000, 1_000_000_001, 1_000_000_002]);
        assert_eq!(run.keep_to_span(), 2);
        assert_eq!(run.records[0].at.unix_ms(), 1_000_000_000_000);
    }

    #[test]
    fn four_days_are_kept_whole_and_a_second_more_is_not() {
        let days = 4 * 24 * 3600;
        assert_eq!(session(&[0, days]).keep_to_span(), 0);
        assert_eq!(session(&[0, 1, days + 1]).keep_to_span(), 1);
        assert_eq!(
            session(&[i64::MIN / 1000, 0, i64::MAX / 1000]).keep_to_span(),
            2
        );
    }
}
