//! What a watch wrote down, whatever the format: sessions, laps, timer events and samples, unjudged.

use std::fmt;

/// A moment in milliseconds since 1970 (UTC), as the recording has it: clocks are off, so it can lie anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// Before this a watch never knew the date: its clock had restarted. FIT reads values below 0x10000000 s as a time
    /// since power-up, which is 3 July 1998.
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

    /// The moment so many seconds later.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        // A float that does not fit saturates in the cast.
        Self(self.0.saturating_add((seconds * 1000.0).round() as i64))
    }

    /// Whether it can be a date, and not only the time since a watch was switched on.
    #[must_use]
    pub fn is_dated(self) -> bool {
        self >= Self::FIRST_DATED
    }
}

/// The format that a recording was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Garmin's binary format, which nearly every watch writes.
    Fit,
    /// Training Center XML.
    Tcx,
    /// GPS exchange XML.
    Gpx,
}

impl Format {
    /// A name for scripts, stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Tcx => "tcx",
            Self::Gpx => "gpx",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fit => "FIT",
            Self::Tcx => "TCX",
            Self::Gpx => "GPX",
        })
    }
}

/// What was done, as far as it matters for steps.
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

    /// Whether it is known to be done on foot.
    #[must_use]
    pub fn is_on_foot(self) -> bool {
        matches!(self, Self::Running | Self::Walking | Self::Hiking)
    }
}

/// One value of cadence as it stands in the recording, in whatever it counts, with its validity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Reading {
    /// The record has no cadence.
    #[default]
    Missing,
    /// The record has a cadence that says "no value" (254, 255) or is none.
    Invalid,
    /// A value; zero is one.
    Raw(f32),
}

impl Reading {
    /// From here on a value is none: 254 and 255 say so in every format whose cadence is a byte, and as steps a minute
    /// only sprinters reach them.
    const NO_VALUE_FROM: f32 = 254.0;

    /// Checks a number.
    pub(super) fn from_number(raw: f64) -> Self {
        let value = raw as f32;
        if (0.0..Self::NO_VALUE_FROM).contains(&value) {
            Self::Raw(value)
        } else {
            Self::Invalid
        }
    }

    /// The value, where there is one.
    #[must_use]
    pub fn raw(self) -> Option<f64> {
        match self {
            Self::Raw(value) => Some(f64::from(value)),
            Self::Missing | Self::Invalid => None,
        }
    }

    /// The first that has more to say.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Raw(_), _) | (Self::Invalid, Self::Missing | Self::Invalid) => self,
            (Self::Missing | Self::Invalid, _) => other,
        }
    }
}

/// One record of the recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub(super) at: Moment,
    pub(super) cadence: Reading,
    pub(super) developer: Reading,
    pub(super) speed: Option<f32>,
}

impl Sample {
    /// When.
    #[must_use]
    pub fn at(&self) -> Moment {
        self.at
    }

    /// The cadence in the format's own field.
    #[must_use]
    pub fn cadence(&self) -> Reading {
        self.cadence
    }

    /// The cadence that an app on the watch or a foot pod wrote into a field of its own (FIT developer field).
    #[must_use]
    pub fn developer_cadence(&self) -> Reading {
        self.developer
    }

    /// Metres a second, as recorded or from distance or position.
    #[must_use]
    pub fn speed_mps(&self) -> Option<f64> {
        self.speed.map(f64::from)
    }
}

/// A lap as the device has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lap {
    pub(super) start: Moment,
    pub(super) seconds: Option<f64>,
    pub(super) metres: Option<f64>,
    pub(super) average: Option<f64>,
}

impl Lap {
    /// When it began.
    #[must_use]
    pub fn start(&self) -> Moment {
        self.start
    }

    /// How long it took by the device, in seconds.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        self.seconds
    }

    /// How far it went by the device, in metres.
    #[must_use]
    pub fn metres(&self) -> Option<f64> {
        self.metres
    }

    /// The device's average cadence, in whatever the recording counts.
    #[must_use]
    pub fn raw_average(&self) -> Option<f64> {
        self.average
    }
}

/// What the timer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Started, or went on.
    Start,
    /// Stopped.
    Stop,
}

/// What a developer's cadence field counts, by its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Landings of both feet (SPM).
    Steps,
    /// Landings of one foot (RPM).
    Strides,
}

/// One activity of a recording: a run, a ride, one leg of a triathlon.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    pub(super) sport: Sport,
    pub(super) samples: Vec<Sample>,
    pub(super) laps: Vec<Lap>,
    pub(super) timer: Vec<(Moment, Timer)>,
    pub(super) average: Option<f64>,
    pub(super) developer_counts: Option<Counts>,
}

impl Session {
    /// What was done.
    #[must_use]
    pub fn sport(&self) -> Sport {
        self.sport
    }

    /// The records, in the order of the file.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The laps, in the order of the file.
    #[must_use]
    pub fn laps(&self) -> &[Lap] {
        &self.laps
    }

    /// When the timer was started and stopped, in the order of the file.
    #[must_use]
    pub fn timer(&self) -> &[(Moment, Timer)] {
        &self.timer
    }

    /// The device's own average cadence, in whatever the recording counts.
    #[must_use]
    pub fn raw_average(&self) -> Option<f64> {
        self.average
    }

    /// What the developer's cadence field counts, where its unit says so.
    #[must_use]
    pub fn developer_counts(&self) -> Option<Counts> {
        self.developer_counts
    }
}

/// A recording, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    pub(super) format: Format,
    pub(super) sessions: Vec<Session>,
    pub(super) utc_offset_s: Option<i32>,
    pub(super) faults: Vec<Fault>,
}

impl Recording {
    /// The most samples that are kept of one recording: four days, one a second. It bounds the memory that any file can take.
    pub const MAX_SAMPLES: usize = 4 * 24 * 3600;
    /// The most sessions, laps and timer events, counted together.
    pub const MAX_MARKS: usize = 20_000;

    /// The format that it was written in.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What was done, one after the other.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// How far the runner's clock was ahead of UTC, where the recording says so.
    #[must_use]
    pub fn utc_offset_s(&self) -> Option<i32> {
        self.utc_offset_s
    }

    /// What could not be read. Without faults the recording is whole.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

/// What could not be read of a recording; the rest was kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The end is missing.
    #[error("the file is cut off behind byte {at}: what came before was kept")]
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
    #[error("{count} records could not be read, the first at byte {first_at} ({reason})")]
    Records {
        /// How many.
        count: u64,
        /// Where the first of them stands.
        first_at: u64,
        /// What was wrong with the first.
        reason: String,
    },
    /// More than is kept.
    #[error(
        "the recording has more than {} records or {} laps: the rest was left out",
        Recording::MAX_SAMPLES,
        Recording::MAX_MARKS
    )]
    TooLong,
}
