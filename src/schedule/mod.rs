//! The frame of each beat: a [`TempoMap`] maps beat k to its [`Frame`] in exact integer arithmetic.
//!
//! Time on the grid belongs here: sample rates, frames, tempo over time, and the level of the cue.
//! The sound of a beat belongs to [`audio`](crate::audio), the segments of a run to
//! [`workout`](crate::workout).
//!
//! # The rule
//!
//! Tempo over time is a function b(t); beat k lies where ∫b dt = k, rounded to the nearest frame,
//! half up. A beat is computed from its index, never from the beat before it, so errors cannot
//! accumulate. Sections begin and end on whole frames: the frame nearest to the sum of the
//! durations before it. The grid runs on from section to section; after a rest it starts again,
//! with a beat of the first foot on the first frame.

mod beats;
mod edit;
mod map;
mod pace;
mod phase;
#[cfg(test)]
mod tests;
mod time;

pub use beats::{Beat, Beats, Signal};
pub use edit::{Edit, TempoFactor, TempoStep};
pub use map::TempoMap;
pub use pace::{Cue, Pace};
pub use time::{Frame, Frames, SampleRate};

/// Why a rate or a section was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// An unsupported sample rate.
    #[error("a sample rate of {0} Hz is out of range: 1 to 768000 Hz")]
    Rate(u32),
    /// A section after an endless one.
    #[error("nothing can follow a part that never ends: give it a length")]
    AfterTheEnd,
    /// Longer than a week.
    #[error("it lasts more than a week: make it shorter")]
    TooLong,
    /// A cue that is never heard.
    #[error("a cue that is on for no time is never heard: give it a length, such as 1m")]
    NoCue,
}
