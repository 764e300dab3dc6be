//! Formats of watch recordings, read as sessions, records and laps.
//!
//! The formats (FIT, TCX, GPX, each also compressed by gzip), their common form ([`Recording`]) and
//! the checks of every value belong here. The meaning of the values belongs to
//! [`review`](crate::review).
//!
//! ```
//! use cadence::watch;
//!
//! let file = r#"<gpx><trk><type>running</type><trkseg><trkpt lat="47" lon="7">
//!     <time>2024-11-02T08:00:00Z</time><extensions><cad>84</cad></extensions>
//!     </trkpt></trkseg></trk></gpx>"#;
//! let recording = watch::read(file.as_bytes())?;
//! assert_eq!(recording.sessions[0].records[0].cadence.raw(), Some(84.0));
//! # Ok::<(), watch::WatchError>(())
//! ```

mod fit;
mod gpx;
mod live_log;
mod points;
mod quantity;
mod recording;
mod source;
mod tcx;
mod xml;

use std::io::{self, Read};

pub use fit::{WorkoutDate, WorkoutFile, WorkoutFileError, WorkoutName};
pub use live_log::LogRow;
pub(crate) use quantity::single;
pub use quantity::{Distance, OutOfRange, Place, RawCadence, Reading, Span, Speed};
pub use recording::{
    Counts, Fault, Format, Lap, LiveTarget, LiveTargets, Moment, Record, Recording, Session, Sport,
    Timer,
};

/// Reads a recording, detecting its format from the content.
///
/// For a damaged recording, returns everything before the damage, with a [`Fault`] that describes
/// it. Whatever the source holds, the memory that this takes is bounded by
/// [`Recording::MAX_RECORDS`].
///
/// # Errors
/// [`WatchError`] if nothing of the source can be read.
pub fn read(source: impl Read) -> Result<Recording, WatchError> {
    read_format(source)?.with_bounded_span().unless_lost()
}

fn read_format(source: impl Read) -> Result<Recording, WatchError> {
    let (head, source) = source::open(source)?;
    if fit::is_fit(&head) {
        return fit::read(source);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Err(WatchError::Zip);
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(WatchError::Utf16);
    }
    let text = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&head)
        .trim_ascii_start();
    if head.is_empty() {
        return Err(WatchError::Empty);
    }
    if live_log::is_log(text) {
        return live_log::read(source);
    }
    if !text.is_empty() && !text.starts_with(b"<") {
        return Err(WatchError::UnknownFormat);
    }
    let mut pull = xml::Pull::new(source);
    match pull.step() {
        Ok(xml::Step::Open) => match pull.name() {
            "TrainingCenterDatabase" => tcx::read(pull),
            "gpx" => gpx::read(pull),
            _ => Err(WatchError::UnknownFormat),
        },
        Err(xml::Stop::Refused(error)) => Err(error),
        _ => Err(WatchError::UnknownFormat),
    }
}

/// Why nothing of a recording could be read.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The bytes could not be fetched.
    #[error(transparent)]
    Io(io::Error),
    /// More bytes than any recording has, perhaps only once it was unpacked.
    #[error("it is larger than any recording, once unpacked: the file is not one")]
    TooLarge,
    /// The source is empty.
    #[error("it is empty")]
    Empty,
    /// Neither FIT nor TCX nor GPX, nor JSON.
    #[error(
        "neither FIT nor TCX nor GPX: export the run from the watch or its web site in one of these"
    )]
    UnknownFormat,
    /// The end is missing, and with it every record and lap.
    #[error("the file is cut off after byte {at}, before its first record")]
    CutOff {
        /// Where the last whole message or tag ends.
        at: u64,
    },
    /// The format no longer holds, before any record or lap.
    #[error("the file is damaged at byte {at} ({reason}), before its first record")]
    Damaged {
        /// Where.
        at: u64,
        /// What was found there.
        reason: String,
    },
    /// A FIT file that holds a workout.
    #[error(
        "it is a workout for a watch, not a recording: review what the watch recorded when it was run"
    )]
    Workout,
    /// A plan of runs, as `cadence plan --format json` prints it.
    #[error("it is a plan, not a recording: --plan compares recordings with it")]
    Plan,
    /// JSON of another kind than the log of a live run.
    #[error("it is JSON, but no log of a live run: export the run as FIT, TCX or GPX")]
    Json,
    /// A ZIP archive, as web sites export whole years: this reads one recording.
    #[error("it is a ZIP archive: name it as a file, or unpack it")]
    Zip,
    /// UTF-16, written by some editors but by no device.
    #[error("the text is in UTF-16: save it as UTF-8")]
    Utf16,
    /// No point has a time.
    #[error(
        "its points have no times, so nothing can be measured: export the activity, not the course"
    )]
    NoTimes,
    /// Deeper than any recording.
    #[error("elements are nested deeper than any recording has them: the file is not one")]
    TooDeep,
    /// A document type, which could define entities without end.
    #[error("a document type declaration has no place in a recording: remove the <!DOCTYPE ...>")]
    DocumentType,
    /// The FIT parser refused what this crate gave it.
    #[error("the FIT parser cannot be set up: {0}")]
    Parser(String),
}

impl From<io::Error> for WatchError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::FileTooLarge {
            Self::TooLarge
        } else {
            Self::Io(error)
        }
    }
}
