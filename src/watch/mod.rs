//! Recordings in: what a watch wrote down becomes a cadence, and is judged against a target.
//!
//! Here belong the formats (FIT, TCX, GPX, each also packed by gzip), what they have in common ([`Recording`]), the one place
//! that turns it into cadence, and the one that judges it. Pictures and tables do not.
//!
//! ```
//! use cadence::watch::{self, Kept, Rules, Run, Target};
//!
//! let file = r#"<gpx><trk><type>running</type><trkseg>
//!     <trkpt lat="47" lon="7"><time>2024-11-02T08:00:00Z</time><extensions><cad>84</cad></extensions></trkpt>
//!     <trkpt lat="47" lon="7"><time>2024-11-02T08:00:09Z</time><extensions><cad>85</cad></extensions></trkpt>
//!     </trkseg></trk></gpx>"#;
//! let recording = watch::read(file.as_bytes())?;
//! let rules = Rules::default();
//! let run = Run::from_session(&recording.sessions()[0], &rules)?;
//! assert_eq!(run.factor().to_string(), "strides ×2: 95 % of the values are at most 85, too slow for steps");
//! assert_eq!(run.cadence().map(|cadence| cadence.spm()), Some(168.0));
//!
//! let target: Target = "168..176".parse()?;
//! assert_eq!(Kept::of(run.stretches(), target, rules.split).within_s(), 9.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod factor;
mod fit;
mod follow;
mod gpx;
mod points;
mod recording;
mod run;
mod source;
mod target;
mod tcx;
pub mod trend;
mod xml;

use std::io::{self, Read};

pub use factor::{Factor, FactorReason};
pub use follow::{Asked, Followed};
pub use recording::{
    Counts, Fault, Format, Lap, Moment, Reading, Recording, Sample, Session, Sport, Timer,
};
pub use run::{
    Basis, DevicePools, Gait, NoRun, PaceClass, Records, Rules, Run, RunLap, Stretch, Summary,
};
pub use target::{Kept, TOLERANCE_PERCENT, Target, TargetError};

/// Reads a recording; its format is found from its content.
///
/// A damaged recording gives what came before the damage, with a [`Fault`] that says so. Whatever the source holds, the memory
/// that this takes is bounded by [`Recording::MAX_SAMPLES`].
///
/// # Errors
/// [`WatchError`], where nothing of the source can be read.
pub fn read(source: impl Read) -> Result<Recording, WatchError> {
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
    /// No byte at all.
    #[error("it is empty")]
    Empty,
    /// Neither FIT nor TCX nor GPX.
    #[error(
        "neither FIT nor TCX nor GPX: export the run from the watch or its web site in one of these"
    )]
    UnknownFormat,
    /// A ZIP archive, as web sites export whole years.
    #[error("it is a ZIP archive: unpack it first")]
    Zip,
    /// UTF-16, which no device writes but some editors do.
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
